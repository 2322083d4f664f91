// One network through everything that can break around a validator: its runtime killed while it probes and while it posts, the
// chain gone at posting time, the beacon gone for some slots, queue messages repeated and out of order, and another validator cut off
// from all others for two epochs. In the end everybody has the same roots.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPostedReport, readReport } from '../../chain/reports.ts';
import { roundTime } from '../../protocol/beacon.ts';
import { reportHash } from '../../protocol/report.ts';
import { epochStart } from '../../protocol/schedule.ts';
import { validator } from '../../local/accounts.ts';
import { EPOCH_SECONDS, FIRST_EPOCH, SLOT_SECONDS } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { embeddedPolicy } from '../../local/policy.ts';
import { dishonest, nodePlans } from '../../local/node-plans.ts';
import { readLines, readStanding, type Lines, type RootRow } from '../../local/standing.ts';
import { summarize } from '../../local/summary.ts';
import { honestValidators, type Member } from '../../local/validators.ts';
import { watch } from '../../local/watch.ts';
import {
  commitmentsByDraw,
  coveredNames,
  drawKey,
  dueDraws,
  eventually,
  query,
  recordsOf,
  repeatedNonces,
  stateOf,
  untilEpoch,
} from './rig.ts';

type ChunkRow = { epoch: number; slot: number; chunk: number };

const CHUNKS = `SELECT epoch, slot, chunk FROM chunks`;
const OUTAGE_SLOTS = 3;
/** After the chain is back, and after each further start (the edge ticks at once when it is back). */
const KILLS_AFTER_MS = [40, 30, 60, 120, 250, 500];
const [FIRST, SECOND, THIRD] = [FIRST_EPOCH, FIRST_EPOCH + 1, FIRST_EPOCH + 2];

let network: Network;
/** Of the third epoch, after each kill. States never go back, so it was no further when the edge was killed. */
let statesAtKill: string[] = [];
/** Unix milliseconds between which the beacon answered nothing. */
let outage: { from: number; to: number };
/** Rows before and after queue messages were delivered again. */
let repeated: { before: unknown; after: unknown };

/** What each Worker holds for final, and the lines under it. */
type WorkerView = { readonly name: string; readonly roots: readonly RootRow[]; readonly lines: readonly Lines[] };
let views: readonly WorkerView[] = [];

const members = (): Member[] => [...network.validators, ...(network.gateway === null ? [] : [network.gateway])];

/** Through the third epoch: what came later may still be on its way to some. */
async function viewOf({ name, edge }: Member): Promise<WorkerView> {
  const database = await edge().database();
  const roots = (await readStanding(database, FIRST)).roots.filter(({ epoch }) => epoch <= THIRD);
  return { name, roots, lines: await Promise.all(roots.map(({ epoch }) => readLines(database, epoch))) };
}

async function crashWhileProbing(): Promise<void> {
  const database = await network.edge().database();
  await eventually('an unfinished chunk', EPOCH_SECONDS, async () => {
    const unfinished = await query(database, `${CHUNKS} WHERE finished_at IS NULL`);
    return unfinished.length > 0;
  });
  await network.crashEdge();
}

/** Delivers the first chunks of an epoch a second time, last first. */
async function repeatMessages(epoch: number): Promise<void> {
  const database = await network.edge().database();
  const chunks = await query<ChunkRow>(
    database,
    `${CHUNKS} WHERE epoch = ? AND finished_at IS NOT NULL ORDER BY slot DESC`,
    epoch,
  );
  /** Without their place in the sealed tree: the epoch may be sealed meanwhile. Another chunk of the last slot may finish, too. */
  const rows = async (): Promise<unknown> => {
    const last = chunks[0]?.slot ?? 0;
    const found = await query<Record<string, unknown>>(
      database,
      'SELECT * FROM audits WHERE epoch = ? AND slot < ? ORDER BY slot, draw',
      epoch,
      last,
    );
    return found.map((row) => ({ ...row, tree_place: null }));
  };
  const before = await rows();
  for (const chunk of [...chunks, ...chunks]) await network.edge().enqueue(chunk);
  await sleep(2_000);
  repeated = { before, after: await rows() };
}

/**
 * Killed once while the chain's silence holds the sealed epoch back, then again and again, a little later each time, while it is
 * signed and posted.
 */
async function crashWhilePosting(epoch: number): Promise<string[]> {
  await untilEpoch(network, epoch + 1, -1);
  network.anvil.pause();
  // With a chunk unfinished it is sealed once its time is up; each step that asks the silent chain before that waits for an answer.
  await eventually('the sealed epoch', 90, async () => (await stateOf(network, epoch)) === 'sealed');
  await network.crashEdge();
  const states: string[] = [(await stateOf(network, epoch)) ?? 'unknown'];
  network.anvil.resume();
  for (const afterMs of KILLS_AFTER_MS) {
    await sleep(afterMs);
    await network.crashEdge();
    states.push((await stateOf(network, epoch)) ?? 'unknown');
  }
  return states;
}

beforeAll(async () => {
  // Two silent nodes keep chunks unfinished for five seconds.
  network = await startNetwork({
    nodes: [...nodePlans(6), dishonest('silent')].map((plan, i) => ({ ...plan, name: `n${String(i)}` })),
    validators: [...honestValidators(3), { name: 'cut-off', behaviour: 'partitioned' }],
  });
  await untilEpoch(network, FIRST, 2 * SLOT_SECONDS);
  await crashWhileProbing();

  // The chain does not answer from shortly before the first epoch's end until the second one's third slot.
  await untilEpoch(network, SECOND, -1);
  network.anvil.pause();
  await untilEpoch(network, SECOND, OUTAGE_SLOTS * SLOT_SECONDS);
  network.anvil.resume();
  await eventually('the report after the outage', 30, async () => await readReport(network.client, validator.address, FIRST));

  // No beacon for three slots.
  network.beacon.setDown(true);
  const from = Date.now();
  await sleep(OUTAGE_SLOTS * 1000 * SLOT_SECONDS);
  outage = { from, to: Date.now() };
  network.beacon.setDown(false);
  await repeatMessages(SECOND);

  statesAtKill = await crashWhilePosting(THIRD);
  await watch(network, { epochs: 3 });
  views = await eventually('the same newest root everywhere', 120, async () => {
    const found = await Promise.all(members().map(viewOf));
    return found.every(({ roots }) => roots.some(({ epoch }) => epoch === THIRD)) ? found : null;
  });
}, 300_000);

afterAll(async () => {
  await network.stop();
});

describe('a validator that is killed and cut off', () => {
  it('posts exactly one report for each epoch, the one it signed', async () => {
    for (const epoch of [FIRST, SECOND, THIRD]) {
      const posted = await readPostedReport(network.client, validator.address, epoch);
      const database = await network.edge().database();
      const [row] = await query<{ hash: string }>(database, 'SELECT report_hash AS hash FROM epochs WHERE epoch = ?', epoch);
      expect(posted === null ? null : reportHash(posted.report)).toBe(row?.hash);
    }
  });

  it('posts the report that the outage held up, once the chain is back', async () => {
    const report = await readReport(network.client, validator.address, FIRST);
    expect(report?.timestamp).toBeGreaterThanOrEqual(epochStart(network.clock, SECOND) + OUTAGE_SLOTS * SLOT_SECONDS);
  });

  it('was killed with its epoch sealed and not yet on chain', () => {
    expect(statesAtKill.length).toBe(1 + KILLS_AFTER_MS.length);
    expect(statesAtKill[0]).toBe('sealed');
    console.log(`killed in: ${statesAtKill.join(', ')}`);
  });

  it('has one record for each due draw, interrupted where it was killed', async () => {
    for (const epoch of [FIRST, SECOND, THIRD]) {
      const [due, records] = [await dueDraws(network, epoch), await recordsOf(network, epoch)];
      expect(records.map(drawKey)).toEqual(due.map(drawKey));
    }
    const interrupted = (await recordsOf(network, FIRST)).filter(({ reason }) => reason === 'interrupted');
    expect(interrupted.length).toBeGreaterThan(0);
    expect(interrupted.every(({ outcome }) => outcome === 'void')).toBe(true);
    const report = await readReport(network.client, validator.address, FIRST);
    expect(report?.done).toBeLessThan(report?.due ?? 0);
  });

  it('never probes a node twice for one draw', async () => {
    const twice = [...commitmentsByDraw(network)].filter(([, hashes]) => hashes.length > 1);
    expect(twice).toEqual([]);
    expect(await repeatedNonces(network)).toBe(0);
  });

  it('changes nothing when queue messages come again and out of order', () => {
    expect(repeated.before).not.toEqual([]);
    expect(repeated.after).toEqual(repeated.before);
  });

  it('gives no node a verdict while the beacon is down', async () => {
    const records = await recordsOf(network, SECOND);
    const missed = records.filter(({ reason }) => reason === 'beacon_outage');
    expect(missed.length).toBeGreaterThan(0);
    expect(missed.every(({ outcome, startedAt }) => outcome === 'void' && startedAt === 0)).toBe(true);
    // A round that was fetched before may serve a draw a little later; one that was made meanwhile cannot have been fetched.
    const { beacon } = embeddedPolicy().policy;
    const unserved = records.filter(({ freshnessRound: round }) => 1000 * roundTime(beacon, round) >= outage.from);
    expect(unserved.filter(({ outcome, startedAt }) => outcome !== 'void' && startedAt < outage.to)).toEqual([]);
  });

  it('fails no honest node through all of it', async () => {
    const records = (await Promise.all([FIRST, SECOND, THIRD].map((epoch) => recordsOf(network, epoch)))).flat();
    const honest = new Set(network.fleet.nodes.flatMap(({ plan }, i) => (plan.behaviour === 'honest' ? [i] : [])));
    expect(records.filter(({ nodeIndex, outcome }) => honest.has(nodeIndex) && outcome === 'fail')).toEqual([]);
  });
});

describe('the network around it', () => {
  it('has the same roots everywhere, also where the line was cut', () => {
    expect(views.length).toBe(5);
    for (const { name, roots, lines } of views) {
      expect(roots.at(-1)?.epoch, name).toBe(THIRD);
      expect(
        roots.map(({ epoch, rootHash, state }) => ({ epoch, rootHash, state })),
        name,
      ).toEqual(views[0]?.roots.map(({ epoch, rootHash }) => ({ epoch, rootHash, state: 'final' })));
      expect(lines, name).toEqual(views[0]?.lines);
    }
  });

  it('takes nobody’s stake, and pays whoever did its draws and showed them', async () => {
    const { validators, slashes } = await summarize(network, FIRST);
    expect(slashes).toEqual([]);
    expect(validators.length).toBe(4);
    // What was revealed while its line was cut could not be fetched from the one that was cut off, and is not paid.
    const before = await coveredNames(network, [FIRST, SECOND]);
    before.delete('cut-off');
    const covered = new Set([...before, ...(await coveredNames(network, [THIRD]))]);
    expect(covered.size).toBeGreaterThan(0);
    for (const { name, stake, staked, earned } of validators) {
      expect(stake, name).toBe(staked);
      if (covered.has(name)) expect(earned, name).toBeGreaterThan(0n);
    }
  });
});
