// Two epochs of the whole network, from slot to chain, looked at from outside.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegistry } from '../../chain/read.ts';
import { readReport } from '../../chain/reports.ts';
import { fromHex, toHex, type Hex } from '../../protocol/bytes.ts';
import { slotAt } from '../../protocol/schedule.ts';
import { auditDetail } from '../../schema/api/audits.ts';
import { problem } from '../../schema/api/problems.ts';
import { validator } from '../../local/accounts.ts';
import { FIRST_EPOCH } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { expectedReasons } from '../../local/scenario.ts';
import { count, nodeSummaries, summarize } from '../../local/summary.ts';
import { watch } from '../../local/watch.ts';
import { assay, drawKey, dueDraws, eventually, recordsOf } from './rig.ts';

/** Each dishonest node must be drawn; two epochs leave one of four out once in 130 runs, four epochs once in 200,000. */
const EPOCHS_MAX = 4;

let network: Network;
let epochs: readonly number[] = [];

beforeAll(async () => {
  network = await startNetwork();
  for (let n = 2; n <= EPOCHS_MAX; n++) {
    await watch(network, { epochs: n });
    epochs = Array.from({ length: n }, (_, i) => FIRST_EPOCH + i);
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + n - 1);
    if (nodes.every(({ behaviour, verdicts }) => behaviour === 'honest' || count(verdicts, 'fail') > 0)) break;
  }
}, 240_000);

afterAll(async () => {
  await network.stop();
});

describe('two epochs', () => {
  it('are on chain, once, with the roots that the ledger has', async () => {
    const summary = await summarize(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    expect(summary.epochs.map(({ epoch }) => epoch)).toEqual(epochs);
    expect(new Set(summary.epochs.map(({ transactionHash }) => transactionHash)).size).toBe(epochs.length);
    for (const { due, done, pass, fail, void: voided } of summary.epochs) {
      expect(pass + fail + voided).toBe(due);
      expect(done).toBeLessThanOrEqual(due);
    }
  });

  it('have exactly one record for each due draw, and no other', async () => {
    for (const epoch of epochs) {
      const [due, records] = [await dueDraws(network, epoch), await recordsOf(network, epoch)];
      expect(due.length).toBeGreaterThan(30);
      expect(records.map(drawKey)).toEqual(due.map(drawKey));
      expect((await readReport(network.client, validator.address, epoch))?.due).toBe(due.length);
    }
  });

  it('never fail an honest node', async () => {
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    for (const { name, behaviour, verdicts } of nodes) {
      if (behaviour === 'honest') expect(verdicts.fail ?? {}, name).toEqual({});
    }
  });

  it('fail each dishonest node for its own reason', async () => {
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    for (const [i, { plan }] of network.fleet.nodes.entries()) {
      if (plan.behaviour === 'honest') continue;
      const reasons = Object.keys(nodes[i]?.verdicts.fail ?? {});
      expect(reasons.length, plan.name).toBeGreaterThan(0);
      expect(expectedReasons(plan.behaviour), plan.name).toEqual(expect.arrayContaining(reasons));
    }
  });

  it('never pass a node whose every answer is wrong', async () => {
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    for (const { name, behaviour, verdicts } of nodes) {
      if (['wrong-result', 'silent', 'overclaims'].includes(behaviour)) expect(count(verdicts, 'pass'), name).toBe(0);
    }
  });
});

/** What `assay verify` needs to know of the chain. */
const chainFlags = (): string[] => ['--rpc', network.anvil.url, '--registry', network.client.registry];

type Bundle = { objects: Record<string, string> };

describe('what is public of them', () => {
  const epoch = FIRST_EPOCH;
  const get = (path: string): Promise<Response> => network.edge().fetch(path);

  beforeAll(async () => {
    await eventually('the reveal', 30, async () => (await get(`/v1/epochs/${String(epoch)}/archive`)).ok);
  });

  it('holds a proof for each audit that the contract accepts, for that record only', async () => {
    for (const { slot, draw } of await recordsOf(network, epoch)) {
      const answer = await get(`/v1/audits/${[epoch, slot, draw].join('-')}`);
      const { recordHash, inclusion } = auditDetail.parse(await answer.json());
      const proof = inclusion?.proof ?? [];
      const holds = (hash: Hex): Promise<boolean> =>
        readRegistry(network.client, 'verifyAudit', [validator.address, BigInt(epoch), slot, draw, hash, proof]);
      const other = fromHex(recordHash);
      other[0] = (other[0] ?? 0) ^ 1;
      expect(await holds(recordHash)).toBe(true);
      expect(await holds(toHex(other))).toBe(false);
    }
  });

  it('verifies in full from the API', async () => {
    const run = await assay('verify', '--epoch', String(epoch), '--api', network.url, ...chainFlags(), '--all', '--json');
    expect(run.code, run.output).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, failed: null, epoch });
  });

  it('verifies from a file, and not from one in which a verdict was changed', async () => {
    const [file, forged] = ['epoch.assay', 'forged.assay'].map((name) => join(network.processes.folder, name)) as [
      string,
      string,
    ];
    const saved = await assay('archive', '--epoch', String(epoch), '--api', network.url, '--out', file);
    expect(saved.code, saved.output).toBe(0);
    const good = await assay('verify', '--epoch', String(epoch), '--file', file, ...chainFlags(), '--all');
    expect(good.code, good.output).toBe(0);

    const bundle = JSON.parse(gunzipSync(await readFile(file)).toString()) as Bundle;
    let changed = 0;
    for (const [hash, base64] of Object.entries(bundle.objects)) {
      const text = Buffer.from(base64, 'base64').toString('latin1');
      const lie = text.replace(/"outcome":"fail","reason":"[a-z_]+"/, '"outcome":"pass","reason":"none"');
      if (lie !== text) changed += 1;
      bundle.objects[hash] = Buffer.from(lie, 'latin1').toString('base64');
    }
    expect(changed).toBeGreaterThan(0);
    await writeFile(forged, gzipSync(JSON.stringify(bundle)));
    const bad = await assay('verify', '--epoch', String(epoch), '--file', forged, ...chainFlags());
    expect(bad.code, bad.output).toBe(1);
  });

  it('shows nothing of the epoch that runs', async () => {
    const running = slotAt(network.clock, Date.now())?.epoch ?? 0;
    for (const path of [
      `/v1/epochs/${String(running)}`,
      `/v1/epochs/${String(running)}/archive`,
      `/v1/audits/${String(running)}-0-0`,
    ]) {
      expect(problem.parse(await (await get(path)).json()), path).toMatchObject({ type: '/problems/not-revealed', status: 404 });
    }
    const { items } = (await (await get('/v1/epochs')).json()) as { items: { epoch: number }[] };
    expect(items.every((item) => item.epoch < running)).toBe(true);
  });

  it('says that everything is well, for machines and for people', async () => {
    expect((await get('/health')).status).toBe(200);
    const page = await get('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('</html>');
  });
});
