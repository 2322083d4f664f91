// Audits on demand, as they are ordered and shown. What a seed or a transcript says is told at the end only: until then the seed is what
// the node must not know.
import { z } from 'zod';
import { auditRecord } from './audits.ts';
import { nodeIdParam, nodesQuery } from './requests.ts';
import { spotCursor } from './tenant-cursors.ts';
import { address, beaconSignature, count, hash, outcome, page, reason, signature, timeMs } from './values.ts';

/** What can be asked on demand, and its number in the protocol. */
export const SPOT_KINDS = { gemm: 1, presence: 5 } as const;
export const spotKind = z.enum(['gemm', 'presence']);

export const spotId = z
  .string()
  .regex(/^spot_[0-9a-f]{32}$/, 'an audit on demand has an id of spot_ and 32 hex digits')
  .meta({ description: 'An audit on demand.', example: 'spot_4e1f0a7be2c94c5f8a31d06d8fb1c2aa' });

export const spotPath = z.strictObject({ id: spotId });
export const spotsQuery = z.strictObject({
  limit: nodesQuery.shape.limit,
  cursor: spotCursor.schema.optional().meta({ description: 'Where to go on: `next` of the answer before.' }),
});

/** A retry with the same key orders nothing twice: so one is asked for. */
export const spotHeaders = z.object({
  'idempotency-key': z
    .string({ error: 'is missing: any text of your own, such as a UUID, by which a repeated request is known again' })
    .regex(/^[!-~]{1,128}$/, '1 to 128 printable ASCII characters without spaces')
    .meta({ description: 'Any text of your own. The same key with the same body gives the same audit.', example: '8f9b…' }),
});
/** Where a reader of events left off: the `id` of the last one. */
export const eventHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,3}$/, 'the id of an event of this stream')
    .optional()
    .meta({ description: 'Goes on after this event.' }),
});

export const newSpot = z.strictObject({
  node: nodeIdParam.meta({ description: 'The node’s id.' }),
  kind: spotKind.default('gemm').meta({ description: 'gemm: work, checked and timed. presence: a signed answer.' }),
});
export type NewSpot = z.infer<typeof newSpot>;

/** In their order; `opened` and `verified` of work only, `forwarded` of a gateway only. The last two end it. */
export const SPOT_STEPS = ['queued', 'forwarded', 'challenged', 'committed', 'opened', 'verified', 'done', 'failed'] as const;
export const spotStep = z.strictObject({ step: z.enum(SPOT_STEPS), atMs: timeMs });
export type SpotStep = z.infer<typeof spotStep>;

/** Why there is no verdict. */
export const FAILURES = [
  'not-ready',
  'not-a-node',
  'unsupported',
  'interrupted',
  'not-begun',
  'no-validator',
  'internal',
] as const;
export const spotFailure = z.strictObject({ code: z.enum(FAILURES), detail: z.string().max(400) });
export type SpotFailure = z.infer<typeof spotFailure>;

/**
 * All that shows that it was so: `assay verify --spot` recomputes it. `signature` is the validator's over the record under the domain
 * "Assay Spot"; the positions follow from `seed`, which the challenge's nonce named; `beacon` made the epoch's matrix.
 */
export const spotProof = z.strictObject({
  chainId: count,
  registry: address,
  policyHash: hash,
  beacon: z.strictObject({ round: count, signature: beaconSignature }).nullable(),
  seed: hash,
  record: auditRecord,
  recordHash: hash,
  signer: address,
  signature,
});
export type SpotProof = z.infer<typeof spotProof>;

export const spotItem = z.strictObject({
  id: spotId,
  nodeId: hash,
  kind: spotKind,
  state: z.enum(['queued', 'running', 'done', 'failed']),
  createdAtMs: timeMs,
  endedAtMs: timeMs.nullable(),
  outcome: outcome.nullable(),
  reason: reason.nullable(),
  /** The proven lower bound, operations a second; 0 where nothing was proven. */
  measure: count.nullable(),
  elapsedMs: count.nullable(),
  /** Who audited: its operator's address. */
  validator: address.nullable(),
  failure: spotFailure.nullable(),
  /** Paths on this service. */
  links: z.strictObject({ self: z.string(), events: z.string(), transcript: z.string().nullable() }),
});
export type SpotItem = z.infer<typeof spotItem>;

export const spotDetail = z.strictObject({ ...spotItem.shape, steps: z.array(spotStep), proof: spotProof.nullable() });
export type SpotDetail = z.infer<typeof spotDetail>;

export const spotList = page(spotItem);
export type SpotList = z.infer<typeof spotList>;
