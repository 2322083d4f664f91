// Deliveries in D1, as the objects that make them work on them. Claims and results are one statement or batch each, whatever their number.
import type { webhookEndpoints } from '../../schema/tables/index.ts';
import { eventId, type NewEvent } from '../services/alerts/event.ts';
import { KEEP_MS, ORDER_TRIES_MAX, PRUNE_BATCHES_MAX, PRUNE_ROWS_MAX } from '../services/alerts/limits.ts';
import type { Attempted, DeliveryStore, Due, StoredEndpoint } from '../services/alerts/ports.ts';
import { ENDPOINT_COLUMNS, EVENT_COLUMNS, endpointOf, eventOf, type EventRow } from './d1-alerts.ts';
import { eventStatements } from './event-statements.ts';
import { retried } from './retry.ts';

type Row = Omit<typeof webhookEndpoints.$inferSelect, 'since'>;

// An endpoint has a month of finished deliveries and few that are due: every statement here names the index of those that are, or the key.
// A later event of a node waits while an earlier one is between its first tries; after those it goes past it.
const CLAIM = `
UPDATE deliveries SET due_at = ?3 WHERE endpoint = ?1 AND state = 'due' AND event IN (
  SELECT wanted.event FROM deliveries AS wanted INDEXED BY deliveries_due
  WHERE wanted.endpoint = ?1 AND wanted.state = 'due' AND wanted.due_at <= ?2 AND NOT EXISTS (
    SELECT 1 FROM deliveries AS earlier INDEXED BY deliveries_due
    WHERE earlier.endpoint = ?1 AND earlier.state = 'due' AND earlier.due_at > ?2 AND earlier.event < wanted.event
      AND earlier.node_index = wanted.node_index AND earlier.tries < ?5)
  ORDER BY wanted.event LIMIT ?4)`;

const CLAIMED = `
SELECT ${EVENT_COLUMNS}, delivery.attempts, delivery.tries FROM deliveries AS delivery INDEXED BY deliveries_due
JOIN events AS event ON event.place = delivery.event
WHERE delivery.endpoint = ?1 AND delivery.state = 'due' AND delivery.due_at = ?2 ORDER BY event.place LIMIT ?3`;

// A tenant that left while something was sent takes its deliveries along, and nothing of them is written again.
const SET_ATTEMPTS = `
INSERT OR REPLACE INTO delivery_attempts (endpoint, event, attempt, at, elapsed_ms, status, error)
SELECT ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1)
WHERE EXISTS (SELECT 1 FROM deliveries WHERE endpoint = ?2 AND event = value ->> 0)`;

const SET_DELIVERIES = `
UPDATE deliveries SET attempts = max(attempts, done.value ->> 1), state = done.value ->> 6, tries = done.value ->> 7,
  due_at = done.value ->> 8, finished_at = CASE WHEN done.value ->> 6 = 'due' THEN NULL ELSE ?3 END
FROM json_each(?1) AS done
WHERE endpoint = ?2 AND event = done.value ->> 0 AND event IN (SELECT value ->> 0 FROM json_each(?1))`;

const RELEASE =
  "UPDATE deliveries SET due_at = 0 WHERE endpoint = ?2 AND state = 'due' AND event IN (SELECT value FROM json_each(?1))";

const SET_ENDPOINT = 'UPDATE webhook_endpoints SET failing_since = ?2, delivered_at = ?3, paused_until = ?4 WHERE number = ?1';
const DISABLE = `
UPDATE webhook_endpoints SET state = 'disabled', disabled_reason = ?2, disabled_at = ?3 WHERE number = ?1 AND state = 'active'`;
const FAIL_DUE =
  "UPDATE deliveries INDEXED BY deliveries_due SET state = 'failed', finished_at = ?2 WHERE endpoint = ?1 AND state = 'due'";

const valuesOf = (made: Attempted): (string | number | null)[] => [
  ...[made.place, made.attempt, made.atMs, made.elapsedMs, made.status, made.error, made.state, made.tries, made.dueAtMs],
];

/** One notice for each other endpoint of the tenant: who loses one should hear of it by another. */
async function notices(
  d1: D1Database,
  endpoint: StoredEndpoint,
  disabled: { reason: string; atMs: number },
): Promise<NewEvent[]> {
  const others = "SELECT id FROM webhook_endpoints WHERE tenant = ?1 AND id <> ?2 AND state = 'active'";
  const { results } = await d1.prepare(others).bind(endpoint.tenant, endpoint.id).all<{ id: string }>();
  return results.map(({ id: to }): NewEvent => ({
    ...{ id: eventId('endpoint.disabled', endpoint.id, disabled.atMs, to), type: 'endpoint.disabled', node: null, to },
    ...{ occurredAtMs: disabled.atMs, data: { endpoint: endpoint.id, reason: disabled.reason } },
  }));
}

async function finish(
  d1: D1Database,
  endpoint: StoredEndpoint,
  { attempted, released, after, nowMs }: Parameters<DeliveryStore['finish']>[1],
): Promise<void> {
  const { number } = endpoint;
  const rows = JSON.stringify(attempted.map(valuesOf));
  const { disabled } = after;
  const told = disabled === null ? [] : await notices(d1, endpoint, disabled);
  await d1.batch([
    d1.prepare(SET_ATTEMPTS).bind(rows, number),
    d1.prepare(SET_DELIVERIES).bind(rows, number, nowMs),
    d1.prepare(RELEASE).bind(JSON.stringify(released), number),
    d1.prepare(SET_ENDPOINT).bind(number, after.failingSinceMs, after.deliveredAtMs, after.pausedUntilMs),
    ...(disabled === null
      ? []
      : [d1.prepare(DISABLE).bind(number, disabled.reason, disabled.atMs), d1.prepare(FAIL_DUE).bind(number, nowMs)]),
    ...eventStatements(d1, told),
  ]);
}

type ClaimedRow = EventRow & { readonly attempts: number; readonly tries: number };

export function d1Deliveries(d1: D1Database): DeliveryStore {
  return {
    endpoint: async (id) => {
      const row = await d1.prepare(`SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE id = ?1`).bind(id).first<Row>();
      return row === null ? null : endpointOf(row);
    },
    claim: async (number, { nowMs, untilMs, limit }) => {
      const [, claimed] = await d1.batch<ClaimedRow>([
        d1.prepare(CLAIM).bind(number, nowMs, untilMs, limit, ORDER_TRIES_MAX),
        d1.prepare(CLAIMED).bind(number, untilMs, limit),
      ]);
      return (claimed?.results ?? []).map((row): Due => {
        const { place, attempts, tries } = row;
        return { place, attempts, tries, event: eventOf(row) };
      });
    },
    finish: (endpoint, done) => retried(() => finish(d1, endpoint, done)),
    nextDue: async (number, nowMs) => {
      const sql = "SELECT min(due_at) AS next FROM deliveries WHERE endpoint = ?1 AND state = 'due' AND due_at > ?2";
      return d1.prepare(sql).bind(number, nowMs).first<number>('next');
    },
  };
}

const OLD = 'SELECT endpoint, event FROM deliveries WHERE finished_at < ?1 ORDER BY finished_at, endpoint, event LIMIT ?2';
// A node's newest event stays, so that its numbers go on rising; an event that is still to be fanned out or delivered stays, too.
const OLD_EVENTS = `
SELECT place FROM events AS event INDEXED BY events_by_time WHERE occurred_at < ?1 AND place <= (SELECT event FROM fan_out)
  AND (node_index IS NULL OR sequence < (SELECT max(sequence) FROM events AS newer WHERE newer.node_index = event.node_index))
  AND NOT EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_by_event WHERE deliveries.event = event.place)
ORDER BY occurred_at LIMIT ?2`;

/** Removes finished deliveries and events that are older than a month, in bounded batches, until none is left or it was enough for a tick. */
export async function pruneAlerts(d1: D1Database, nowMs: number): Promise<void> {
  const before = nowMs - KEEP_MS;
  const statements = [
    `DELETE FROM delivery_attempts WHERE (endpoint, event) IN (${OLD})`,
    `DELETE FROM deliveries WHERE (endpoint, event) IN (${OLD})`,
    `DELETE FROM events WHERE place IN (${OLD_EVENTS})`,
  ];
  for (let batch = 0; batch < PRUNE_BATCHES_MAX; batch++) {
    const bound = statements.map((sql) => d1.prepare(sql).bind(before, PRUNE_ROWS_MAX));
    const [, finished, events] = await retried(() => d1.batch(bound));
    if (Math.max(finished?.meta.changes ?? 0, events?.meta.changes ?? 0) < PRUNE_ROWS_MAX) return;
  }
}
