// How far each validator's reports agree with all of them together (docs/protocol.md, section 16.4). What transcripts prove is held
// against the others' node by node; what is the auditor's word alone only if its word is unusual over the whole network.
import type { Policy } from '../policy.ts';
import type { Counts } from './counts.ts';
import { MILLION, SAMPLES_CAP, intervalHigh, intervalLow } from './integers.ts';
import { centreOf, join, newGroup, newScratch, type Group } from './rates.ts';

/** Beyond so many standard errors a rate disagrees: far wider than the clip, so that chance alone hardly ever looks like a lie. */
const AGREEMENT_Z = 4;
/** Nobody's accuracy falls below this, so that its way back stays open. */
const ACCURACY_MIN_PPM = 10_000;

/** Whether member i of the group lies outside of its interval around the centre, by more than one sample can. */
function isOutside(group: Group, i: number, centre: number, tolerance: number): boolean {
  const n = Math.min(group.samples[i] ?? 0, SAMPLES_CAP);
  const rate = group.rate[i] ?? 0;
  const slack = tolerance + Math.floor(MILLION / n);
  return rate < intervalLow(AGREEMENT_Z, centre, n, slack) || rate > intervalHigh(AGREEMENT_Z, centre, n, slack);
}

/** Columns of the counts: failures that are a seat's word alone, and what else of the kind there is. */
export type Unproven = { readonly failed: Uint32Array; readonly others: readonly Uint32Array[] };

/** For each seat, whether its share of such failures is unusual over all nodes. */
export function findOutliers(
  counts: Counts,
  seatWeights: readonly number[],
  tolerance: number,
  { failed, others }: Unproven,
): boolean[] {
  const group = newGroup(counts.seats);
  for (let seat = 0; seat < counts.seats; seat++) {
    let [hits, samples] = [0, 0];
    for (let at = seat; at < failed.length; at += counts.seats) {
      hits += failed[at] ?? 0;
      samples += failed[at] ?? 0;
      for (const column of others) samples += column[at] ?? 0;
    }
    join(group, seat, seatWeights[seat] ?? 0, hits, samples);
  }
  const centre = centreOf(group, newScratch(counts.seats));
  const outliers = new Array<boolean>(counts.seats).fill(false);
  for (let i = 0; i < group.count; i++) outliers[group.seat[i] ?? 0] = isOutside(group, i, centre, tolerance);
  return outliers;
}

/** Samples of each seat, and those at nodes that disagree with it. Sums stay below 2⁵³ up to two million nodes. */
export type Dissent = { readonly samples: Float64Array; readonly disagreeing: Float64Array };

export function newDissent(seats: number): Dissent {
  return { samples: new Float64Array(seats), disagreeing: new Float64Array(seats) };
}

/** Counts one node's group for those seats of it that `counts` says; `centre` is r* of the group. */
export function addDissent(
  dissent: Dissent,
  group: Group,
  centre: number,
  tolerance: number,
  counts: (seat: number) => boolean,
): void {
  for (let i = 0; i < group.count; i++) {
    const seat = group.seat[i] ?? 0;
    if (!counts(seat)) continue;
    const samples = group.samples[i] ?? 0;
    dissent.samples[seat] = (dissent.samples[seat] ?? 0) + samples;
    if (isOutside(group, i, centre, tolerance)) dissent.disagreeing[seat] = (dissent.disagreeing[seat] ?? 0) + samples;
  }
}

/**
 * Share of samples in agreement, beyond what the policy tolerates counted twice; the least of those that are looked at apart. Bound:
 * see `shareOf`.
 */
export function agreementPpm(dissents: readonly Dissent[], seat: number, tolerance: number): number {
  const share = Math.max(0, ...dissents.map((one) => shareOf(one.disagreeing[seat] ?? 0, one.samples[seat] ?? 0)));
  return Math.max(0, MILLION - 2 * Math.max(0, share - tolerance));
}

/** floor(10⁶ · part / whole): exact as long as the whole is below 9 · 10⁹ samples; 0 of nothing. */
function shareOf(part: number, whole: number): number {
  if (whole === 0) return 0;
  if (whole < 2 ** 53 / MILLION) return Math.floor((MILLION * part) / whole);
  return Number((BigInt(part) * BigInt(MILLION)) / BigInt(whole));
}

/** The running average that weighs a validator's word in the roots that follow. */
export function nextAccuracy(accuracy: number, agreement: number, { accuracyEpochs }: Policy['consensus']): number {
  return Math.max(ACCURACY_MIN_PPM, Math.floor((accuracy * (accuracyEpochs - 1) + agreement) / accuracyEpochs));
}
