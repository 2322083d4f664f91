// From a failed question to alerts, over the real database: in time, once each, and whole or not at all.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Hex } from '../../../protocol/bytes.ts';
import { d1HealthStore } from '../../../workers/adapters/d1-health-store.ts';
import { healthHook, takeChunk } from '../../../workers/services/health/hear.ts';
import { ASKS_PER_TICK_MAX, INCIDENT_SEEN_MAX, NODES_PER_TICK_MAX, OVERDUE_MS } from '../../../workers/services/health/limits.ts';
import { checkOwnLine, sight } from '../../../workers/services/health/sight.ts';
import type { HealthStore } from '../../../workers/services/health/working-ports.ts';
import { addNodes } from '../support/ledger-rows.ts';
import { bindings, CLOCK, freshDatabase } from '../support/web-env.ts';
import { count, EPOCH, eventTypes, heardRow, incidents, NOW, PEER, rigOf, SELF, wordOf, type Rig } from './support.ts';

const CHUNK = { epoch: EPOCH, slot: 5, chunk: 0 };
const silent = { clock: CLOCK, askPeers: async () => [] };

beforeEach(async () => {
  await freshDatabase();
  await addNodes([0, 1, 2, 3].map((index) => ({ index, retired: index === 3 })));
});

async function absent(rig: Rig, node = 1): Promise<void> {
  await healthHook(rig.context).heard(EPOCH, heardRow(node, 'unreachable'));
  await rig.deliver();
  await rig.deliver();
}

describe('one node fails', () => {
  test('suspected within seconds, then absent, then down with a peer, then well', async () => {
    const rig = rigOf();
    await healthHook(rig.context).heard(EPOCH, heardRow(1, 'unreachable'));
    expect(await eventTypes()).toEqual([]);
    await rig.deliver();
    expect(await eventTypes()).toEqual(['node.suspected']);
    expect(rig.nowMs - NOW).toBeLessThanOrEqual(2_000);
    await rig.deliver();
    expect(rig.nowMs - NOW).toBeLessThanOrEqual(30_000);
    expect(await count('health_nodes')).toBe(1);
    await sight(rig.context, { clock: CLOCK, askPeers: async () => [wordOf(PEER, [1])] }, rig.nowMs);
    expect(await eventTypes()).toEqual(['node.suspected', 'node.down']);
    rig.answer = 'none';
    rig.nowMs += 400_000;
    await sight(rig.context, silent, rig.nowMs);
    for (let i = 0; i < 3; i++) await rig.deliver();
    expect(await eventTypes()).toEqual(['node.suspected', 'node.down', 'node.recovered']);
    const [incident, ...others] = await incidents();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ severity: 'down', open: false, cause: 'timeout' });
    expect(incident?.seenBy.map(({ validator }) => validator)).toEqual([SELF, PEER]);
    expect(rig.woken.times).toBe(3);
  });

  test('verdicts that are no absence are never told, nor are other kinds', async () => {
    const rig = rigOf();
    const hook = healthHook(rig.context);
    for (const reason of ['identity_mismatch', 'no_commitment', 'wrong_result', 'auditor_fault', 'stale'] as const) {
      await hook.heard(EPOCH, heardRow(1, reason));
    }
    await hook.heard(EPOCH, heardRow(2, 'unreachable', { kind: 1 }));
    await hook.take(CHUNK, [heardRow(1, 'wrong_result'), heardRow(2, 'unreachable', { kind: 1 })]);
    expect(await count('health_nodes')).toBe(0);
    expect(rig.sent).toEqual([]);
  });

  test('a node that answers costs no row but the slot’s', async () => {
    const rig = rigOf();
    await healthHook(rig.context).take(CHUNK, [heardRow(0, 'none'), heardRow(1, 'none')]);
    expect([await count('health_nodes'), await count('health_slots')]).toEqual([0, 1]);
  });
});

describe('repetition and loss', () => {
  test('messages that come twice, late or out of order change nothing', async () => {
    const rig = rigOf();
    await healthHook(rig.context).heard(EPOCH, heardRow(1, 'timeout'));
    const [first] = rig.sent;
    if (first === undefined) throw new Error('nothing was sent');
    expect(await rig.deliverOne({ ...first, step: 2 })).toBe('dropped');
    expect(await rig.deliverOne(first)).toBe('asked');
    expect(await rig.deliverOne(first)).toBe('dropped');
    expect(await rig.deliverOne({ ...first, key: 'another' })).toBe('dropped');
    await Promise.all([healthHook(rig.context).heard(EPOCH, heardRow(1, 'timeout')), rig.deliverOne({ ...first, step: 2 })]);
    expect(await eventTypes()).toEqual(['node.suspected']);
    expect(rig.asked).toHaveLength(2);
  });

  test('one question asked by two consumers at once counts once', async () => {
    const rig = rigOf();
    await healthHook(rig.context).heard(EPOCH, heardRow(1, 'timeout'));
    const [first] = rig.sent.splice(0);
    if (first === undefined) throw new Error('nothing was sent');
    await Promise.all([rig.deliverOne(first), rig.deliverOne(first), rig.deliverOne(first)]);
    expect(await eventTypes()).toEqual(['node.suspected']);
    const stored = (await d1HealthStore(bindings.DB).stored([1])).get(1);
    expect(stored?.machine.ask).toMatchObject({ step: 2, failed: 1 });
  });

  test('a chunk that died after its results were stored is taken in by the tick, once', async () => {
    const rig = rigOf();
    const sql = 'INSERT INTO chunks (epoch, slot, chunk, issued_at, finished_at) VALUES (?, ?, 0, 1, 2)';
    await bindings.DB.prepare(sql).bind(EPOCH, 4).run();
    await bindings.DB.prepare(
      `INSERT INTO audits (epoch, slot, draw, node_index, node_id, kind, challenge_hash, commitment, opening_hash, outcome, reason,
        elapsed_ms, measure, freshness_round, started_at, transcript_hash, chunk)
       VALUES (?, 4, 9, 1, ?, 5, '0x', '0x', '0x', 'fail', 'unreachable', 1, 0, 1, ?, '0x11', 0)`,
    )
      .bind(EPOCH, heardRow(1, 'none').nodeId, NOW - 5_000)
      .run();
    await sight(rig.context, silent, NOW);
    expect(rig.sent).toEqual([{ node: 1, key: `${String(EPOCH)}/4/9`, step: 1 }]);
    await sight(rig.context, silent, NOW);
    expect(rig.sent).toHaveLength(1);
    expect(await takeChunk(rig.context, { epoch: EPOCH, slot: 4, chunk: 0 }, [heardRow(2, 'timeout')])).toBe(false);
  });

  test('a question whose message was lost is sent again by the tick', async () => {
    const rig = rigOf();
    await healthHook(rig.context).heard(EPOCH, heardRow(1, 'timeout'));
    const lost = rig.sent.splice(0);
    await sight(rig.context, silent, NOW);
    expect(rig.sent).toEqual([]);
    rig.nowMs += OVERDUE_MS + 2_000;
    await sight(rig.context, silent, rig.nowMs);
    expect(rig.sent).toEqual(lost);
  });

  const crashes = (['before', 'after'] as const).flatMap((when) => [1, 2, 3, 4].map((nth) => [when, nth] as const));
  test.each(crashes)('a crash %s the batch of write %i loses nothing, and tells nothing twice', async (when, nth) => {
    let calls = 0;
    const real = d1HealthStore(bindings.DB);
    const save: HealthStore['save'] = async (...input) => {
      calls += 1;
      if (calls === nth && when === 'before') throw new Error('the line broke');
      const outcome = await real.save(...input);
      if (calls === nth) throw new Error('the answer was lost');
      return outcome;
    };
    const rig = rigOf({ save });
    await healthHook(rig.context).heard(EPOCH, heardRow(1, 'timeout'));
    await healthHook(rig.context).take(CHUNK, [heardRow(1, 'timeout')]);
    for (let round = 0; round < 6; round++) {
      for (const message of rig.sent.splice(0)) await rig.deliverOne(message).catch(() => undefined);
      rig.nowMs += OVERDUE_MS + 3_000;
      const input = { clock: CLOCK, askPeers: async () => [wordOf(PEER, [1], rig.nowMs)] };
      await sight(rig.context, input, rig.nowMs).catch(() => undefined);
    }
    expect(calls).toBeGreaterThanOrEqual(nth);
    expect(await eventTypes()).toEqual(['node.suspected', 'node.down']);
    expect(await count('incidents')).toBe(1);
  });
});

describe('the batch', () => {
  test('state, incident and events are stored together or not at all', async () => {
    const rig = rigOf();
    await absent(rig);
    const store = d1HealthStore(bindings.DB);
    const before = (await store.stored([1])).get(1);
    if (before === undefined || before.incident === null) throw new Error('no incident');
    const { node, machine, incident, version } = before;
    const event = {
      ...{ id: 'evt_made', type: 'node.down' as const, node, occurredAtMs: NOW },
      data: { incident: incident.id, cause: 'timeout' as const, sinceMs: NOW, seenBy: [], page: null },
    };
    const change = { node, machine: { ...machine, state: 'down' as const }, incident, events: [event], version: version - 1 };
    expect(await store.save([change], null, NOW)).toBe('stale');
    expect(await eventTypes()).toEqual(['node.suspected']);
    expect((await store.stored([1])).get(1)).toEqual(before);
    await store.save([], { chunk: CHUNK, probes: 1, failed: 0 }, NOW);
    expect(await store.save([{ ...change, version }], { chunk: CHUNK, probes: 1, failed: 0 }, NOW)).toBe('taken');
    expect(await eventTypes()).toEqual(['node.suspected']);
    expect(await store.save([{ ...change, version }], null, NOW)).toBe('saved');
    expect(await eventTypes()).toEqual(['node.suspected', 'node.down']);
  });
});

describe('our own fault', () => {
  const rows = Array.from({ length: 9 }, (_, i) => heardRow(i % 3, i < 4 ? 'timeout' : 'none', { draw: i }));

  test('over a third of a slot’s probes failing holds its alerts and is told to the operator, and clears itself', async () => {
    const rig = rigOf();
    await healthHook(rig.context).heard(EPOCH, heardRow(0, 'timeout'));
    await healthHook(rig.context).take(CHUNK, rows);
    await rig.deliver();
    expect(await eventTypes()).toEqual([]);
    expect((await d1HealthStore(bindings.DB).unwell(-1, 10)).length).toBe(0);
    await expect(checkOwnLine(rig.context, silent, NOW)).rejects.toThrow('4 of 9 probes of one slot failed at network level');
    await checkOwnLine(rig.context, silent, NOW + 3 * 3_000);
  });

  test('a third is not over a third, and seven probes are too few', async () => {
    const rig = rigOf();
    await takeChunk(rig.context, CHUNK, rows.slice(1));
    await checkOwnLine(rig.context, silent, NOW + 3_000).then(
      () => expect.unreachable('3 of 8 are over a third'),
      () => undefined,
    );
    await takeChunk(rig.context, { ...CHUNK, chunk: 1 }, [heardRow(1, 'none', { draw: 20 })]);
    await checkOwnLine(rig.context, silent, NOW);
    await takeChunk(
      rig.context,
      { ...CHUNK, slot: 6 },
      rows.slice(0, 7).map((row) => ({ ...row, slot: 6 })),
    );
    await checkOwnLine(rig.context, silent, NOW + 3_000);
  });
});

describe('the word of others', () => {
  test('one liar makes us ask, boundedly, and nothing else', async () => {
    const rig = rigOf();
    rig.answer = 'none';
    const lies = { clock: CLOCK, askPeers: async () => [wordOf(PEER, [0, 1, 2, 3, 99_999], rig.nowMs)] };
    for (let i = 0; i < 4; i++) {
      await sight(rig.context, lies, rig.nowMs);
      await rig.deliver();
      rig.nowMs += 3_000;
    }
    expect(await eventTypes()).toEqual([]);
    expect(rig.asked.map(({ node }) => node).toSorted()).toEqual([0, 1, 2]); // not the retired one, nor one that nobody registered
  });

  test('a word that is not repeated is dropped; a gateway needs two sources', async () => {
    const rig = rigOf({}, 'gateway');
    let words = [wordOf(PEER, [1]), { ...wordOf(PEER, [1]), source: 'https://other' }];
    const input = { clock: CLOCK, askPeers: async () => words };
    await sight(rig.context, input, NOW);
    expect(await eventTypes()).toEqual(['node.suspected']); // one validator, however many speak for it
    words = [{ ...wordOf(SELF, [1]), source: 'https://other' }];
    await sight(rig.context, input, NOW);
    expect(await eventTypes()).toEqual(['node.suspected', 'node.down']);
    words = [];
    const minutes = async (count: number) => {
      for (let i = 0; i < count; i++) {
        rig.nowMs += 190_000;
        await sight(rig.context, input, rig.nowMs);
      }
      return eventTypes();
    };
    expect(await minutes(6)).toEqual(['node.suspected', 'node.down']); // nobody is heard: nothing is known
    words = [wordOf(PEER, [])];
    expect(await minutes(6)).toEqual(['node.suspected', 'node.down']); // one of two
    words = [wordOf(PEER, []), wordOf(SELF, [])];
    expect(await minutes(3)).toEqual(['node.suspected', 'node.down', 'node.recovered']);
  });

  /** The real database, and the longest parameter that it was given: a deployed one takes 2 MB, this one takes anything. */
  function measured(): { readonly db: D1Database; readonly longestBytes: () => number } {
    let longest = 0;
    const prepare = (sql: string) => {
      const statement = bindings.DB.prepare(sql);
      const bind = (...values: unknown[]) => {
        longest = Math.max(longest, ...values.map((value) => (typeof value === 'string' ? value.length : 0)));
        return statement.bind(...values);
      };
      return { bind };
    };
    const db = { prepare, batch: (statements: D1PreparedStatement[]) => bindings.DB.batch(statements) };
    return { db: db as unknown as D1Database, longestBytes: () => longest };
  }

  test('an outage of a thousand nodes that everybody tells of is stored, and its end', async () => {
    const { db, longestBytes } = measured();
    await addNodes(Array.from({ length: NODES_PER_TICK_MAX }, (_, i) => ({ index: 10 + i })));
    const rig = rigOf(d1HealthStore(db), 'gateway');
    const nodes = Array.from({ length: NODES_PER_TICK_MAX }, (_, i) => 10 + i);
    let spoken = nodes;
    const validators = Array.from({ length: INCIDENT_SEEN_MAX }, (_, i): Hex => `0x${(100 + i).toString(16).padStart(40, '0')}`);
    const input = {
      clock: CLOCK,
      askPeers: async () => validators.map((validator) => ({ ...wordOf(validator, spoken, rig.nowMs), source: validator })),
    };
    // So many a slot become known here, until all are.
    for (let slot = 0; slot < NODES_PER_TICK_MAX / ASKS_PER_TICK_MAX; slot++) await sight(rig.context, input, rig.nowMs);
    const downs = 'SELECT count(*) AS n FROM events WHERE type = ?';
    const told = async (type: string) => bindings.DB.prepare(downs).bind(type).first<number>('n');
    expect(await told('node.down')).toBe(NODES_PER_TICK_MAX);
    const [incident] = await incidents();
    expect(incident?.seenBy).toHaveLength(INCIDENT_SEEN_MAX);
    spoken = [];
    for (let slot = 0; slot < 3; slot++) await sight(rig.context, input, rig.nowMs);
    expect(await told('node.recovered')).toBe(NODES_PER_TICK_MAX);
    expect(longestBytes()).toBeGreaterThan(400_000);
    expect(longestBytes()).toBeLessThan(1_500_000);
  }, 60_000);
});
