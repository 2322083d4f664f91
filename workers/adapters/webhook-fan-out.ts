// Whom events go to: a cursor over the outbox that moves in bounded batches, after the batch that stored the events and never within it. A
// step's deliveries and its cursor are one batch, and only whoever finds the cursor where he read it writes: nothing is lost or doubled by a
// crash, nor by two who do the same at once.
import { fanOutPlan, type OutboxEvent } from '../services/alerts/fan-out.ts';
import { FAN_OUT_EVENTS_MAX } from '../services/alerts/limits.ts';
import type { FanOutStep } from '../services/alerts/ports.ts';
import { isQuiet } from './quiet-sql.ts';

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
event.type IN ('node.suspected', 'node.degraded', 'node.down', 'node.recovered') AND ${isQuiet('event.occurred_at')}
AND NOT (event.type = 'node.recovered' AND EXISTS (
  SELECT 1 FROM events AS earlier CROSS JOIN deliveries AS told ON told.endpoint = endpoint.number AND told.event = earlier.place
  WHERE earlier.node_index = event.node_index AND earlier.place < event.place AND told.state <> 'muted'
    AND earlier.data ->> 'incident' = event.data ->> 'incident'))`;

// What is muted is looked at again when the quiet may be over (held.ts): `due_at` says when.
// An endpoint that is younger than an event never gets it.
const FAN_OUT = `
INSERT OR IGNORE INTO deliveries (endpoint, event, node_index, state, attempts, tries, due_at, finished_at)
SELECT number, place, node_index, CASE WHEN quiet THEN 'muted' ELSE 'due' END, 0, 0, CASE WHEN quiet THEN occurred_at ELSE 0 END,
  CASE WHEN quiet THEN occurred_at END
FROM (
  SELECT endpoint.number, event.place, event.node_index, event.occurred_at, (${QUIET}) AS quiet
  FROM events AS event CROSS JOIN webhook_endpoints AS endpoint INDEXED BY webhook_endpoints_active
  WHERE (SELECT event FROM fan_out) = ?1 AND event.place > ?2 AND event.place <= ?3
    AND endpoint.state = 'active' AND endpoint.since < event.place AND ${MATCHES}
) WHERE true`;

const TO_POKE = `
SELECT id FROM webhook_endpoints WHERE state = 'active' AND paused_until <= ?1 AND number IN (
  SELECT endpoint FROM deliveries INDEXED BY deliveries_by_event WHERE event > ?2 AND event <= ?3 AND state = 'due')`;

const WAITING = `
SELECT place, type, node_index AS node FROM events WHERE place > (SELECT event FROM fan_out) ORDER BY place LIMIT ?1`;

/** Fans out what one batch may hold. @throws storage's errors: nothing was done then, or all of it */
export async function fanOutStep(d1: D1Database, nowMs: number): Promise<FanOutStep> {
  const [cursor, waiting, active] = await d1.batch<OutboxEvent & { readonly n: number }>([
    d1.prepare('SELECT event AS n FROM fan_out'),
    d1.prepare(WAITING).bind(FAN_OUT_EVENTS_MAX),
    d1.prepare("SELECT count(*) AS n FROM webhook_endpoints INDEXED BY webhook_endpoints_active WHERE state = 'active'"),
  ]);
  const from = cursor?.results[0]?.n ?? 0;
  const events = waiting?.results ?? [];
  const runs = fanOutPlan(events, active?.results[0]?.n ?? 0);
  const through = runs.at(-1);
  if (through === undefined) return { endpoints: [], isDone: true };
  const inserts = runs.map((last, i) => d1.prepare(FAN_OUT).bind(from, runs[i - 1] ?? from, last));
  const [moved, toPoke] = (
    await d1.batch<{ id: string }>([
      ...inserts,
      d1.prepare('UPDATE fan_out SET event = ?2 WHERE event = ?1').bind(from, through),
      d1.prepare(TO_POKE).bind(nowMs, from, through),
    ])
  ).slice(-2);
  // Somebody else moved it meanwhile, and pokes for what he wrote; what came after that is still to be looked at.
  if (moved?.meta.changes !== 1) return { endpoints: [], isDone: false };
  const isDone = events.length < FAN_OUT_EVENTS_MAX && through === events.at(-1)?.place;
  return { endpoints: (toPoke?.results ?? []).map(({ id }) => id), isDone };
}
