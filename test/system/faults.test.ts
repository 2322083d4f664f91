// One network through everything that can break around a validator: its runtime killed while it probes, seals and posts, the chain
// gone at posting time, the beacon gone for some slots, queue messages repeated and out of order.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPostedReport, readReport } from '../../chain/reports.ts';
import { reportHash } from '../../protocol/report.ts';
import { epochStart } from '../../protocol/schedule.ts';
import { validator } from '../../local/accounts.ts';
import { EPOCH_SECONDS, FIRST_EPOCH, SLOT_SECONDS } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { dishonest, nodePlans } from '../../local/scenario.ts';
import { watch } from '../../local/watch.ts';
import {
  commitmentsByDraw,
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
/** After each tick that follows the epoch's end (the edge ticks at once when it is back). */
const KILLS_AFTER_MS = [40, 30, 60, 120, 250, 500];
const [FIRST, SECOND, THIRD] = [FIRST_EPOCH, FIRST_EPOCH + 1, FIRST_EPOCH + 2];

let network: Network;
/** Of the second epoch, each time when the edge was killed. */
let statesAtKill: string[] = [];
/** Rows before and after queue messages were delivered again. */
let repeated: { before: unknown; after: unknown };

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
  const rows = async (): Promise<unknown> => {
    const last = chunks[0]?.slot ?? 0;
    return query(database, 'SELECT * FROM audits WHERE epoch = ? AND slot <= ? ORDER BY slot, draw', epoch, last);
  };
  const before = await rows();
  for (const chunk of [...chunks, ...chunks]) await network.edge().enqueue(chunk);
  await sleep(2_000);
  repeated = { before, after: await rows() };
}

/** Killed again and again while the epoch is sealed, signed and posted, a little later each time. */
async function crashWhileSealing(epoch: number): Promise<string[]> {
  const states: string[] = [];
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
  await sleep(3 * 1000 * SLOT_SECONDS);
  network.beacon.setDown(false);
  await repeatMessages(SECOND);

  await untilEpoch(network, THIRD);
  statesAtKill = await crashWhileSealing(SECOND);
  await watch(network, { epochs: 2 });
}, 240_000);

afterAll(async () => {
  await network.stop();
});

describe('a validator that is killed and cut off', () => {
  it('posts exactly one report for each epoch, the one it signed', async () => {
    for (const epoch of [FIRST, SECOND]) {
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

  it('was killed while its epoch was on its way to the chain', () => {
    expect(statesAtKill.length).toBe(KILLS_AFTER_MS.length);
    expect(statesAtKill.some((state) => state !== 'posted')).toBe(true);
    console.log(`killed in: ${statesAtKill.join(', ')}`);
  });

  it('has one record for each due draw, interrupted where it was killed', async () => {
    for (const epoch of [FIRST, SECOND]) {
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
    expect(records.filter(({ reason }) => reason === 'beacon_outage').length).toBeGreaterThan(0);
  });

  it('fails no honest node through all of it', async () => {
    const records = [...(await recordsOf(network, FIRST)), ...(await recordsOf(network, SECOND))];
    const honest = new Set(network.fleet.nodes.flatMap(({ plan }, i) => (plan.behaviour === 'honest' ? [i] : [])));
    expect(records.filter(({ nodeIndex, outcome }) => honest.has(nodeIndex) && outcome === 'fail')).toEqual([]);
  });
});
