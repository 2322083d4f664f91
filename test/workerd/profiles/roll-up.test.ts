// What a final root leaves for profiles: one row a node and epoch, equal to what the reports say, however often it is taken in.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  AUDITS_PER_EPOCH,
  EPOCHS_KEPT,
  JOB_EPOCHS,
  LINES_EPOCHS_KEPT,
  RECENT_EPOCHS_KEPT,
  SPAN_EPOCHS,
} from '../../../workers/services/profiles/limits.ts';
import { d1Profiles } from '../../../workers/adapters/d1-profiles.ts';
import { jobEpochs } from '../../../workers/services/profiles/job-epochs.ts';
import { store } from '../support/network-rows.ts';
import { horizonOf } from '../../../workers/services/views/horizon.ts';
import { bindings, freshDatabase, revealMs, webPorts } from '../support/web-env.ts';
import { addProfileEpoch, facetsAt, nodesUpTo, rowsOf } from './seed.ts';

const NODES = nodesUpTo(9);
const all = (table: string) => rowsOf<Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY 1, 2`);

beforeEach(freshDatabase);

describe('a final root', () => {
  test('sums what the verified reports of its epoch say of each node', async () => {
    await addProfileEpoch({ epoch: 5, nodes: NODES });
    const rows = await all('node_epochs');
    expect(rows).toHaveLength(NODES.length);
    // Four seats: 10 passes and 1 slow each; the network failures are the seat's number; absent 5 − seat.
    expect(rows[6]).toMatchObject({
      ...{ node_index: 6, epoch: 5, pass: 40, wrong: 36, slow: 4, network: 6, void: 8, busy: 12, present: 380, absent: 14 },
      ...{ latency_ms: 40, latency_high_ms: 95, measure: 312_000_000, bandwidth: 2_800_000_000_000, validators: 4 },
    });
    const scores = await rowsOf<{ score_ppm: number }>('SELECT score_ppm FROM scores WHERE epoch = 5 ORDER BY node_index');
    expect(rows.map((row) => row['score_ppm'])).toEqual(scores.map((row) => row.score_ppm));
  });

  test('leaves the same rows when it is taken in again', async () => {
    const { stored, leaves } = await addProfileEpoch({ epoch: 5, nodes: NODES });
    await addProfileEpoch({ epoch: 5 + SPAN_EPOCHS, nodes: NODES });
    const tables = ['node_epochs', 'node_spans', 'recent_audits', 'node_places', 'report_lines'];
    const before = await Promise.all(tables.map(all));
    expect(before.every((rows) => rows.length > 0)).toBe(true);
    await store().adopt(stored, leaves);
    expect(await Promise.all(tables.map(all))).toEqual(before);
  });

  test('counts reports that were found right only', async () => {
    const failed = { state: 'failed', check: 'transcripts', detail: 'forged' } as const;
    await addProfileEpoch({ epoch: 5, nodes: NODES, standing: { 3: failed } });
    expect((await all('node_epochs'))[0]).toMatchObject({ pass: 30, validators: 3 });
    const { recent } = await facetsAt(5, 0);
    expect(recent).toHaveLength(3);
  });

  test('counts an earlier epoch whose reports it is the first to count', async () => {
    const { seats } = await addProfileEpoch({ epoch: 4, nodes: NODES, root: 'none' });
    expect(await all('node_epochs')).toEqual([]);
    const { stored, leaves } = await addProfileEpoch({ epoch: 5, nodes: NODES });
    const validator = seats[0]?.operator ?? '0x';
    const entries = [4, 5].map((epoch) => ({ epoch, validator, reportHash: stored.rootHash }));
    await store().keepReportSet(stored.rootHash, entries, 5);
    await store().adopt({ ...stored, root: { ...stored.root, reportSetHash: stored.rootHash } }, leaves);
    const rows = await rowsOf<{ epoch: number; score_ppm: number | null }>(
      'SELECT epoch, score_ppm FROM node_epochs WHERE node_index = 0 ORDER BY epoch',
    );
    expect(rows.map(({ epoch }) => epoch)).toEqual([4, 5]);
    expect(rows[0]?.score_ppm).toBeNull();
  });

  test('that is disputed, or gone from the chain, has none', async () => {
    const { stored } = await addProfileEpoch({ epoch: 5, nodes: NODES });
    await addProfileEpoch({ epoch: 6, nodes: NODES });
    await store().forgetRoots(5);
    expect(new Set((await all('node_epochs')).map((row) => row['epoch']))).toEqual(new Set([5]));
    await store().adopt({ ...stored, state: 'disputed', note: 'another root' }, null);
    expect(await all('node_epochs')).toEqual([]);
    expect(await all('recent_audits')).toEqual([]);
  });

  test('clears what is too old, and only that', async () => {
    await addProfileEpoch({ epoch: 5, nodes: NODES });
    const copy = async (epoch: number): Promise<void> => {
      for (const table of ['node_epochs', 'recent_audits', 'report_lines']) {
        const names = (await rowsOf<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => name);
        const values = names.map((name) => (name === 'epoch' ? String(epoch) : name)).join(', ');
        await bindings.DB.prepare(`INSERT INTO ${table} SELECT ${values} FROM ${table} WHERE epoch = 5`).run();
      }
    };
    const epoch = EPOCHS_KEPT + 20;
    const edges = [epoch - EPOCHS_KEPT, epoch - RECENT_EPOCHS_KEPT, epoch - LINES_EPOCHS_KEPT].flatMap((at) => [at, at + 1]);
    for (const edge of edges) await copy(edge);
    await addProfileEpoch({ epoch, nodes: NODES });
    const kept = async (table: string) =>
      (await rowsOf<{ epoch: number }>(`SELECT DISTINCT epoch FROM ${table} ORDER BY epoch`)).map((row) => row.epoch);
    expect(await kept('node_epochs')).toEqual([...edges.slice(1), epoch]);
    expect(await kept('report_lines')).toEqual([epoch - LINES_EPOCHS_KEPT + 1, epoch]);
    expect((await kept('recent_audits')).filter((at) => at > epoch - RECENT_EPOCHS_KEPT - 5)).toEqual([...edges.slice(3), epoch]);
  });
});

/** Jobs that a ranking counts of a node, and the same added up from all that there is. */
async function jobsAt(epoch: number, index: number): Promise<{ counted: unknown; plain: unknown }> {
  const { row } = await facetsAt(epoch, index);
  const { from } = jobEpochs(epoch);
  const [plain] = await rowsOf(
    `SELECT sum(pass) AS pass, sum(wrong) AS wrong, sum(slow) AS slow, sum(network) AS network FROM node_epochs
     WHERE node_index = ? AND epoch BETWEEN ? AND ?`,
    ...[index, from, epoch],
  );
  return { counted: row?.jobs, plain };
}

describe('jobs of thirty days', () => {
  const first = 2 * SPAN_EPOCHS - 2;

  test('are the sums of the epochs up to the root, at each side of a span’s end', async () => {
    for (let epoch = first; epoch < first + 5; epoch++) {
      await addProfileEpoch({ epoch, nodes: NODES });
      const { counted, plain } = await jobsAt(epoch, 6);
      expect(counted).toMatchObject({ pass: 40 * (epoch - first + 1) });
      expect(counted).toEqual(plain);
    }
    // An earlier root, whose pages may still be read, knows nothing of later epochs.
    const { counted, plain } = await jobsAt(first + 1, 6);
    expect(counted).toEqual(plain);
    expect((await all('node_spans')).map((row) => row['span'])).toEqual(NODES.map(() => 1));
  });

  test('hold no epoch that is older', async () => {
    for (const epoch of [3, SPAN_EPOCHS, SPAN_EPOCHS + 1]) await addProfileEpoch({ epoch, nodes: [0] });
    const epoch = JOB_EPOCHS + SPAN_EPOCHS;
    await addProfileEpoch({ epoch, nodes: [0] });
    const { counted, plain } = await jobsAt(epoch, 0);
    expect(counted).toMatchObject({ pass: 120 });
    expect(counted).toEqual(plain);
  });

  test('forget what is gone from the chain, or disputed', async () => {
    const added = [];
    for (let epoch = first; epoch < first + 5; epoch++) added.push(await addProfileEpoch({ epoch, nodes: NODES }));
    const disputed = added[1]?.stored;
    if (disputed === undefined) throw new Error('no root');
    await store().adopt({ ...disputed, state: 'disputed', note: 'another root' }, null);
    const after = await jobsAt(first + 4, 6);
    expect(after.counted).toMatchObject({ pass: 160 });
    expect(after.counted).toEqual(after.plain);
    await store().forgetRoots(first);
    expect(await all('node_spans')).toMatchObject(NODES.map(() => ({ span: 1, pass: 40 })));
    await addProfileEpoch({ epoch: first + 3, nodes: NODES });
    const again = await jobsAt(first + 3, 6);
    expect(again.counted).toMatchObject({ pass: 80 });
    expect(again.counted).toEqual(again.plain);
  });
});

describe('bars and points', () => {
  test('of several epochs are their sums', async () => {
    for (const epoch of [5, 6, 7]) await addProfileEpoch({ epoch, nodes: [0] });
    const horizon = horizonOf(webPorts(revealMs(7)));
    const found = await d1Profiles(bindings.DB).stretches(horizon, 0, { from: 0, step: 3 });
    expect(found.map(({ place, pass }) => [place, pass])).toEqual([
      [1, 40],
      [2, 80],
    ]);
    const { bars } = await facetsAt(7, 0, 3);
    expect(bars.map(({ place, pass }) => [place, pass])).toEqual([
      [1, 40],
      [2, 80],
    ]);
  });
});

describe('regions and audits', () => {
  test('add up over reports and epochs', async () => {
    for (const epoch of [5, 6]) await addProfileEpoch({ epoch, nodes: NODES });
    const { regions } = await facetsAt(6, 6);
    expect(regions.map(({ region, present, absent }) => [region, present, absent])).toEqual([
      ['apac', 32, 0],
      ['weur', 32, 16],
    ]);
    expect(regions[0]?.counts.reduce((sum, count) => sum + count, 0)).toBe(32);
    const before = await facetsAt(5, 6);
    expect(before.regions[0]?.present).toBe(16);
    expect(before.recent.every(({ epoch }) => epoch === 5)).toBe(true);
  });

  test('the nearest region is where the median is lowest', async () => {
    await addProfileEpoch({ epoch: 5, nodes: NODES });
    const places = await rowsOf<{ node_index: number; nearest: string; latency_ms: number }>(
      'SELECT node_index, nearest, latency_ms FROM node_places ORDER BY node_index',
    );
    expect(places.map(({ nearest }) => nearest)).toEqual(NODES.map((index) => (index % 3 === 0 ? 'apac' : 'weur')));
    expect(new Set(places.map(({ latency_ms: latency }) => latency))).toEqual(new Set([60]));
  });

  test('of many audits the failures and the newest are kept', async () => {
    const { seats, stored, leaves } = await addProfileEpoch({ epoch: 5, nodes: [0], seatCount: 6 });
    for (const [seat, { operator }] of seats.entries()) {
      const mirror = (await store().mirrors(5, 5)).find(({ validator }) => validator === operator);
      if (mirror === undefined) throw new Error('no mirror');
      const tallies = (await store().tallies(5, 5)).find(({ validator }) => validator === operator)?.tallies ?? [];
      const audits = [0, 1, 2, 3, 4, 5].map((draw) => ({
        ...({
          slot: seat,
          draw,
          kind: 1,
          outcome: draw === 0 ? 'fail' : 'pass',
          reason: draw === 0 ? 'timeout' : 'none',
        } as const),
        ...{ elapsedMs: 5, measure: 7, startedAt: 1_000_000 + 100 * seat + draw },
      }));
      await store().setMirror(mirror, tallies, [{ nodeIndex: 0, regions: [], audits }]);
    }
    await store().adopt(stored, leaves);
    const { recent } = await facetsAt(5, 0);
    expect(recent).toHaveLength(AUDITS_PER_EPOCH);
    expect(recent.filter(({ outcome }) => outcome === 'fail')).toHaveLength(6);
    expect(recent.map(({ startedAtMs }) => startedAtMs)).toEqual(
      recent.map(({ startedAtMs }) => startedAtMs).toSorted((a, b) => b - a),
    );
    expect(recent[0]).toMatchObject({ epoch: 5, slot: 5, draw: 5, validator: seats[5]?.operator, kind: 1, reason: 'none' });
  });
});
