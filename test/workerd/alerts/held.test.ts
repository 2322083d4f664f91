// An outage that begins in a quiet and outlasts it: told when the quiet ends, once, and its end as well.
import { beforeEach, describe, expect, it } from 'vitest';
import { d1Quiets } from '../../../workers/adapters/d1-quiets.ts';
import { fanOutStep } from '../../../workers/adapters/webhook-fan-out.ts';
import { tellHeld } from '../../../workers/adapters/webhook-held.ts';
import { eventId, type NewEvent } from '../../../workers/services/alerts/event.ts';
import type { Quiet } from '../../../workers/services/health/ports.ts';
import { bindings, fresh, hashOf } from '../support/bindings.ts';
import { addEndpoint, all, store } from './rows.ts';

const START = 1_790_000_000_000;
const END = START + 60_000;
const NODE = { index: 1, id: hashOf('id', 1) };

const told = (type: 'node.suspected' | 'node.down' | 'node.recovered', atMs: number, incident = 'inc_a'): NewEvent => ({
  ...{ id: eventId(type, incident), type, node: NODE, occurredAtMs: atMs },
  data: { incident, cause: 'timeout', sinceMs: START, seenBy: [], page: null },
});

async function tellAll(...events: NewEvent[]): Promise<void> {
  await store(...events);
  for (let done = false; !done;) done = (await fanOutStep(bindings.DB, START)).isDone;
}

async function openIncident(id = 'inc_a'): Promise<void> {
  const sql = `INSERT INTO incidents (id, node_index, node_id, severity, cause, opened_at_ms, seen_by, events)
    VALUES (?1, 1, ?2, 'down', 'timeout', ?3, '[]', '[]')`;
  await bindings.DB.prepare(sql).bind(id, NODE.id, START).run();
}

async function hush(change: Partial<Quiet> = {}): Promise<void> {
  const base = { id: 'qt_1', tenant: 'tenant-a', kind: 'mute', public: false, node: null, incident: null, note: '' } as const;
  const quiet = { ...base, fromMs: START - 1_000, untilMs: END, createdAtMs: START - 1_000, ...change };
  expect(await d1Quiets(bindings.DB).add(quiet, { tenantMax: 10, publicMax: 10, sinceMs: 0 })).toBe(true);
}

const states = async (): Promise<string[]> =>
  (
    await all<{ said: string }>(
      `SELECT type || ' ' || state AS said FROM deliveries JOIN events ON place = event ORDER BY endpoint, place`,
    )
  ).map(({ said }) => said);

beforeEach(async () => {
  await fresh();
  await addEndpoint({ id: 'ep_a' });
  await openIncident();
});

describe.each<[string, Partial<Quiet>]>([
  ['a mute', {}],
  ['maintenance that was announced', { kind: 'maintenance', public: true, node: NODE, tenant: 'tenant-b' }],
  ['maintenance of the tenant', { kind: 'maintenance', node: NODE }],
])('%s', (_name, change) => {
  it('ends before the outage: the newest that it held is told, once, and so is the recovery', async () => {
    await hush(change);
    await tellAll(told('node.suspected', START), told('node.down', START + 10_000));
    await tellHeld(bindings.DB, END - 1);
    expect(await states()).toEqual(['node.suspected muted', 'node.down muted']);
    await tellHeld(bindings.DB, END);
    const due = { state: 'due', due_at: 0, finished_at: null };
    expect(await all("SELECT state, due_at, finished_at FROM deliveries WHERE state = 'due'")).toEqual([due]);
    expect(await states()).toEqual(['node.suspected muted', 'node.down due']);
    await bindings.DB.prepare("UPDATE deliveries SET state = 'delivered' WHERE state = 'due'").run();
    await tellHeld(bindings.DB, END + 60_000);
    expect(await states()).toEqual(['node.suspected muted', 'node.down delivered']);
    await tellAll(told('node.recovered', END + 90_000));
    expect((await states()).at(-1)).toBe('node.recovered due');
  });

  it('is ended early: it is told with the next tick', async () => {
    await hush(change);
    await tellAll(told('node.down', START));
    await tellHeld(bindings.DB, START + 1);
    expect(await d1Quiets(bindings.DB).remove(change.tenant ?? 'tenant-a', 'qt_1', START + 2)).toBe(true);
    await tellHeld(bindings.DB, START + 3);
    expect(await states()).toEqual(['node.down due']);
  });
});

describe('nothing is told', () => {
  it('of an outage that ended within the quiet, then or ever', async () => {
    await hush();
    await tellAll(told('node.down', START), told('node.recovered', START + 5_000));
    await bindings.DB.prepare('UPDATE incidents SET recovered_at_ms = ?')
      .bind(START + 5_000)
      .run();
    await tellHeld(bindings.DB, END);
    expect(await states()).toEqual(['node.down muted', 'node.recovered muted']);
    expect(await all('SELECT count(*) AS n FROM deliveries WHERE due_at > 0')).toEqual([{ n: 0 }]);
  });

  it('while another quiet holds, and then it is', async () => {
    await hush();
    await hush({ id: 'qt_2', untilMs: END + 60_000, node: NODE });
    await tellAll(told('node.down', START));
    await tellHeld(bindings.DB, END);
    expect(await states()).toEqual(['node.down muted']);
    await tellHeld(bindings.DB, END + 60_000);
    expect(await states()).toEqual(['node.down due']);
  });

  it('by somebody else’s removal', async () => {
    await hush();
    await tellAll(told('node.down', START));
    await tellHeld(bindings.DB, START + 1);
    expect(await d1Quiets(bindings.DB).remove('tenant-b', 'qt_1', START + 2)).toBe(false);
    await tellHeld(bindings.DB, START + 3);
    expect(await states()).toEqual(['node.down muted']);
  });
});

it('is looked at in bounded statements until all is done', async () => {
  await hush();
  for (let i = 0; i < 3; i++) {
    const ids = Array.from({ length: 500 }, (_, j) => `inc_${String(500 * i + j)}`);
    await bindings.DB.batch(
      ids.map((id) =>
        bindings.DB.prepare(
          `INSERT INTO incidents (id, node_index, node_id, severity, cause, opened_at_ms, seen_by, events)
             VALUES (?1, 1, ?2, 'down', 'timeout', ?3, '[]', '[]')`,
        ).bind(id, NODE.id, START),
      ),
    );
    await tellAll(...ids.map((id) => told('node.down', START, id)));
  }
  await tellHeld(bindings.DB, END);
  expect(await all('SELECT state, count(*) AS n FROM deliveries GROUP BY state')).toEqual([{ state: 'due', n: 1_500 }]);
});
