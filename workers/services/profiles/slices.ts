// The five slices of a node's rosette, from its line under the newest final root. Pure: what is not in the arguments has no influence.
// Under 100 samples a slice is not drawn.
import { SAMPLES_MIN } from '../../../schema/api/nodes.ts';
import type { Slice } from '../../../schema/api/profile.ts';
import type { ScoredNode } from '../views/network-ports.ts';
import { wilson } from '../views/wilson.ts';
import type { JobCounts } from './job-epochs.ts';
import {
  EVIDENCE_FULL,
  EVIDENCE_VALIDATORS,
  LATENCY_EMPTY_MS,
  LATENCY_FULL_MS,
  PERFORMANCE_FULL,
  PPM,
  SHARE_EMPTY_PPM,
  Z,
} from './limits.ts';

export type SliceInput = {
  /** Null where no final root speaks of the node. */
  readonly score: ScoredNode | null;
  readonly jobs: JobCounts;
  /** Of its class, operations a second; null where the policy has no such class. */
  readonly floor: number | null;
  /** Reports of the root's epoch that speak of the node. */
  readonly validators: number;
};

const fullness = (part: number): number => Math.floor(PPM * Math.min(1, Math.max(0, part)));

export type Interval = { readonly low: number; readonly high: number };

/** Wilson's two-sided 95 % of a share in millionths, rounded outwards. @param samples above zero */
export function intervalPpm(sharePpm: number, samples: number): Interval {
  const { low, high } = wilson((sharePpm * samples) / PPM, samples, Z);
  return { low: Math.floor(PPM * low), high: Math.min(PPM, Math.ceil(PPM * high)) };
}

/** How full a share's slice is: empty at 90 %, full at 100 %. */
export const shareFullness = (sharePpm: number): number => fullness((sharePpm - SHARE_EMPTY_PPM) / (PPM - SHARE_EMPTY_PPM));

export const latencyFullness = (latencyMs: number): number =>
  fullness(Math.log(LATENCY_EMPTY_MS / Math.max(1, latencyMs)) / Math.log(LATENCY_EMPTY_MS / LATENCY_FULL_MS));

const nothing = (key: Slice['key'], unit: Slice['unit'], samples: number): Slice => ({
  ...{ key, ppm: null, unit, value: null, low: null, high: null, samples },
});

/** Of effective samples where they are fewer: with unequal weights a count of all would promise too much. */
function shareSlice(key: 'correctness' | 'uptime', sharePpm: number, samples: number, effective: number): Slice {
  if (samples < SAMPLES_MIN) return nothing(key, 'ppm', samples);
  return {
    key,
    ppm: shareFullness(sharePpm),
    unit: 'ppm',
    value: sharePpm,
    ...intervalPpm(sharePpm, Math.max(1, effective)),
    samples,
  };
}

function performanceSlice(score: ScoredNode, floor: number | null): Slice {
  const { measure, samples } = score;
  if (samples < SAMPLES_MIN) return nothing('performance', 'ops/s', samples);
  const ppm = floor === null || floor === 0 ? null : fullness(measure / floor / PERFORMANCE_FULL);
  // What was proven is a lower bound already: there is no interval around it.
  return { key: 'performance', ppm, unit: 'ops/s', value: measure, low: measure === 0 ? null : measure, high: null, samples };
}

function latencySlice({ latencyMs, latencyHighMs, uptimeSamples }: ScoredNode): Slice {
  if (uptimeSamples < SAMPLES_MIN || latencyMs === 0) return nothing('latency', 'ms', uptimeSamples);
  const ppm = latencyFullness(latencyMs);
  // The value is the median; its upper end here is the 95th percentile of the round trips, not an interval of the median.
  return { key: 'latency', ppm, unit: 'ms', value: latencyMs, low: null, high: latencyHighMs, samples: uptimeSamples };
}

function evidenceSlice({ effectiveSamples, samples }: ScoredNode, validators: number): Slice {
  const strength = Math.min(effectiveSamples / EVIDENCE_FULL, validators / EVIDENCE_VALIDATORS);
  // How little there is can be said with little: this slice is drawn always.
  return { key: 'evidence', ppm: fullness(strength), unit: 'samples', value: effectiveSamples, low: null, high: null, samples };
}

/** A share in millionths with the samples that it rests on. */
export type Share = { readonly sharePpm: number; readonly samples: number; readonly effective: number };

const shareOf = (good: number, samples: number): Share => ({
  ...{ sharePpm: samples === 0 ? 0 : Math.floor((PPM * good) / samples), samples, effective: samples },
});

/** Right answers among the signed ones of 30 days; of the root's window while there are too few. */
export function rightShare({ score, jobs: { pass, slow, wrong } }: Pick<SliceInput, 'score' | 'jobs'>): Share {
  const signed = pass + slow + wrong;
  if (signed >= SAMPLES_MIN || score === null) return shareOf(pass + slow, signed);
  return { sharePpm: score.correctPpm, samples: score.samples, effective: score.effectiveSamples };
}

/** Jobs passed among all of 30 days, likewise. */
export function passShare({ score, jobs: { pass, slow, wrong, network } }: Pick<SliceInput, 'score' | 'jobs'>): Share {
  const all = pass + slow + wrong + network;
  if (all >= SAMPLES_MIN || score === null) return shareOf(pass, all);
  return { sharePpm: score.ratePpm, samples: score.samples, effective: score.effectiveSamples };
}

/** In the order of `SLICES`. */
export function slicesOf(input: SliceInput): Slice[] {
  const { score, floor, validators } = input;
  if (score === null) {
    const empty = [nothing('correctness', 'ppm', 0), nothing('performance', 'ops/s', 0), nothing('latency', 'ms', 0)];
    return [...empty, nothing('uptime', 'ppm', 0), nothing('evidence', 'samples', 0)];
  }
  const right = rightShare(input);
  return [
    shareSlice('correctness', right.sharePpm, right.samples, right.effective),
    performanceSlice(score, floor),
    latencySlice(score),
    shareSlice('uptime', score.uptimePpm, score.uptimeSamples, score.uptimeSamples),
    evidenceSlice(score, validators),
  ];
}
