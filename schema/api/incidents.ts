// Incidents: one thread of events each, from the first failed question to the recovery.
import { z } from 'zod';
import { sighting } from './events.ts';
import { count, hash, page, reason, timeMs } from './values.ts';

/** suspected: one validator could not reach it · degraded: it fails now and then · down: two validators could not reach it · recovered. */
export const healthState = z.enum(['healthy', 'suspected', 'degraded', 'down']);
export type HealthState = z.infer<typeof healthState>;

export const incidentItem = z.strictObject({
  id: z.string(),
  node: z.strictObject({ index: count, id: hash }),
  /** The worst that it came to. */
  severity: z.enum(['suspected', 'degraded', 'down']),
  open: z.boolean(),
  cause: reason,
  openedAtMs: timeMs,
  /** When a second validator agreed; null if none did. */
  confirmedAtMs: timeMs.nullable(),
  recoveredAtMs: timeMs.nullable(),
  seenBy: z.array(sighting),
  /** Oldest first. */
  events: z.array(z.strictObject({ id: z.string(), type: z.string(), atMs: timeMs })),
});
export type IncidentItem = z.infer<typeof incidentItem>;
export const incidentList = page(incidentItem);
export type IncidentList = z.infer<typeof incidentList>;
