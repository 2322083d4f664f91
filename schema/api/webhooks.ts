// Webhook endpoints, their deliveries and the stream of events, as the API takes and gives them.
import { z } from 'zod';
import { deliveryCursor, endpointCursor, eventCursor } from './cursors.ts';
import { EVENT_TYPES, event, eventType } from './events.ts';
import { address, count, hash, page, timeMs } from './values.ts';

export const FORMATS = ['standard', 'slack', 'discord', 'pagerduty'] as const;
export const webhookFormat = z.enum(FORMATS);
export type WebhookFormat = z.infer<typeof webhookFormat>;

/** v1: HMAC-SHA256 with a secret of the endpoint · v1a: ed25519 with the one key of this Worker, for parties that share no secret. */
export const signatureScheme = z.enum(['v1', 'v1a']);
export type SignatureScheme = z.infer<typeof signatureScheme>;

/** Bounds of what an endpoint may say; the address' is the length that every proxy takes. */
export const URL_CHARS_MAX = 1_024;
export const NODES_MAX = 100;
export const OPERATORS_MAX = 20;
export const NOTE_CHARS_MAX = 200;

const url = z.string().min(1).max(URL_CHARS_MAX);
/** Integration key of a service of PagerDuty: Events API v2. */
const routingKey = z.string().regex(/^[A-Za-z0-9]{32}$/, 'a routing key is 32 letters and digits');
const types = z.array(eventType).max(EVENT_TYPES.length);
const nodes = z.array(hash).max(NODES_MAX);
const operators = z.array(address).max(OPERATORS_MAX);
const note = z.string().max(NOTE_CHARS_MAX);

/** Empty lists of `types`, `nodes` and `operators` let everything through; one of `nodes` or `operators` has to match. */
export const newEndpoint = z.strictObject({
  /** Left out for PagerDuty: its own. */
  url: url.optional(),
  format: webhookFormat.default('standard'),
  scheme: signatureScheme.default('v1'),
  types: types.default([]),
  nodes: nodes.default([]),
  operators: operators.default([]),
  note: note.default(''),
  routingKey: routingKey.optional(),
});
export type NewEndpoint = z.infer<typeof newEndpoint>;

/** What is left out stays. */
export const endpointChange = z.strictObject({
  url: url.optional(),
  types: types.optional(),
  nodes: nodes.optional(),
  operators: operators.optional(),
  note: note.optional(),
  routingKey: routingKey.optional(),
});
export type EndpointChange = z.infer<typeof endpointChange>;

export const endpointItem = z.strictObject({
  id: z.string(),
  /** Without its path, which may be a password. */
  url: z.string(),
  format: webhookFormat,
  /** Null for formats whose services check no signature. */
  scheme: signatureScheme.nullable(),
  types,
  nodes,
  operators,
  note,
  state: z.enum(['active', 'disabled']),
  disabledReason: z.string().nullable(),
  disabledAtMs: timeMs.nullable(),
  /** The first failure since anything was delivered; null while deliveries arrive. */
  failingSinceMs: timeMs.nullable(),
  deliveredAtMs: timeMs.nullable(),
  createdAtMs: timeMs,
});
export type EndpointItem = z.infer<typeof endpointItem>;
export const endpointList = page(endpointItem);

/** `secret` is shown here and never again; null where nothing is signed with a secret of the endpoint. */
export const endpointMade = z.strictObject({ endpoint: endpointItem, secret: z.string().nullable() });
export type EndpointMade = z.infer<typeof endpointMade>;
/** Until then both secrets sign. */
export const secretRotated = z.strictObject({ secret: z.string(), previousUntilMs: timeMs });
export type SecretRotated = z.infer<typeof secretRotated>;
export const publicKey = z.strictObject({ scheme: z.literal('v1a'), publicKey: z.string() });
export type PublicKey = z.infer<typeof publicKey>;
export const testSent = z.strictObject({ event: z.string() });

export const attemptItem = z.strictObject({
  attempt: count,
  atMs: timeMs,
  elapsedMs: count,
  /** Null when there was no answer. */
  status: z.int().nullable(),
  error: z.string().nullable(),
});
export type AttemptItem = z.infer<typeof attemptItem>;

/** due: waits for its (next) attempt · delivered · failed: ten attempts, or the endpoint was disabled · muted: somebody wanted quiet. */
export const deliveryItem = z.strictObject({
  event: z.strictObject({ id: z.string(), type: eventType, timestamp: z.string(), node: event.shape.node }),
  state: z.enum(['due', 'delivered', 'failed', 'muted']),
  /** Null when nothing more is to come. */
  nextAttemptMs: timeMs.nullable(),
  /** Oldest first; of many the newest. */
  attempts: z.array(attemptItem),
});
export type DeliveryItem = z.infer<typeof deliveryItem>;
export const deliveryList = page(deliveryItem);
export const eventList = page(event);

/** Events that occurred from `fromMs` up to and with `throughMs`, a bounded number at a time: `cursor` is the `next` of the answer before. */
export const replayRange = z
  .strictObject({ fromMs: timeMs, throughMs: timeMs, cursor: z.string().max(96).optional() })
  .refine(({ fromMs, throughMs }) => fromMs <= throughMs, { error: 'fromMs must not be after throughMs' });
export type ReplayRange = z.infer<typeof replayRange>;
/** How many events are due again; `next` goes on where the bound was reached. */
export const replayed = z.strictObject({ events: count, next: z.string().nullable() });
export type Replayed = z.infer<typeof replayed>;

export const endpointId = z.string().regex(/^ep_[0-9a-f]{32}$/, 'an endpoint’s id is ep_ and 32 hex digits');
export const eventIdText = z.string().regex(/^evt_[0-9a-f]{32}$/, 'an event’s id is evt_ and 32 hex digits');

export const PAGE_MAX = 100;
const PAGE_DEFAULT = 50;
const limit = z
  .string()
  .regex(/^[1-9][0-9]{0,2}$/, 'an integer from 1 to 100')
  .transform(Number)
  .pipe(z.int().max(PAGE_MAX))
  .default(PAGE_DEFAULT);
export const endpointsQuery = z.strictObject({ limit, cursor: endpointCursor.schema.optional() });
export const deliveriesQuery = z.strictObject({ limit, cursor: deliveryCursor.schema.optional() });
/** Oldest first: the cursor of the last page asked later gives what came since. */
export const eventsQuery = z.strictObject({ limit, cursor: eventCursor.schema.optional() });
