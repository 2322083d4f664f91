// Events that webhooks carry: a closed list of types, one envelope, and what each type's `data` holds. Forms are additive: a field that is
// there stays, and means the same.
import { z } from 'zod';
import { address, count, hash, reason, timeMs } from './values.ts';

export const EVENT_TYPES = [
  'node.suspected',
  'node.degraded',
  'node.down',
  'node.recovered',
  'audit.correctness_failed',
  'node.score_changed',
  'epoch.sealed',
  'epoch.disputed',
  'validator.slashed',
  'endpoint.test',
  'endpoint.disabled',
] as const;
export const eventType = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof eventType>;

/** Whom an event is about; null where it is about no node. */
export const eventNode = z.strictObject({ index: count, id: hash });

/** Who saw it, and since when. */
export const sighting = z.strictObject({ validator: address, sinceMs: timeMs });

const incidentData = z.strictObject({
  incident: z.string(),
  /** The reason of the failed questions; `none` where they were answered again. */
  cause: reason,
  sinceMs: timeMs,
  seenBy: z.array(sighting),
  page: z.string().nullable(),
});

/** `data` by type. */
export const EVENT_DATA = {
  'node.suspected': incidentData,
  'node.degraded': incidentData,
  'node.down': incidentData,
  'node.recovered': incidentData,
  /** Of a revealed epoch only: `audit` is its id at `validator`. */
  'audit.correctness_failed': z.strictObject({
    epoch: count,
    validator: address,
    failures: count,
    reasons: z.array(reason),
    page: z.string().nullable(),
  }),
  'node.score_changed': z.strictObject({
    epoch: count,
    scorePpm: count,
    previousScorePpm: count,
    tierName: z.string().nullable(),
    previousTierName: z.string().nullable(),
    page: z.string().nullable(),
  }),
  /** A root of the network that was computed again here and found right. */
  'epoch.sealed': z.strictObject({ epoch: count, rootHash: hash, transactionHash: hash, page: z.string().nullable() }),
  'epoch.disputed': z.strictObject({ epoch: count, rootHash: hash, note: z.string(), page: z.string().nullable() }),
  'validator.slashed': z.strictObject({
    faultKey: hash,
    kind: z.string(),
    offender: z.string(),
    epoch: count,
    /** Queued: the delay runs from `queued` to `executed`. */
    state: z.enum(['queued', 'executed']),
    page: z.string().nullable(),
  }),
  'endpoint.test': z.strictObject({ endpoint: z.string(), message: z.string() }),
  'endpoint.disabled': z.strictObject({ endpoint: z.string(), reason: z.string() }),
} as const satisfies Record<EventType, z.ZodType>;
export type EventData<T extends EventType = EventType> = z.infer<(typeof EVENT_DATA)[T]>;

/** The body of a delivery (format `standard`) and an item of the event list. */
export const event = z.strictObject({
  id: z.string(),
  type: eventType,
  /** ISO 8601, UTC. */
  timestamp: z.string(),
  node: eventNode.nullable(),
  /** Rises by one with each event of the same node, so that a receiver can order them and see a gap; null where it is about no node. */
  sequence: count.nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type EventItem = z.infer<typeof event>;
