// The outbox: events, as statements for the batch that stores what they tell of, and nothing whose size depends on who listens: whom they go to is
// worked out afterwards (webhook-fan-out.ts). Numbers are given in SQL, so that two batches at once give none twice, and one that is sent again
// changes nothing.
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { NewEvent } from '../services/alerts/event.ts';
import { batches } from './batches.ts';

/** A node's newest event is never pruned, so that its number goes on rising. What is for one endpoint that is gone is for nobody. */
const INSERT_EVENTS = `
INSERT OR IGNORE INTO events (id, type, node_index, node_id, occurred_at, data, target, sequence)
SELECT new.value ->> 0, new.value ->> 1, new.value ->> 2, new.value ->> 3, new.value ->> 4, new.value ->> 5, new.value ->> 6,
  CASE WHEN new.value ->> 2 IS NULL THEN NULL
    ELSE coalesce((SELECT max(sequence) FROM events WHERE node_index = new.value ->> 2), 0)
      + row_number() OVER (PARTITION BY new.value ->> 2 ORDER BY new.key) END
FROM json_each(?1) AS new
WHERE NOT EXISTS (SELECT 1 FROM events WHERE id = new.value ->> 0)
  AND (new.value ->> 6 IS NULL OR EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = new.value ->> 6))
ORDER BY new.key`;

/** Idempotent by the events' ids. Append them to the batch of the state change, and wake() after it. */
export function eventStatements(db: D1Database, events: readonly NewEvent[]): D1PreparedStatement[] {
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  return batches(once, ROWS_PER_STATEMENT_MAX).map((some) => {
    const rows = some.map(({ id, type, node, occurredAtMs, data, to }) => [
      ...[id, type, node?.index ?? null, node?.id ?? null, occurredAtMs, JSON.stringify(data), to ?? null],
    ]);
    return db.prepare(INSERT_EVENTS).bind(JSON.stringify(rows));
  });
}
