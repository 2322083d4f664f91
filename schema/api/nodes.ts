// Nodes as the API shows them: claims from the chain, results from revealed epochs.
import { z } from 'zod';
import { scoreItem } from './consensus.ts';
import { address, count, hash, outcome, page, reason, tally, timeMs, window } from './values.ts';

/** Under so many verdicts a pass rate says too little to judge by. */
export const SAMPLES_MIN = 100;

/** `enough` is false under 100 verdicts; then there is no bound. The bound is Wilson's, one-sided 95 %, in millionths. */
export const standing = z.strictObject({ samples: count, enough: z.boolean(), passRateLowerPpm: count.nullable() });
export type Standing = z.infer<typeof standing>;

/**
 * Sums over one validator's reports that were found right here. Failures by their kind: `wrong`, an answer that the node signed;
 * `slow`, below its claim by the validator's clock; `network`, no answer or one that no receipt of the node covers. `busy` is
 * all that it turned away; what is above the policy's ration is a failure, too, in the verdict alone. `present` and
 * `absent` count the questions whether it is there, apart from all others.
 */
export const validatorTally = z.strictObject({
  validator: address,
  pass: count,
  wrong: count,
  slow: count,
  network: count,
  busy: count,
  void: count,
  present: count,
  absent: count,
});
export const failure = z.strictObject({ reason, count });
export const lastAudit = z.strictObject({ id: z.string(), outcome, reason, startedAtMs: timeMs });

export const nodeItem = z.strictObject({
  id: hash,
  index: count,
  operator: address,
  /** As claimed on chain; null where the chain's bytes are no name. */
  class: z.string().nullable(),
  vramMiB: count,
  /** Host of the node's address; null where the address is no URL. Written by the node's operator: never trust it as text. */
  host: z.string().nullable(),
  status: z.enum(['audited', 'retired', 'unknown_class']),
  /** This validator's own audits; null on a gateway, which audits nobody. */
  totals: tally.nullable(),
  standing: standing.nullable(),
  /** Most frequent first. */
  failures: z.array(failure),
  lastAudit: lastAudit.nullable(),
  /** What all validators agreed on under the newest final root; null where that root does not speak of the node. */
  verdict: scoreItem.nullable(),
});
export type NodeItem = z.infer<typeof nodeItem>;

export const nodeList = z.strictObject({ ...page(nodeItem).shape, window: window.nullable() });
export type NodeList = z.infer<typeof nodeList>;

/**
 * Whether a node answered when this validator asked from one region, over the window. The interval is Wilson's, two-sided 95 %;
 * latencies are lower median and 95th percentile of the round trips in milliseconds, 0 if there was none.
 */
export const regionPresence = z.strictObject({
  region: z.string(),
  present: count,
  absent: count,
  uptimePpm: count,
  uptimeLowPpm: count,
  uptimeHighPpm: count,
  latencyMs: count,
  latencyHighMs: count,
});
export type RegionPresence = z.infer<typeof regionPresence>;

export const nodeDetail = z.strictObject({
  ...nodeItem.shape,
  url: z.string(),
  publicKey: z.strictObject({ x: hash, y: hash }),
  /** Epoch from which this version of the node's data holds. */
  fromEpoch: count,
  /** Null while nothing is public. */
  window: window.nullable(),
  /** Newest first. */
  epochs: z.array(z.strictObject({ epoch: count, tally })),
  /** By region, in the policy's order; regions that were not asked from are left out. Null on a gateway. */
  presence: z.array(regionPresence).nullable(),
  /** What the verdict follows from, and earlier ones; null while there is no final root. */
  network: z
    .strictObject({
      window,
      samplesMin: count,
      validators: z.array(validatorTally),
      /** Newest first. */
      history: z.array(scoreItem),
    })
    .nullable(),
});
export type NodeDetail = z.infer<typeof nodeDetail>;
