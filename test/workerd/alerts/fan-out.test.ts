// Whom events go to, worked out from a cursor over the outbox: bounded batches, no event lost or doubled by a crash or a second one at work.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { d1Alerts } from '../../../workers/adapters/d1-alerts.ts';
import { d1Deliveries, pruneAlerts } from '../../../workers/adapters/webhook-deliveries.ts';
import { fanOutStep } from '../../../workers/adapters/webhook-fan-out.ts';
import { pokeDue } from '../../../workers/adapters/webhook-objects.ts';
import { accountPorts } from '../../../workers/compose/accounts.ts';
import type { NewEvent } from '../../../workers/services/alerts/event.ts';
import { eventId } from '../../../workers/services/alerts/event.ts';
import {
  ENDPOINTS_ACTIVE_MAX,
  FAN_OUT_ROWS_MAX,
  KEEP_MS,
  PRUNE_ROWS_MAX,
  REPLAY_SCAN_MAX,
} from '../../../workers/services/alerts/limits.ts';
import type { Endpoint } from '../../../workers/services/alerts/ports.ts';
import { bindings, fresh, hashOf } from '../support/bindings.ts';
import { addEndpoint, all, downEvent, fanOutAll, sealedEvent, store, tell } from './rows.ts';

// A machine that does ten other things at once needs more than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const DB = bindings.DB;
const NOW = 1_790_000_000_000;
const counts = async () => all('SELECT (SELECT count(*) FROM deliveries) AS deliveries, (SELECT event FROM fan_out) AS cursor');

const UP_TO = 'WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?1)';

/** Many at once, as a farm of free wallets would have them. */
async function addMany(count: number): Promise<void> {
  const sql = `INSERT INTO webhook_endpoints (id, tenant, format, scheme, shown_url, sealed, types, nodes, operators, note, state, paused_until, since, created_at)
    ${UP_TO} SELECT 'ep_' || value, 'tenant-' || (value / 20), 'standard', 'v1', '', '', '[]', '[]', '[]', '', 'active', 0, 0, 0 FROM n`;
  await DB.prepare(sql).bind(count).run();
}

const downs = (count: number): NewEvent[] => Array.from({ length: count }, (_, i) => downEvent(i, `incident-${String(i)}`));

beforeEach(fresh);

describe('the outbox', () => {
  it('takes events at a price that does not depend on who listens, and is fanned out in bounded batches', async () => {
    await addMany(ENDPOINTS_ACTIVE_MAX);
    await tell(...downs(5));
    expect(await counts()).toEqual([{ deliveries: 0, cursor: 0 }]);
    for (const cursor of [2, 4, 5]) {
      const { endpoints, isDone } = await fanOutStep(DB, NOW);
      expect([endpoints.length, isDone]).toEqual([ENDPOINTS_ACTIVE_MAX, cursor === 5]);
      expect(await counts()).toEqual([{ deliveries: cursor * ENDPOINTS_ACTIVE_MAX, cursor }]);
    }
    expect(2 * ENDPOINTS_ACTIVE_MAX).toBeLessThanOrEqual(FAN_OUT_ROWS_MAX);
    expect(await fanOutStep(DB, NOW)).toEqual({ endpoints: [], isDone: true });
  });

  it('loses nothing when a batch breaks: cursor and deliveries move together or not at all', async () => {
    await addEndpoint({ id: 'ep_a' });
    await tell(downEvent(1, 'a'), downEvent(1, 'b'));
    let batches = 0;
    const breaking = new Proxy(DB, {
      get: (target, name) => {
        if (name === 'batch') {
          const bad = target.prepare("INSERT INTO events (id) VALUES ('incomplete')");
          return (statements: D1PreparedStatement[]) => target.batch(++batches === 2 ? [...statements, bad] : statements);
        }
        return name === 'prepare' ? target.prepare.bind(target) : (Reflect.get(target, name) as unknown);
      },
    });
    await expect(fanOutStep(breaking, NOW)).rejects.toThrow(/NOT NULL/);
    expect(await counts()).toEqual([{ deliveries: 0, cursor: 0 }]);
    expect(await fanOutAll()).toEqual(['ep_a']);
    expect(await counts()).toEqual([{ deliveries: 2, cursor: 2 }]);
  });

  it('gives nothing twice where two work on it at once, not even what was replayed and delivered meanwhile', async () => {
    await addMany(50);
    await tell(...downs(100));
    await Promise.all(Array.from({ length: 6 }, () => fanOutAll()));
    expect(await counts()).toEqual([{ deliveries: 5_000, cursor: 100 }]);
    await DB.prepare("UPDATE deliveries SET state = 'delivered', finished_at = 1").run();
    expect(await fanOutAll()).toEqual([]);
    expect(await all("SELECT count(*) AS n FROM deliveries WHERE state = 'due'")).toEqual([{ n: 0 }]);
  });

  it('tells the end of what was told before a quiet, even when both are fanned out in one step', async () => {
    await addEndpoint({ id: 'ep_a' });
    const sql = `INSERT INTO quiets (id, tenant, kind, public, node_index, node_id, incident, from_ms, until_ms, note, created_at_ms)
      VALUES ('q', 'tenant-a', 'mute', 0, 1, ?1, NULL, ?2, ?3, '', 0)`;
    await DB.prepare(sql)
      .bind(hashOf('id', 1), NOW + 1, NOW + 1_000)
      .run();
    const told = downEvent(1, 'a');
    const end = (incident: string): NewEvent => ({
      ...{ id: eventId('node.recovered', incident), type: 'node.recovered', node: { index: 1, id: hashOf('id', 1) } },
      ...{ occurredAtMs: NOW + 2, data: { incident, sinceMs: 0, downMs: 2, page: null } as never },
    });
    await tell(told, end('a'), end('never told'));
    await fanOutAll();
    expect(await all('SELECT state FROM deliveries ORDER BY event')).toEqual([
      { state: 'due' },
      { state: 'due' },
      { state: 'muted' },
    ]);
  });
});

describe('room', () => {
  const endpoint = (id: string): Endpoint => ({
    ...{ id, tenant: 'late', format: 'standard', scheme: 'v1', shownUrl: '', sealed: '', types: [], nodes: [], operators: [] },
    ...{ note: '', state: 'active', disabledReason: null, disabledAtMs: null, failingSinceMs: null, deliveredAtMs: null },
    ...{ pausedUntilMs: 0, createdAtMs: 0 },
  });
  it('is for so many active endpoints of all tenants together, new ones and those that are enabled again', async () => {
    const alerts = d1Alerts(DB);
    const bounds = { tenantMax: 2, activeMax: 3 };
    await addMany(2);
    expect(await alerts.add(endpoint('ep_x'), bounds)).toBe('added');
    expect(await alerts.add(endpoint('ep_y'), bounds)).toBe('worker');
    await DB.prepare("UPDATE webhook_endpoints SET state = 'disabled' WHERE id = 'ep_x'").run();
    expect(await alerts.add(endpoint('ep_y'), bounds)).toBe('added');
    const off = await alerts.get('late', 'ep_x');
    if (off === null) throw new Error('no endpoint');
    await alerts.enable(off, 3);
    expect((await alerts.get('late', 'ep_x'))?.state).toBe('disabled');
    expect(await alerts.add(endpoint('ep_z'), bounds)).toBe('tenant');
    await alerts.remove('late', 'ep_y');
    await alerts.enable(off, 3);
    expect((await alerts.get('late', 'ep_x'))?.state).toBe('active');
  });
});

describe('the tick', () => {
  it('pokes who waits longest first, and leaves nobody out', async () => {
    await addMany(ENDPOINTS_ACTIVE_MAX);
    await store(downEvent(1, 'a'));
    await DB.prepare('UPDATE deliveries SET due_at = 10 * endpoint').run();
    const poked: string[] = [];
    const stub = (id: string) => ({
      poke: async () => {
        poked.push(id);
        if (id === 'ep_7') throw new Error('cannot be reached');
      },
    });
    await pokeDue(DB, stub, 10 * (ENDPOINTS_ACTIVE_MAX - 1));
    expect(poked).toEqual(Array.from({ length: ENDPOINTS_ACTIVE_MAX - 1 }, (_, i) => `ep_${String(i + 1)}`));
  });

  it('removes what is old until it is gone, but never what is still to be fanned out', async () => {
    const old = 2 * PRUNE_ROWS_MAX + 5;
    const sql = `INSERT INTO events (id, type, occurred_at, data) ${UP_TO}
      SELECT 'old-' || value, 'epoch.sealed', 5, '{}' FROM n`;
    await DB.prepare(sql).bind(old).run();
    await fanOutAll();
    await tell({ ...sealedEvent(1), occurredAtMs: 6 });
    await pruneAlerts(DB, KEEP_MS + 1_000);
    expect(await all('SELECT occurred_at AS at FROM events')).toEqual([{ at: 6 }]);
  });
});

describe('a tenant that leaves', () => {
  it('while something is sent leaves no attempt behind, and no notice', async () => {
    await addEndpoint({ id: 'ep_a' });
    await addEndpoint({ id: 'ep_b' });
    await store(downEvent(1, 'a'));
    const deliveries = d1Deliveries(DB);
    const gone = await deliveries.endpoint('ep_a');
    if (gone === null) throw new Error('no endpoint');
    await deliveries.claim(1, { nowMs: NOW, untilMs: NOW + 60_000, limit: 10 });
    await accountPorts(bindings).store.forget('tenant-a');
    const made = {
      place: 1,
      attempt: 1,
      atMs: NOW,
      elapsedMs: 5,
      status: 410,
      error: 'gone',
      state: 'failed',
      tries: 1,
      dueAtMs: 0,
    } as const;
    const after = { failingSinceMs: NOW, deliveredAtMs: null, pausedUntilMs: 0, disabled: { reason: 'gone', atMs: NOW } };
    await deliveries.finish(gone, { attempted: [made], released: [], after, nowMs: NOW });
    await tell({ ...sealedEvent(3), to: 'ep_b' });
    const left = 'SELECT (SELECT count(*) FROM delivery_attempts) AS attempts, (SELECT count(*) FROM deliveries) AS deliveries';
    expect(await all(left)).toEqual([{ attempts: 0, deliveries: 0 }]);
    expect(await all('SELECT type FROM events')).toEqual([{ type: 'node.down' }]);
  });
});

describe('a replay', () => {
  it('goes through a range in the order of time, page by page, and looks at so many events at most', async () => {
    await addEndpoint({ id: 'ep_a', types: ['node.down'] });
    const sql = `INSERT INTO events (id, type, occurred_at, data) ${UP_TO}
      SELECT 'other-' || value, 'epoch.sealed', ?2 - 1000000 + value, '{}' FROM n`;
    await DB.prepare(sql)
      .bind(REPLAY_SCAN_MAX + 10, NOW)
      .run();
    const first = downEvent(1, 'a');
    await store({ ...downEvent(2, 'b'), occurredAtMs: NOW + 9 }, first, { ...downEvent(3, 'c'), occurredAtMs: NOW + 9 });
    await DB.prepare('DELETE FROM deliveries').run();
    const alerts = d1Alerts(DB);
    const endpoint = await alerts.get('tenant-a', 'ep_a');
    if (endpoint === null) throw new Error('no endpoint');
    const pages: number[] = [];
    let after: number | null = 0;
    while (after !== null && pages.length < 9) {
      const range = { fromMs: 0, throughMs: NOW + 100, after, limit: 2 };
      const found: { events: number; next: number | null } = await alerts.replayRange(endpoint, range);
      pages.push(found.events);
      after = found.next;
    }
    expect(pages).toEqual([0, 2, 1]);
    const due = 'SELECT count(*) AS n, count(DISTINCT event) AS events FROM deliveries';
    expect(await all(due)).toEqual([{ n: 3, events: 3 }]);
  });
});
