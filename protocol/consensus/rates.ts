// What the validators' counts of one node say together (docs/protocol.md, section 16.3): a mean of rates, each clipped both ways
// to an interval around their weighted median, and what follows from it for the node's line of the score tree.
import { ProtocolError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import type { Counts } from './counts.ts';
import { MILLION, SAMPLES_CAP, U32_MAX, intervalHigh, intervalLow, squareOver, weightedMedian, wilsonLower } from './integers.ts';
import type { NodeScore, NodeService } from './types.ts';

/** Width of the interval that rates are clipped to, in standard errors of the validator's own samples. */
const CLIP_Z = 1;

/** Counts of one node by the validators that have samples of it; the arrays are used again for the next node. */
export type Group = {
  count: number;
  readonly seat: Uint8Array;
  readonly hits: Float64Array;
  readonly samples: Float64Array;
  readonly weight: Float64Array;
  readonly rate: Float64Array;
};

/** Room for sorting, beside the group that stays in seat order. */
export type Scratch = { readonly values: Float64Array; readonly weights: Float64Array };

export function newGroup(seats: number): Group {
  const column = (): Float64Array => new Float64Array(seats);
  return { count: 0, seat: new Uint8Array(seats), hits: column(), samples: column(), weight: column(), rate: column() };
}

export function newScratch(seats: number): Scratch {
  return { values: new Float64Array(seats), weights: new Float64Array(seats) };
}

/** Adds a validator, unless it has no samples. Bound: 10⁶ · hits < 2⁵³, as hits ≤ samples ≤ 2³² − 1. */
export function join(group: Group, seat: number, weight: number, hits: number, samples: number): void {
  if (samples === 0) return;
  const at = group.count++;
  group.seat[at] = seat;
  group.hits[at] = hits;
  group.samples[at] = samples;
  group.weight[at] = weight;
  group.rate[at] = Math.floor((MILLION * hits) / samples);
}

/** r*: the median of the group's rates by weight. */
export function centreOf(group: Group, { values, weights }: Scratch): number {
  for (let i = 0; i < group.count; i++) {
    values[i] = group.rate[i] ?? 0;
    weights[i] = group.weight[i] ?? 0;
  }
  return weightedMedian(values, weights, group.count);
}

export type Clipped = { readonly centre: number; readonly mean: number; readonly effective: number; readonly samples: number };

const NOTHING: Clipped = { centre: 0, mean: 0, effective: 0, samples: 0 };

/**
 * The clipped mean of section 16.3. Bounds: Σ w ≤ 10⁴ + 31 (shares sum to at most a million), so Σ w·n' ≤ 3.02 · 10⁸,
 * Σ w·n'·c ≤ 3.02 · 10¹⁴ and Σ w²·n' ≤ 3.02 · 10¹².
 */
export function clippedMean(group: Group, tolerance: number, scratch: Scratch): Clipped {
  if (group.count === 0) return NOTHING;
  const centre = centreOf(group, scratch);
  let [samples, weighted, squared, sum] = [0, 0, 0, 0];
  for (let i = 0; i < group.count; i++) {
    const n = Math.min(group.samples[i] ?? 0, SAMPLES_CAP);
    const weight = group.weight[i] ?? 0;
    const low = intervalLow(CLIP_Z, centre, n, tolerance);
    const high = intervalHigh(CLIP_Z, centre, n, tolerance);
    samples += group.samples[i] ?? 0;
    weighted += weight * n;
    squared += weight * weight * n;
    sum += weight * n * Math.min(Math.max(group.rate[i] ?? 0, low), high);
  }
  const effective = Math.min(samples, squareOver(weighted, squared));
  return { centre, mean: Math.floor(sum / weighted), effective, samples };
}

/** The weighted median over validators of what `column` says about the node, of those that it says anything of; 0 if there are none. */
export function medianOver(
  counts: Counts,
  column: Float64Array | Uint32Array,
  hasSamples: (at: number) => boolean,
  node: number,
  seatWeights: readonly number[],
  scratch: Scratch,
): number {
  let count = 0;
  for (let seat = 0; seat < counts.seats; seat++) {
    const at = node * counts.seats + seat;
    if (!hasSamples(at)) continue;
    scratch.values[count] = column[at] ?? 0;
    scratch.weights[count++] = seatWeights[seat] ?? 0;
  }
  return weightedMedian(scratch.values, scratch.weights, count);
}

/** 0: not enough data; else 1 + the place of the first tier that the score reaches, or 1 + the number of tiers. */
function tierOf(scorePpm: number, samples: number, { samplesMin, tiers }: Policy['consensus']): number {
  if (samples < samplesMin) return 0;
  const found = tiers.findIndex((tier) => scorePpm >= tier.scorePpm);
  return 1 + (found < 0 ? tiers.length : found);
}

type Place = 'epoch' | 'nodeIndex' | 'nodeId';

/** @throws ProtocolError out_of_range where all validators' samples together leave 32 bits */
function checkedSamples({ samples }: Clipped): number {
  if (samples > U32_MAX) throw new ProtocolError('out_of_range', 'more than 2^32 - 1 samples of a node');
  return samples;
}

/** @throws ProtocolError out_of_range where all validators' samples together leave 32 bits */
export function scoreOf(
  rated: Clipped,
  correct: Clipped,
  medians: Pick<NodeScore, 'measure' | 'elapsedMs'>,
  policy: Policy['consensus'],
): Omit<NodeScore, Place> {
  const samples = checkedSamples(rated);
  const scorePpm = wilsonLower(rated.mean, rated.effective);
  return {
    ...{ scorePpm, ratePpm: rated.mean, correctPpm: correct.mean, samples, effectiveSamples: rated.effective },
    ...{ ...medians, tier: tierOf(scorePpm, samples, policy) },
  };
}

/** @throws ProtocolError out_of_range where all validators' samples together leave 32 bits */
export function serviceOf(
  reached: Clipped,
  medians: Pick<NodeService, 'latencyMs' | 'latencyHighMs' | 'bandwidth'>,
): Omit<NodeService, Place> {
  const uptimeSamples = checkedSamples(reached);
  return { uptimePpm: reached.mean, uptimeLowPpm: wilsonLower(reached.mean, reached.effective), uptimeSamples, ...medians };
}
