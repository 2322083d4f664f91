// Which nodes had an open incident at a time: however many newer ones there are, as of then, and without reading them all.
import { beforeEach, describe, expect, it } from 'vitest';
import { d1Health } from '../../../workers/adapters/d1-health.ts';
import { unwellNodes } from '../../../workers/services/profiles/newest-root.ts';
import { addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { bindings, freshDatabase, revealMs, webPorts } from '../support/web-env.ts';
import { EPOCH, NOW } from './support.ts';

type Row = { id: string; node: number; openedAtMs: number; recoveredAtMs?: number; events?: [string, number][] };

const insert = ({ id, node, openedAtMs, recoveredAtMs, events = [] }: Row): D1PreparedStatement =>
  bindings.DB.prepare(
    `INSERT INTO incidents (id, node_index, node_id, severity, cause, opened_at_ms, recovered_at_ms, seen_by, events)
     VALUES (?1, ?2, ?3, 'down', 'timeout', ?4, ?5, '[]', ?6)`,
  ).bind(
    ...[id, node, nodeIdOf(node), openedAtMs, recoveredAtMs ?? null],
    JSON.stringify(events.map(([type, atMs], i) => ({ id: `evt_${String(i)}`, type, atMs }))),
  );

/** When epoch `EPOCH` is the newest that is revealed: everything before its end is public. */
const ports = () => webPorts(revealMs(EPOCH));
const END = NOW + 15_000;

beforeEach(async () => {
  await freshDatabase();
  await addNodes([0, 1, 2, 3].map((index) => ({ index })));
});

describe('nodes that are unwell', () => {
  it('are found behind 600 newer incidents that have ended', async () => {
    const newer = Array.from({ length: 600 }, (_, i) =>
      insert({ id: `inc_${String(i)}`, node: 2, openedAtMs: NOW - 10_000 + i, recoveredAtMs: NOW - 9_000 + i }),
    );
    const old = { id: 'inc_old', node: 1, openedAtMs: NOW - 86_400_000 };
    await bindings.DB.batch([...newer, insert({ ...old, events: [['node.down', NOW - 86_300_000]] })]);
    expect([...(await unwellNodes(ports()))]).toEqual([[1, 'down']]);
    expect([...(await unwellNodes(ports(), 1))]).toEqual([[1, 'down']]);
    expect([...(await unwellNodes(ports(), 2))]).toEqual([]);
  });

  it('are those of the end of the newest revealed epoch, as they stood then', async () => {
    await bindings.DB.batch([
      insert({ id: 'inc_later', node: 0, openedAtMs: END }),
      insert({ id: 'inc_ended', node: 1, openedAtMs: NOW, recoveredAtMs: END - 1 }),
      insert({ id: 'inc_ends', node: 2, openedAtMs: NOW, recoveredAtMs: END, events: [['node.down', END + 1]] }),
      insert({ id: 'inc_weak', node: 3, openedAtMs: NOW, events: [['node.degraded', NOW + 1]] }),
    ]);
    const found = new Map<number, string>([
      [2, 'suspected'],
      [3, 'degraded'],
    ]);
    expect(new Map(await unwellNodes(ports()))).toEqual(found);
    for (const node of [0, 1, 2, 3]) {
      expect((await unwellNodes(ports(), node)).get(node)).toBe(found.get(node));
    }
  });

  it('are looked up by index', async () => {
    const sql: string[] = [];
    const d1 = new Proxy(bindings.DB, {
      get: (target, name) =>
        name === 'prepare' ? (text: string) => (sql.push(text), target.prepare(text)) : (Reflect.get(target, name) as unknown),
    });
    await d1Health(d1).openAt({ endMs: 1, node: null });
    await d1Health(d1).openAt({ endMs: 1, node: 1 });
    const plans = sql.map((text) =>
      bindings.DB.prepare(`EXPLAIN QUERY PLAN ${text}`).bind(...(text.includes('?3') ? [1, 1, 1] : [1, 1])),
    );
    const steps = (await bindings.DB.batch<{ detail: string }>(plans)).flatMap(({ results }) =>
      results.map(({ detail }) => detail),
    );
    expect(steps.filter((step) => step.includes('incidents'))).toEqual([
      'SEARCH incidents USING INDEX incidents_by_end (recovered_at_ms=? AND opened_at_ms<?)',
      'SEARCH incidents USING INDEX incidents_by_end (recovered_at_ms>?)',
      'SEARCH incidents USING INDEX incidents_by_node (node_index=? AND opened_at_ms<?)',
    ]);
  });
});
