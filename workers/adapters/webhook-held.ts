// What a quiet held of an outage that outlasts it: once no quiet holds any more, the newest muted event of an incident that is still open
// becomes due, so that whoever wanted quiet for an hour hears what is still broken then; and its end, later. A delivery is looked at when the
// quiet may be over, and never again once its incident has ended or a newer event of it went to the same endpoint.
import { HELD_ROUNDS_MAX, HELD_ROWS_MAX } from '../services/alerts/limits.ts';
import { quietUntil } from './quiet-sql.ts';
import { retried } from './retry.ts';

const STILL_TELLS = `
EXISTS (SELECT 1 FROM incidents WHERE id = event.data ->> 'incident' AND recovered_at_ms IS NULL)
AND NOT EXISTS (
  SELECT 1 FROM events AS later CROSS JOIN deliveries AS known ON known.endpoint = delivery.endpoint AND known.event = later.place
  WHERE later.node_index = event.node_index AND later.sequence > event.sequence
    AND later.data ->> 'incident' = event.data ->> 'incident')`;

const LOOK = `
WITH looked AS (
  SELECT delivery.endpoint, delivery.event, (${STILL_TELLS}) AS tells, ${quietUntil('?1')} AS until
  FROM webhook_endpoints AS endpoint INDEXED BY webhook_endpoints_active
  CROSS JOIN deliveries AS delivery INDEXED BY deliveries_held ON delivery.endpoint = endpoint.number
  CROSS JOIN events AS event ON event.place = delivery.event
  WHERE endpoint.state = 'active' AND delivery.state = 'muted' AND delivery.due_at > 0 AND delivery.due_at <= ?1 LIMIT ?2)
UPDATE deliveries SET state = iif(looked.tells AND looked.until = 0, 'due', 'muted'), due_at = iif(looked.tells, looked.until, 0),
  finished_at = iif(looked.tells AND looked.until = 0, NULL, finished_at)
FROM looked WHERE deliveries.endpoint = looked.endpoint AND deliveries.event = looked.event`;

const AGAIN = `
UPDATE deliveries INDEXED BY deliveries_held SET due_at = ?3 WHERE state = 'muted' AND due_at > 0 AND due_at > ?3`;
const AGAIN_OWN = `${AGAIN}
  AND endpoint IN (SELECT number FROM webhook_endpoints WHERE tenant = ?1)
  AND EXISTS (SELECT 1 FROM quiets WHERE id = ?2 AND tenant = ?1 AND public = 0)`;
const AGAIN_ALL = `${AGAIN}
  AND endpoint IN (SELECT number FROM webhook_endpoints WHERE state = 'active')
  AND node_index = (SELECT node_index FROM quiets WHERE id = ?2 AND tenant = ?1 AND public = 1)`;

/** Makes due what no quiet holds any more, a bounded number of rows; told twice it changes nothing. @throws storage's errors */
export async function tellHeld(d1: D1Database, nowMs: number): Promise<void> {
  for (let round = 0; round < HELD_ROUNDS_MAX; round++) {
    const { meta } = await retried(() => d1.prepare(LOOK).bind(nowMs, HELD_ROWS_MAX).run());
    if (meta.changes < HELD_ROWS_MAX) return;
  }
}

/** A quiet ends before its time: what it held is looked at with the next tick. For the batch that ends it, ahead of that statement. */
export function heldAgain(d1: D1Database, tenant: string, id: string, nowMs: number): D1PreparedStatement[] {
  return [AGAIN_OWN, AGAIN_ALL].map((sql) => d1.prepare(sql).bind(tenant, id, nowMs));
}
