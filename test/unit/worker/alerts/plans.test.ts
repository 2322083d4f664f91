// How SQLite goes about the statements of deliveries: an endpoint has a month of finished ones, and none of what a wave or a tick asks may read
// them all. The statements are those that the adapters prepare; the plans are of the migrated tables.
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrationStatements } from '../../../../local/migrations.ts';
import { eventStatements } from '../../../../workers/adapters/event-statements.ts';
import { d1Deliveries, pruneAlerts } from '../../../../workers/adapters/webhook-deliveries.ts';
import { pokeDue } from '../../../../workers/adapters/webhook-objects.ts';
import type { StoredEndpoint } from '../../../../workers/services/alerts/ports.ts';

type Bound = { bind: () => Bound; all: () => Promise<object>; first: () => Promise<null>; run: () => Promise<object> };

/** Keeps what is prepared, and answers nothing. */
const sql: string[] = [];
const nothing: Bound = {
  bind: () => nothing,
  all: async () => ({ results: [] }),
  first: async () => null,
  run: async () => ({}),
};
const prepare = (text: string): Bound => {
  sql.push(text);
  return nothing;
};
const fake: unknown = { prepare, batch: async () => [] };
const d1 = fake as never;
const database = new DatabaseSync(':memory:');

beforeAll(async () => {
  for (const statement of migrationStatements()) database.exec(statement);
  const store = d1Deliveries(d1);
  await store.endpoint('ep_a');
  await store.claim(1, { nowMs: 1, untilMs: 2, limit: 3 });
  await store.nextDue(1, 1);
  const after = { failingSinceMs: null, deliveredAtMs: null, pausedUntilMs: 0, disabled: { reason: 'gone', atMs: 1 } };
  const endpoint = { id: 'ep_a', tenant: 't', number: 1 } as StoredEndpoint;
  await store.finish(endpoint, { attempted: [], released: [], after, nowMs: 1 });
  await pruneAlerts(d1, 1);
  await pokeDue(d1, () => ({ poke: async () => undefined }), 1);
  eventStatements(d1, [
    { id: 'evt', type: 'endpoint.test', node: null, occurredAtMs: 1, data: { endpoint: 'ep_a', message: '' } },
  ]);
});

const planOf = (text: string): string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map(({ detail }) => String(detail));

describe('no statement of deliveries', () => {
  it('reads a whole table of deliveries, or all that an endpoint ever had', () => {
    expect(sql.length).toBeGreaterThanOrEqual(14);
    const slow = sql.flatMap((text) =>
      planOf(text)
        .filter(
          (step) =>
            /^SCAN (deliveries|delivery_attempts|delivery|wanted|earlier|told)\b/.test(step) ||
            step.endsWith('PRIMARY KEY (endpoint=?)'),
        )
        .map((step) => `${step}: ${text.trim().slice(0, 60)}`),
    );
    expect(slow).toEqual([]);
  });

  it('would go unseen if it did: a plan that reads them all is told from one that does not', () => {
    expect(planOf('SELECT event FROM deliveries WHERE endpoint = 1 AND attempts = 2')).toEqual([
      'SEARCH deliveries USING PRIMARY KEY (endpoint=?)',
    ]);
  });
});
