// The outbox: events and whom they go to, as statements for the batch that stores what they tell of. All of it is decided in SQL, so
// that two batches at once give no number twice, and one that is sent again changes nothing.
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { NewEvent } from '../services/alerts/event.ts';
import { batches } from './batches.ts';

/** A node's newest event is never pruned, so that its number goes on rising. */
const INSERT_EVENTS = `
INSERT OR IGNORE INTO events (id, type, node_index, node_id, occurred_at, data, target, sequence)
SELECT new.value ->> 0, new.value ->> 1, new.value ->> 2, new.value ->> 3, new.value ->> 4, new.value ->> 5, new.value ->> 6,
  CASE WHEN new.value ->> 2 IS NULL THEN NULL
    ELSE coalesce((SELECT max(sequence) FROM events WHERE node_index = new.value ->> 2), 0)
      + row_number() OVER (PARTITION BY new.value ->> 2 ORDER BY new.key) END
FROM json_each(?1) AS new
WHERE NOT EXISTS (SELECT 1 FROM events WHERE id = new.value ->> 0)
ORDER BY new.key`;

/** Whether `event` is for `endpoint`. Filters on nodes speak of events about a node; what is about none goes by its type. */
export const MATCHES = `
CASE WHEN event.target IS NOT NULL THEN endpoint.id = event.target
  ELSE (endpoint.types = '[]' OR event.type IN (SELECT value FROM json_each(endpoint.types)))
    AND (event.node_index IS NULL OR (endpoint.nodes = '[]' AND endpoint.operators = '[]')
      OR event.node_id IN (SELECT value FROM json_each(endpoint.nodes))
      OR (SELECT operator FROM node_versions WHERE node_index = event.node_index ORDER BY from_epoch DESC LIMIT 1)
        IN (SELECT value FROM json_each(endpoint.operators)))
  END`;

/** Whether somebody wanted quiet: the tenant, or whoever may for all. The end of what was told is told, or it would stay open for ever. */
const QUIET = `
event.type IN ('node.suspected', 'node.degraded', 'node.down', 'node.recovered') AND EXISTS (
  SELECT 1 FROM quiets AS quiet
  WHERE (quiet.tenant = endpoint.tenant OR quiet.public = 1)
    AND (quiet.node_index IS NULL OR quiet.node_index = event.node_index)
    AND (quiet.incident IS NULL OR quiet.incident = event.data ->> 'incident')
    AND quiet.from_ms <= event.occurred_at AND event.occurred_at < quiet.until_ms)
AND NOT (event.type = 'node.recovered' AND EXISTS (
  SELECT 1 FROM events AS earlier CROSS JOIN deliveries AS told ON told.endpoint = endpoint.number AND told.event = earlier.place
  WHERE earlier.node_index = event.node_index AND earlier.place < event.place AND told.state <> 'muted'
    AND earlier.data ->> 'incident' = event.data ->> 'incident'))`;

// An endpoint that is younger than an event never gets it, even when the batch is sent again.
const FAN_OUT = `
INSERT OR IGNORE INTO deliveries (endpoint, event, node_index, state, attempts, tries, due_at, finished_at)
SELECT number, place, node_index, CASE WHEN quiet THEN 'muted' ELSE 'due' END, 0, 0, 0, CASE WHEN quiet THEN occurred_at END
FROM (
  SELECT endpoint.number, event.place, event.node_index, event.occurred_at, (${QUIET}) AS quiet
  FROM json_each(?1) AS new
  JOIN events AS event ON event.id = new.value
  JOIN webhook_endpoints AS endpoint ON endpoint.state = 'active' AND endpoint.since < event.place
  WHERE ${MATCHES}
) WHERE true`;

/** Idempotent by the events' ids. Append them to the batch of the state change. */
export function eventStatements(db: D1Database, events: readonly NewEvent[]): D1PreparedStatement[] {
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  return batches(once, ROWS_PER_STATEMENT_MAX).flatMap((some) => {
    const rows = some.map(({ id, type, node, occurredAtMs, data, to }) => [
      ...[id, type, node?.index ?? null, node?.id ?? null, occurredAtMs, JSON.stringify(data), to ?? null],
    ]);
    return [
      db.prepare(INSERT_EVENTS).bind(JSON.stringify(rows)),
      db.prepare(FAN_OUT).bind(JSON.stringify(some.map(({ id }) => id))),
    ];
  });
}
