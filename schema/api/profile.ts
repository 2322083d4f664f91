// A node's trust profile: grade, five slices, bars and series. Everything is counted over revealed epochs under final roots.
import { z } from 'zod';
import { ppm } from './consensus.ts';
import { healthState } from './incidents.ts';
import { nodeItem } from './nodes.ts';
import { address, count, hash, outcome, page, reason, timeMs } from './values.ts';

export const SLICES = ['correctness', 'performance', 'latency', 'uptime', 'evidence'] as const;

/**
 * One slice of the rosette. `ppm` is how full it is drawn, null while there are fewer than 100 samples (or none are asked for).
 * `value` with its interval is in `unit`; the interval is Wilson's two-sided 95 % for shares, null where there is none.
 */
export const slice = z.strictObject({
  key: z.enum(SLICES),
  ppm: ppm.nullable(),
  unit: z.enum(['ppm', 'ops/s', 'ms', 'samples']),
  value: count.nullable(),
  low: count.nullable(),
  high: count.nullable(),
  samples: count,
});
export type Slice = z.infer<typeof slice>;

/** excellent, reliable, fair, poor: by the lowest slice and the score · failing: below all tiers, or results were wrong · unproven: too few samples. */
export const GRADES = ['excellent', 'reliable', 'fair', 'poor', 'failing', 'unproven'] as const;
export const grade = z.enum(GRADES);
export type Grade = z.infer<typeof grade>;

/**
 * One of ninety equal stretches of epochs: a day each, or less while the network is younger than ninety days. Days without
 * anything have zeros.
 */
export const bar = z.strictObject({
  fromMs: timeMs,
  throughMs: timeMs,
  fromEpoch: count,
  throughEpoch: count,
  pass: count,
  fail: count,
  present: count,
  absent: count,
});
export type Bar = z.infer<typeof bar>;

export const RANGES = ['24h', '7d', '30d', '90d'] as const;
export const range = z.enum(RANGES);
export type Range = z.infer<typeof range>;

/** Of the epochs from `fromEpoch` on, up to the next point. Latencies and rates are null where nothing was measured. */
export const point = z.strictObject({
  fromEpoch: count,
  fromMs: timeMs,
  pass: count,
  fail: count,
  present: count,
  absent: count,
  /** Median over the validators' medians, milliseconds. */
  latencyMs: count.nullable(),
  /** Largest of their 95th percentiles. */
  latencyHighMs: count.nullable(),
  /** Median of the proven operations a second, and the lowest of an epoch. */
  rate: count.nullable(),
  rateLow: count.nullable(),
  scorePpm: ppm.nullable(),
});
export type Point = z.infer<typeof point>;

export const history = z.strictObject({
  node: z.strictObject({ index: count, id: hash }),
  range,
  /** Epochs in one point. */
  stepEpochs: count,
  fromEpoch: count,
  throughEpoch: count,
  /** Oldest first, 120 at most; empty stretches have points with zeros. */
  points: z.array(point),
});
export type History = z.infer<typeof history>;

/** How a node is reached from one region, by all validators' questions. */
export const regionService = z.strictObject({
  region: z.string(),
  present: count,
  absent: count,
  uptimePpm: ppm,
  latencyMs: count,
  latencyHighMs: count,
});
export type RegionService = z.infer<typeof regionService>;

/** An audit of any validator, as its verified archive tells it. `validatorUrl` is where its details can be had. */
export const recentAudit = z.strictObject({
  id: z.string(),
  validator: address,
  validatorUrl: z.string().nullable(),
  kind: count,
  outcome,
  reason,
  elapsedMs: count,
  measure: count,
  startedAtMs: timeMs,
});
export type RecentAudit = z.infer<typeof recentAudit>;

export const profile = z.strictObject({
  ...nodeItem.shape,
  url: z.string(),
  /** Version of the rules behind grade and slices (docs/profiles.md). */
  methodology: z.string(),
  grade,
  /** Why this grade, in one sentence. */
  why: z.string(),
  /** Null while it may not be said, or where no validator's questions are known. */
  health: healthState.nullable(),
  slices: z.array(slice),
  /** Up to the newest final root: 30 days of hourly epochs (720 in any network), by how many validators. */
  evidence: z.strictObject({
    fromEpoch: count.nullable(),
    throughEpoch: count.nullable(),
    /** Whose reports of the root's epoch speak of it. */
    validators: count,
    /** Jobs (kinds 1 and 2) of these epochs; `wrong` are among `fail`. */
    pass: count,
    wrong: count,
    fail: count,
    present: count,
    absent: count,
    /** Proven operations a second; 0 if none. */
    rate: count,
    /** What its class asks for; null where the policy has no such class. */
    floor: count.nullable(),
  }),
  bars: z.array(bar),
  regions: z.array(regionService),
  /** The region from which its median answer is the fastest; null without measurements. */
  nearest: z.string().nullable(),
  recent: z.array(recentAudit),
});
export type Profile = z.infer<typeof profile>;

/** One line of the network's list of nodes. */
export const rankedNode = z.strictObject({
  id: hash,
  index: count,
  operator: address,
  class: z.string().nullable(),
  host: z.string().nullable(),
  status: nodeItem.shape.status,
  grade,
  scorePpm: ppm.nullable(),
  tierName: z.string().nullable(),
  samples: count,
  uptimePpm: ppm.nullable(),
  uptimeLowPpm: ppm.nullable(),
  latencyMs: count.nullable(),
  rate: count.nullable(),
  nearest: z.string().nullable(),
  health: healthState.nullable(),
});
export type RankedNode = z.infer<typeof rankedNode>;

export const SORTS = ['score', 'rate', 'latency', 'uptime', 'index'] as const;
export const sort = z.enum(SORTS);
export type Sort = z.infer<typeof sort>;

/** `total` counts all that the filters let through. */
export const ranking = z.strictObject({
  ...page(rankedNode).shape,
  total: count,
  /** The final root that it is taken from; null while there is none. */
  epoch: count.nullable(),
  /** Null, too, where a later page is taken from an earlier root than the newest. */
  rootHash: hash.nullable(),
});
export type Ranking = z.infer<typeof ranking>;

/** Nodes to place work on, best first, each with why it stands where it stands. */
export const best = z.strictObject({
  epoch: count.nullable(),
  rootHash: hash.nullable(),
  items: z.array(z.strictObject({ ...rankedNode.shape, place: count, why: z.string() })),
  /** What was asked for, and how many nodes each condition left. */
  steps: z.array(z.strictObject({ condition: z.string(), left: count })),
});
export type Best = z.infer<typeof best>;

/** All nodes of one operator. */
export const operatorDetail = z.strictObject({
  operator: address,
  epoch: count.nullable(),
  total: count,
  /** How many have which grade. */
  grades: z.record(grade, count),
  /** Best first; `OPERATOR_NODES_MAX` at most. */
  nodes: z.array(rankedNode),
});
export type OperatorDetail = z.infer<typeof operatorDetail>;

/** The network's nodes and audits in a few numbers, for its front page and /metrics. */
export const networkFacts = z.strictObject({
  epoch: count.nullable(),
  rootHash: hash.nullable(),
  /** When the root was found right here. */
  rootAtMs: timeMs.nullable(),
  nodes: count,
  /** With a line under the root. */
  scored: count,
  validators: count,
  /** By tier's name; `none`: too few samples, `below`: below all tiers. */
  tiers: z.array(z.strictObject({ tier: z.string(), nodes: count })),
  /** Claimed class of the nodes in effect, most frequent first; and from where they answer fastest. */
  classes: z.array(z.strictObject({ name: z.string(), nodes: count })),
  regions: z.array(z.strictObject({ name: z.string(), nodes: count, latencyMs: count })),
  /** Of the newest epoch whose archives were checked here: draws that were due and that were done, over all validators. */
  due: count,
  done: count,
  /** Jobs and questions together. */
  audits: count,
  /** Jobs and questions of the root's window, over all nodes, as its lines count them. */
  jobs: count,
  questions: count,
  /** Nodes with an open incident, as far as revealed epochs tell. */
  unwell: z.strictObject({ suspected: count, degraded: count, down: count }),
  methodology: z.string(),
});
export type NetworkFacts = z.infer<typeof networkFacts>;
