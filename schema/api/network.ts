// The network at a glance, and whether the service answers.
import { z } from 'zod';
import { address, count, hash, tally, timeMs, window } from './values.ts';

export const health = z.strictObject({
  status: z.enum(['ok', 'unavailable']),
  role: z.string(),
  version: z.string(),
  /** Epoch by the registry's clock; null before genesis. */
  epoch: count.nullable(),
  /** Steps of the validator that fail at present, newest first. */
  troubles: z.array(z.strictObject({ step: z.string(), code: z.string(), sinceMs: timeMs, lastMs: timeMs })),
  reason: z.string().optional(),
});
export type Health = z.infer<typeof health>;

export const network = z.strictObject({
  chainId: count,
  registry: address,
  /** `gateway` has no audits of its own: `validator`, `signer`, `lastPosted` are null and `recent` counts nothing. */
  role: z.enum(['validator', 'gateway']),
  validator: address.nullable(),
  signer: address.nullable(),
  policy: z.strictObject({ name: z.string(), hash }),
  clock: z.strictObject({ genesis: count, slotSeconds: count, slotsPerEpoch: count }),
  /** By the clock alone; null before genesis. */
  now: z.strictObject({ epoch: count, slot: count }).nullable(),
  /** Newest epoch that may be public by now; null while there is none. */
  revealedThrough: count.nullable(),
  /** Nodes ever registered whose first version is in effect. */
  nodeCount: count,
  lastPosted: z
    .strictObject({
      epoch: count,
      auditRoot: hash,
      reportHash: hash.nullable(),
      transactionHash: hash.nullable(),
      blockNumber: count.nullable(),
      postedAtMs: timeMs.nullable(),
    })
    .nullable(),
  /** Newest root that was computed again here; null while there is none. */
  lastRoot: z
    .strictObject({
      epoch: count,
      rootHash: hash,
      provisional: z.boolean(),
      blockNumber: count,
      transactionHash: hash,
      finalAtMs: timeMs,
    })
    .nullable(),
  /** Seats of the newest known set. */
  validatorCount: count,
  /** `window` is null while nothing is public. */
  recent: z.strictObject({ window: window.nullable(), epochs: count, due: count, done: count, tally }),
});
export type Network = z.infer<typeof network>;
