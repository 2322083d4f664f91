// What an endpoint's object does with time, failures and crashes: over the real D1, with the clock and the outermost request in the test's hand.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { d1Deliveries, pruneAlerts } from '../../../workers/adapters/webhook-deliveries.ts';
import { d1Alerts } from '../../../workers/adapters/d1-alerts.ts';
import { deliverDue } from '../../../workers/services/alerts/deliver.ts';
import {
  FAILING_MS_MAX,
  GAPS_MS,
  KEEP_MS,
  LEASE_MS,
  REST_MS,
  WAVE_FAILURES_MAX,
} from '../../../workers/services/alerts/limits.ts';
import type { DeliveryPorts, Message, Reply } from '../../../workers/services/alerts/ports.ts';
import { bindings, fresh, hashOf } from '../support/bindings.ts';
import { addEndpoint, all, downEvent, sealedEvent, store } from './rows.ts';

// A machine that does ten other things at once needs more than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const HOUR = 3_600_000;
const START = 1_790_000_000_000;
const OK: Reply = { status: 200, retryAfter: null, error: null };
const FAIL: Reply = { status: 500, retryAfter: null, error: null };
const ID = 'ep_a';

/** The ports of one object over the real store; nothing is signed, and `replies` says what each request is answered. */
function rig(replies: (message: Message, index: number) => Reply = () => OK) {
  const state = { nowMs: START, sent: [] as { id: string; atMs: number }[], woken: 0 };
  const real = d1Deliveries(bindings.DB);
  const ports: DeliveryPorts = {
    store: real,
    vault: () => ({
      seal: async () => '',
      open: async () => ({ url: 'https://receiver.test/', secret: 'whsec_AAAA', previous: null, routingKey: null }),
      publicKey: () => '',
    }),
    send: async (message) => {
      const id = message.headers['webhook-id'] ?? '';
      state.sent.push({ id, atMs: state.nowMs });
      state.nowMs += 10;
      return replies(message, state.sent.length - 1);
    },
    sign: async () => 'v1,x',
    nowMs: () => state.nowMs,
    sleep: async (ms) => {
      state.nowMs += ms;
    },
    chance: () => 0.5,
    wake: async () => {
      state.woken++;
    },
  };
  return { ports, state, real };
}

/** Alarm after alarm, as the object sets them, until nothing waits. */
async function run({ ports, state }: ReturnType<typeof rig>, untilMs = Infinity): Promise<void> {
  for (let passes = 0; passes < 200; passes++) {
    const next = await deliverDue(ports, ID);
    if (next === null || next > untilMs) return;
    state.nowMs = Math.max(state.nowMs, next);
  }
  throw new Error('it never rests');
}

const states = async (): Promise<string[]> =>
  (await all<{ state: string }>('SELECT state FROM deliveries ORDER BY event')).map(({ state }) => state);
const idOf = (incident: string): string => downEvent(1, incident).id;

beforeEach(async () => {
  await fresh();
  await addEndpoint({ id: ID });
});

describe('a receiver that fails', () => {
  it('is tried ten times over 75 hours, then the event is given up and stays in the log', async () => {
    const it = rig(() => FAIL);
    await store(downEvent(1, 'a'));
    await run(it);
    const gaps = it.state.sent.map(({ atMs }, i) => atMs - (it.state.sent[i - 1]?.atMs ?? START));
    expect(gaps).toHaveLength(10);
    for (const [i, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(GAPS_MS[i] ?? 0);
    expect((it.state.sent.at(-1)?.atMs ?? 0) - START).toBeGreaterThanOrEqual(75 * HOUR);
    expect(new Set(it.state.sent.map(({ id }) => id)).size).toBe(1);
    expect(await states()).toEqual(['failed']);
    expect(await all('SELECT count(*) AS n FROM delivery_attempts')).toEqual([{ n: 10 }]);
  });

  it('is disabled after five days of nothing else, with a notice to the tenant’s other endpoints', async () => {
    await addEndpoint({ id: 'ep_b', types: ['epoch.sealed'] });
    const it = rig(() => FAIL);
    for (let day = 0; day < 7; day++) {
      it.state.nowMs = Math.max(it.state.nowMs, START + day * 24 * HOUR);
      await store(downEvent(day, `incident-${String(day)}`));
      await run(it, START + (day + 1) * 24 * HOUR);
    }
    const [endpoint] = await all("SELECT * FROM webhook_endpoints WHERE id = 'ep_a'");
    expect(endpoint?.['state']).toBe('disabled');
    expect(endpoint?.['disabled_reason']).toContain('five days');
    expect(Number(endpoint?.['disabled_at']) - Number(endpoint?.['failing_since'])).toBeGreaterThanOrEqual(FAILING_MS_MAX);
    const told = await all("SELECT target FROM events WHERE type = 'endpoint.disabled'");
    expect(told).toEqual([{ target: 'ep_b' }]);
    expect(it.state.woken).toBe(1);
    expect(await all("SELECT count(*) AS n FROM deliveries WHERE endpoint = 1 AND state = 'due'")).toEqual([{ n: 0 }]);
    const sent = it.state.sent.length;
    await store(downEvent(1, 'later'));
    await run(it);
    expect(it.state.sent).toHaveLength(sent);
  });

  it('that comes back is not disabled: one success ends the count', async () => {
    const it = rig((_message, i) => (i === 3 ? OK : FAIL));
    for (let day = 0; day < 6; day++) {
      it.state.nowMs = Math.max(it.state.nowMs, START + day * 24 * HOUR);
      await store(downEvent(day, `incident-${String(day)}`));
      await run(it, START + (day + 1) * 24 * HOUR);
    }
    expect(await all("SELECT state FROM webhook_endpoints WHERE id = 'ep_a'")).toEqual([{ state: 'active' }]);
  });

  it('is not stormed: after some failures the others wait, and the object rests', async () => {
    const it = rig(() => FAIL);
    await store(...Array.from({ length: 100 }, (_, i) => downEvent(i, `incident-${String(i)}`)));
    const next = await deliverDue(it.ports, ID);
    expect(it.state.sent.length).toBeLessThan(WAVE_FAILURES_MAX + 6);
    expect((next ?? 0) - it.state.nowMs).toBeGreaterThan(REST_MS - 1000);
    expect(await deliverDue(it.ports, ID)).toBe(next); // a poke in between changes nothing
    expect(it.state.sent.length).toBeLessThan(WAVE_FAILURES_MAX + 6);
  });

  it('that names a time is left alone until then', async () => {
    const it = rig((_message, i) => (i === 0 ? { status: 429, retryAfter: '7200', error: null } : OK));
    await store(downEvent(1, 'a'), downEvent(2, 'b'));
    await run(it);
    const [first, ...others] = it.state.sent;
    for (const { atMs } of others) {
      if (atMs !== START && atMs !== START + 10) expect(atMs - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(2 * HOUR);
    }
    expect(await states()).toEqual(['delivered', 'delivered']);
  });
});

describe('a crash', () => {
  it('after the claim loses nothing: what was claimed is due again when its lease ends', async () => {
    const it = rig();
    await store(downEvent(1, 'a'), sealedEvent(2));
    const claimed = await it.real.claim(1, { nowMs: START, untilMs: START + LEASE_MS, limit: 50 });
    expect(claimed).toHaveLength(2);
    await run(it);
    expect(it.state.sent.map(({ id }) => id).toSorted()).toEqual([idOf('a'), sealedEvent(2).id].toSorted());
    expect(await states()).toEqual(['delivered', 'delivered']);
  });

  it('between sending and storing repeats the delivery, with the same id', async () => {
    const it = rig();
    await store(downEvent(1, 'a'));
    const broken = { ...it.ports, store: { ...it.real, finish: () => Promise.reject(new Error('the isolate is gone')) } };
    await expect(deliverDue(broken, ID)).rejects.toThrow('the isolate is gone');
    await run(it);
    expect(it.state.sent.map(({ id }) => id)).toEqual([idOf('a'), idOf('a')]);
    expect(await states()).toEqual(['delivered']);
    expect(await all('SELECT attempt FROM delivery_attempts')).toEqual([{ attempt: 1 }]);
  });

  it('while sending does the same', async () => {
    const it = rig();
    await store(downEvent(1, 'a'));
    const broken = { ...it.ports, send: () => Promise.reject(new Error('the isolate is gone')) };
    await expect(deliverDue(broken, ID)).rejects.toThrow('the isolate is gone');
    await run(it);
    expect(await states()).toEqual(['delivered']);
  });

  it('within the batch that stores results leaves none of them', async () => {
    const it = rig();
    await store(downEvent(1, 'a'));
    const endpoint = await it.real.endpoint(ID);
    if (endpoint === null) throw new Error('no endpoint');
    const bad = { place: 1, attempt: 1, atMs: null as unknown as number, elapsedMs: 0, status: 200, error: null };
    const attempted = [{ ...bad, state: 'delivered', tries: 1, dueAtMs: 0 } as const];
    const after = { failingSinceMs: null, deliveredAtMs: START, pausedUntilMs: 0, disabled: null };
    await expect(it.real.finish(endpoint, { attempted, released: [], after, nowMs: START })).rejects.toThrow(/NOT NULL/);
    expect(await states()).toEqual(['due']);
  });
});

describe('order', () => {
  it('of one node is kept, even across failures', async () => {
    const it = rig((_message, i) => (i < 2 ? FAIL : OK));
    await store(downEvent(1, 'a'), downEvent(1, 'b'), downEvent(1, 'c'));
    await run(it);
    expect(it.state.sent.map(({ id }) => id)).toEqual([...['a', 'a', 'a', 'b', 'c'].map(idOf)]);
  });

  it('gives way after three tries: an event that never arrives does not hold up the others for days', async () => {
    const it = rig(({ headers }) => (headers['webhook-id'] === idOf('a') ? FAIL : OK));
    await store(downEvent(1, 'a'), downEvent(1, 'b'));
    await run(it, START + HOUR);
    expect(it.state.sent.map(({ id }) => id)).toEqual(['a', 'a', 'a', 'b', 'a'].map(idOf));
    expect(await states()).toEqual(['due', 'delivered']);
  });

  it('of different nodes is nobody’s concern: one that fails holds up no other', async () => {
    const it = rig(({ headers }) => (headers['webhook-id'] === idOf('a') ? FAIL : OK));
    await store(downEvent(1, 'a'), downEvent(2, 'b'), downEvent(3, 'c'));
    await deliverDue(it.ports, ID);
    expect(await states()).toEqual(['due', 'delivered', 'delivered']);
  });
});

it('a burst goes out at a bounded rate', async () => {
  const it = rig();
  await store(...Array.from({ length: 300 }, (_, i) => downEvent(i, `incident-${String(i)}`)));
  await run(it);
  expect(it.state.sent).toHaveLength(300);
  const inFirstSecond = it.state.sent.filter(({ atMs }) => atMs < START + 1000).length;
  expect(inFirstSecond).toBeLessThanOrEqual(20);
});

describe('quiet', () => {
  const quiet = (change: Record<string, unknown> = {}) => {
    const row = {
      id: 'q1',
      tenant: 'tenant-a',
      kind: 'mute',
      public: 0,
      node_index: 1,
      node_id: hashOf('id', 1),
      incident: null,
    };
    const full = { ...row, from_ms: 0, until_ms: Number.MAX_SAFE_INTEGER, note: '', created_at_ms: 0, ...change };
    const sql = `INSERT INTO quiets (${Object.keys(full).join(', ')}) VALUES (${Object.keys(full)
      .map(() => '?')
      .join(', ')})`;
    return bindings.DB.prepare(sql)
      .bind(...Object.values(full))
      .run();
  };

  it('holds what a tenant muted, and says so in the log', async () => {
    await quiet();
    await store(downEvent(1, 'a'), downEvent(2, 'b'), sealedEvent(1));
    expect(await states()).toEqual(['muted', 'due', 'due']);
  });

  it.each([
    ['another tenant’s', { tenant: 'tenant-b' }, 'due'],
    ['a public one', { tenant: 'tenant-b', public: 1 }, 'muted'],
    ['over', { until_ms: 5 }, 'due'],
    ['for all nodes', { node_index: null, node_id: null }, 'muted'],
    ['of another incident', { incident: 'other' }, 'due'],
  ] as const)('%s: %j', async (_what, change, state) => {
    await quiet(change);
    await store(downEvent(1, 'a'));
    expect(await states()).toEqual([state]);
  });
});

describe('what is old', () => {
  it('goes after a month, but a node’s numbers go on', async () => {
    const it = rig();
    await store(downEvent(1, 'a'), downEvent(1, 'b'), sealedEvent(1));
    await run(it);
    await pruneAlerts(bindings.DB, START + KEEP_MS - HOUR);
    expect(await states()).toHaveLength(3);
    await pruneAlerts(bindings.DB, START + KEEP_MS + HOUR);
    expect(await states()).toEqual([]);
    expect(await all('SELECT count(*) AS n FROM delivery_attempts')).toEqual([{ n: 0 }]);
    expect(await all('SELECT sequence FROM events')).toEqual([{ sequence: 2 }]);
    await store(downEvent(1, 'c'));
    expect(await all('SELECT max(sequence) AS last FROM events')).toEqual([{ last: 3 }]);
  });

  it('and still due stays', async () => {
    await store(downEvent(1, 'a'), downEvent(1, 'b'));
    await pruneAlerts(bindings.DB, START + 2 * KEEP_MS);
    expect(await states()).toEqual(['due', 'due']);
    expect(await all('SELECT count(*) AS n FROM events')).toEqual([{ n: 2 }]);
  });

  it('can be replayed while it is there: once more, with the same id', async () => {
    const it = rig();
    await store(downEvent(1, 'a'), downEvent(1, 'b'));
    await run(it);
    const alerts = d1Alerts(bindings.DB);
    expect(await alerts.replay(1, idOf('a'))).toBe(true);
    expect(await alerts.replay(1, idOf('never'))).toBe(false);
    await run(it);
    expect(it.state.sent.map(({ id }) => id)).toEqual(['a', 'b', 'a'].map(idOf));
    expect(await all('SELECT attempt FROM delivery_attempts ORDER BY event, attempt')).toEqual(
      [1, 2, 1].map((attempt) => ({ attempt })),
    );
  });
});
