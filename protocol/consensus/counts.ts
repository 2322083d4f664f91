// Every validator's counts of every node, summed over the reports of the window (docs/protocol.md, section 16.1). One flat array a
// field, a node's validators side by side: two million pairs are typed numbers, not objects.
import { ProtocolError } from '../errors.ts';
import { U32_MAX, weightedMedian } from './integers.ts';
import type { ConsensusReport, NodeTally } from './types.ts';

/** Of node i and seat v at `i · seats + v`. */
export type Counts = {
  readonly nodes: number;
  readonly seats: number;
  readonly pass: Uint32Array;
  readonly wrong: Uint32Array;
  readonly slow: Uint32Array;
  readonly network: Uint32Array;
  /** Medians of the validator's reports' medians; 0 without a PASS. */
  readonly measure: Float64Array;
  readonly elapsedMs: Float64Array;
};

type Sums = Pick<Counts, 'pass' | 'wrong' | 'slow' | 'network'>;

function emptyCounts(nodes: number, seats: number): Counts {
  const counts = (): Uint32Array => new Uint32Array(nodes * seats);
  const medians = (): Float64Array => new Float64Array(nodes * seats);
  return {
    ...{ nodes, seats, pass: counts(), wrong: counts(), slow: counts(), network: counts() },
    ...{ measure: medians(), elapsedMs: medians() },
  };
}

/** @throws ProtocolError out_of_range where a pair's samples leave 32 bits, as a score's `samples` would */
function addTally(sums: Sums, at: number, tally: NodeTally): void {
  const pass = (sums.pass[at] ?? 0) + tally.pass;
  const wrong = (sums.wrong[at] ?? 0) + tally.wrong;
  const slow = (sums.slow[at] ?? 0) + tally.slow;
  const network = (sums.network[at] ?? 0) + tally.network;
  if (!(pass + wrong + slow + network <= U32_MAX)) {
    throw new ProtocolError('out_of_range', `more than 2^32 - 1 samples of node ${String(tally.nodeIndex)}`);
  }
  sums.pass[at] = pass;
  sums.wrong[at] = wrong;
  sums.slow[at] = slow;
  sums.network[at] = network;
}

/** Weighted medians of one seat's tallies, node by node: the tallies are laid out by node first (counting sort). */
function fillMedians(counts: Counts, seat: number, reports: readonly ConsensusReport[]): void {
  const starts = new Uint32Array(counts.nodes + 1);
  for (const { tallies } of reports)
    for (const { nodeIndex, pass } of tallies) if (pass > 0) starts[nodeIndex + 1] = (starts[nodeIndex + 1] ?? 0) + 1;
  for (let i = 0; i < counts.nodes; i++) starts[i + 1] = (starts[i + 1] ?? 0) + (starts[i] ?? 0);
  const total = starts[counts.nodes] ?? 0;
  const ends = starts.slice();
  const [measures, elapsed, weights] = [new Float64Array(total), new Float64Array(total), new Float64Array(total)];
  for (const { tallies } of reports) {
    for (const { nodeIndex, pass, medianMeasure, medianElapsedMs } of tallies) {
      if (pass === 0) continue;
      const at = ends[nodeIndex] ?? 0;
      ends[nodeIndex] = at + 1;
      measures[at] = medianMeasure;
      elapsed[at] = medianElapsedMs;
      weights[at] = pass;
    }
  }
  for (let node = 0; node < counts.nodes; node++) {
    const [from, to] = [starts[node] ?? 0, starts[node + 1] ?? 0];
    if (from === to) continue;
    const at = node * counts.seats + seat;
    if (to - from === 1) {
      counts.measure[at] = measures[from] ?? 0;
      counts.elapsedMs[at] = elapsed[from] ?? 0;
      continue;
    }
    counts.measure[at] = weightedMedian(measures.subarray(from, to), weights.slice(from, to), to - from);
    counts.elapsedMs[at] = weightedMedian(elapsed.subarray(from, to), weights.subarray(from, to), to - from);
  }
}

/**
 * @param reports of seat v at v; of whatever epochs count, each once
 * @throws ProtocolError out_of_range for a node that is not there, or more samples than 32 bits hold
 */
export function countReports(nodes: number, reports: readonly (readonly ConsensusReport[])[]): Counts {
  const counts = emptyCounts(nodes, reports.length);
  reports.forEach((own, seat) => {
    for (const { tallies } of own) {
      for (const tally of tallies) {
        if (!(tally.nodeIndex < nodes)) throw new ProtocolError('out_of_range', `there is no node ${String(tally.nodeIndex)}`);
        addTally(counts, tally.nodeIndex * counts.seats + seat, tally);
      }
    }
    fillMedians(counts, seat, own);
  });
  return counts;
}
