// What a Worker cannot reach now, as it is told to peers and to gateways with a key.
import { z } from 'zod';
import { address, count, timeMs } from './values.ts';

/** absent: its own questions are not answered · degraded: they are not now and then. */
export const sightingItem = z.strictObject({ node: count, state: z.enum(['absent', 'degraded']), sinceMs: timeMs });
export const sightingList = z.strictObject({ validator: address, atMs: timeMs, items: z.array(sightingItem) });
export type SightingList = z.infer<typeof sightingList>;

/** `<operator> <Unix milliseconds> <signature>`: who asks, signed by the key of its seat (protocol/sightings-request.ts). */
export const SEAT_HEADER = 'assay-seat';
