// Presence on a node's page and in its API: by region, apart from the audits that do work, and only of revealed epochs. And what a
// failed claim is shown with.
import { beforeAll, expect, test } from 'vitest';
import { toHex, ZERO32 } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { nodeDetail } from '../../../schema/api/nodes.ts';
import { auditList } from '../../../schema/api/audits.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { audits, summaries } from '../../../schema/tables/index.ts';
import { openDb } from '../../../workers/adapters/views/revealed.ts';
import { addEpoch, addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { bindings, embeddedPolicy, freshDatabase, gatewayPorts, revealMs, siteAt, webPorts } from '../support/web-env.ts';

const LAST = 12;
const HIDDEN = LAST + 1;
const NODE = 1;
const site = siteAt(revealMs(LAST));
const path = `/v1/nodes/${nodeIdOf(NODE)}`;
const { regions } = embeddedPolicy();

type Seed = {
  epoch: number;
  draw: number;
  kind: number;
  region: number | null;
  elapsedMs: number;
  reason: 'none' | 'timeout' | 'below_claim';
  measure?: number;
};

async function add({ reason, measure = 0, ...seed }: Seed): Promise<void> {
  await openDb(bindings.DB)
    .insert(audits)
    .values({
      ...seed,
      ...{ slot: 9, nodeIndex: NODE, nodeId: nodeIdOf(NODE), reason, outcome: reason === 'none' ? 'pass' : 'fail', measure },
      ...{ challengeHash: toHex(new Uint8Array(32).fill(seed.draw % 256)), commitment: ZERO32, openingHash: ZERO32 },
      ...{ freshnessRound: 1, startedAt: 1_790_000_000_000 + seed.draw, transcriptHash: ZERO32 },
    });
}

/** Round trips 1, 2, … 40 ms from the first region, all answered; three from the second, one of them not; none from the third. */
async function addPresence(): Promise<void> {
  for (let i = 1; i <= 40; i++) {
    await add({ epoch: 2 + (i % 10), draw: 100 + i, kind: KIND_PRESENCE, region: 0, elapsedMs: i, reason: 'none' });
  }
  const second = { kind: KIND_PRESENCE, region: 1, epoch: LAST };
  await add({ ...second, draw: 200, elapsedMs: 70, reason: 'none' });
  await add({ ...second, draw: 201, elapsedMs: 90, reason: 'none' });
  await add({ ...second, draw: 202, elapsedMs: 0, reason: 'timeout' });
  await add({ epoch: HIDDEN, draw: 300, kind: KIND_PRESENCE, region: 2, elapsedMs: 5, reason: 'none' });
}

beforeAll(async () => {
  await freshDatabase();
  await addNodes([{ index: 0 }, { index: NODE }, { index: 2 }]);
  for (let epoch = 0; epoch <= HIDDEN; epoch++) {
    await addEpoch({ epoch, nodes: [0, NODE, 2], state: epoch === HIDDEN ? 'open' : 'posted' });
  }
  await addPresence();
  await add({ epoch: LAST, draw: 399, kind: KIND_VRAM, region: null, elapsedMs: 100, reason: 'none', measure: 9_000_000 });
  await add({ epoch: LAST, draw: 400, kind: KIND_VRAM, region: null, elapsedMs: 900, reason: 'below_claim', measure: 150_000 });
  await openDb(bindings.DB)
    .insert(summaries)
    .values({
      ...{ epoch: 5, nodeIndex: NODE, kind: KIND_PRESENCE, pass: 1000, fail: 0, void: 0 },
      ...{ medianMeasure: 0, medianElapsedMs: 9 },
    });
}, 60_000);

test('by region: share with its interval, median and 95th percentile, nothing of an epoch that is not revealed', async () => {
  const { presence } = nodeDetail.parse(await (await site.get(path)).json());
  expect(presence?.map(({ region }) => region)).toEqual([regions[0], regions[1]]);
  expect(presence?.[0]).toMatchObject({ present: 40, absent: 0, uptimePpm: 1_000_000, latencyMs: 20, latencyHighMs: 38 });
  // Wilson, two-sided 95 %: 40 of 40, and 2 of 3.
  expect(presence?.[0]?.uptimeLowPpm).toBe(912_378);
  expect(presence?.[1]).toMatchObject({ present: 2, absent: 1, uptimePpm: 666_666, latencyMs: 70, latencyHighMs: 90 });
  expect([presence?.[1]?.uptimeLowPpm, presence?.[1]?.uptimeHighPpm]).toEqual([207_659, 938_509]);
});

test('does not mix with the audits that do work', async () => {
  const { totals, failures } = nodeDetail.parse(await (await site.get(path)).json());
  const other = nodeDetail.parse(await (await site.get(`/v1/nodes/${nodeIdOf(0)}`)).json());
  expect((totals?.pass ?? 0) + (totals?.fail ?? 0)).toBeLessThanOrEqual(
    (other.totals?.pass ?? 0) + (other.totals?.fail ?? 0) + 2,
  );
  expect(failures.map(({ reason }) => reason)).not.toContain('timeout');
});

test('a gateway asks nobody', async () => {
  const gateway = siteAt(revealMs(LAST), gatewayPorts(revealMs(LAST)));
  expect(nodeDetail.parse(await (await gateway.get(path)).json()).presence).toBeNull();
});

test('a claim that was not reached stands beside what was proven', async () => {
  const list = auditList.parse(await (await site.get(`${path}/audits?reason=below_claim`)).json());
  const floor = embeddedPolicy().classes.find(({ name }) => name === 'cpu-demo')?.vram?.floorBytesPerSecond;
  expect(list.items[0]).toMatchObject({ kind: KIND_VRAM, measure: 150_000, floor, region: null });
  const page = await (await site.get(`/nodes/${nodeIdOf(NODE)}`)).text();
  expect(page).toContain('≥ 150 kB/s');
  expect(page).toContain(`its class asks for ${String((floor ?? 0) / 1000)} kB/s`);
  expect(page).toContain(`presence, from ${String(regions[0])}`);
});

test('a PASS of memory says how much of it is proven, unless the profile is too small to show any', async () => {
  const list = auditList.parse(await (await site.get(`${path}/audits?outcome=pass`)).json());
  expect(list.items.find(({ kind }) => kind === KIND_VRAM)).toMatchObject({ memoryBytes: null });
  const network = shippedPolicies.find(({ name }) => name === 'network') ?? embeddedPolicy();
  const ports = webPorts(revealMs(LAST));
  const card = {
    ...network,
    classes: network.classes.map((one) => ({ ...one, name: one.name === 'h100-sxm' ? 'cpu-demo' : one.name })),
  };
  const policy = { ...embeddedPolicy(), classes: card.classes };
  const other = siteAt(revealMs(LAST), { ...ports, settings: { ...ports.settings, policy } });
  const job = policy.classes.find(({ name }) => name === 'cpu-demo')?.vram;
  const proven = Math.floor((1024 * (job?.pages ?? 0) * (job?.proofPpm ?? 0)) / 1_000_000);
  const items = auditList.parse(await (await other.get(`${path}/audits?outcome=pass`)).json()).items;
  expect(items.find(({ kind }) => kind === KIND_VRAM)).toMatchObject({ memoryBytes: proven });
  expect(items.find(({ kind }) => kind !== KIND_VRAM)).toMatchObject({ memoryBytes: null });
  expect(await (await other.get(`/nodes/${nodeIdOf(NODE)}`)).text()).toContain(`of ≥ ${(proven / 1e9).toPrecision(3)} GB`);
});
