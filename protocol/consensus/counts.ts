// Every validator's counts of every node, summed over the reports of the window (docs/protocol.md, section 16.1). One flat array a
// field, a node's validators side by side: two million pairs are typed numbers, not objects.
import { ProtocolError } from '../errors.ts';
import { MILLION, U32_MAX, weightedMedian } from './integers.ts';
import type { ConsensusReport, NodeTally } from './types.ts';

/** What is summed over reports. */
const SUMMED = ['pass', 'wrong', 'slow', 'network', 'busy', 'fills', 'present', 'absent'] as const;
type Summed = (typeof SUMMED)[number];

/** Of node i and seat v at `i · seats + v`. `network` holds the VOIDs `busy` beyond the ration, `busy` all of them. */
export type Counts = Readonly<Record<Summed, Uint32Array>> & {
  readonly nodes: number;
  readonly seats: number;
  /** Medians of the validator's reports' medians; 0 where they have no samples. */
  readonly measure: Float64Array;
  readonly elapsedMs: Uint32Array;
  readonly latencyMs: Uint32Array;
  readonly latencyHighMs: Uint32Array;
  readonly bandwidth: Float64Array;
};

function emptyCounts(nodes: number, seats: number): Counts {
  const counts = (): Uint32Array => new Uint32Array(nodes * seats);
  const wide = (): Float64Array => new Float64Array(nodes * seats);
  return {
    ...{ nodes, seats, pass: counts(), wrong: counts(), slow: counts(), network: counts(), busy: counts() },
    ...{ fills: counts(), present: counts(), absent: counts(), measure: wide(), bandwidth: wide() },
    ...{ elapsedMs: counts(), latencyMs: counts(), latencyHighMs: counts() },
  };
}

const tooMany = (of: string, nodeIndex: number): ProtocolError =>
  new ProtocolError('out_of_range', `more than 2^32 - 1 ${of} of node ${String(nodeIndex)}`);

/** @throws ProtocolError out_of_range where a pair's samples leave 32 bits, as a score's `samples` would, or a time does */
function addTally(counts: Counts, at: number, tally: NodeTally): void {
  const sum = (field: Summed): number => (counts[field][at] ?? 0) + tally[field];
  const { nodeIndex, medianElapsedMs, latencyMs, latencyHighMs } = tally;
  if (!(sum('pass') + sum('wrong') + sum('slow') + sum('network') + sum('busy') <= U32_MAX)) throw tooMany('samples', nodeIndex);
  if (!(sum('present') + sum('absent') <= U32_MAX)) throw tooMany('samples of the presence', nodeIndex);
  if (!(tally.fills <= tally.pass))
    throw new ProtocolError('out_of_range', `node ${String(nodeIndex)} fills more than it passes`);
  if (!(Math.max(medianElapsedMs, latencyMs, latencyHighMs) <= U32_MAX)) throw tooMany('milliseconds', nodeIndex);
  for (const field of SUMMED) counts[field][at] = sum(field);
}

/**
 * A node can't be busy without end: of each pair's jobs so many may be VOID `busy`, and one more; the others are failures of the
 * network. Bound: 2³² · 10⁶ < 2⁵³.
 */
function rationBusy({ pass, wrong, slow, network, busy }: Counts, busyPpm: number): void {
  busy.forEach((told, at) => {
    if (told === 0) return;
    const failed = network[at] ?? 0;
    const jobs = (pass[at] ?? 0) + (wrong[at] ?? 0) + (slow[at] ?? 0) + failed + told;
    const allowed = Math.floor((jobs * busyPpm) / MILLION) + 1;
    network[at] = failed + Math.max(0, told - allowed);
  });
}

/** A column of medians, what a tally says for it, and the samples that its word stands for. */
type Medians = {
  readonly weightOf: (tally: NodeTally) => number;
  readonly columns: readonly { readonly into: Float64Array | Uint32Array; readonly valueOf: (tally: NodeTally) => number }[];
};

function mediansOf(counts: Counts): readonly Medians[] {
  return [
    {
      weightOf: ({ pass, fills }) => pass - fills,
      columns: [
        { into: counts.measure, valueOf: ({ medianMeasure }) => medianMeasure },
        { into: counts.elapsedMs, valueOf: ({ medianElapsedMs }) => medianElapsedMs },
      ],
    },
    {
      weightOf: ({ present }) => present,
      columns: [
        { into: counts.latencyMs, valueOf: ({ latencyMs }) => latencyMs },
        { into: counts.latencyHighMs, valueOf: ({ latencyHighMs }) => latencyHighMs },
      ],
    },
    {
      weightOf: ({ fills }) => fills,
      columns: [{ into: counts.bandwidth, valueOf: ({ bandwidth }) => bandwidth }],
    },
  ];
}

/** Weighted medians of one seat's tallies, node by node: the tallies are laid out by node first (counting sort). */
function fillMedians(counts: Counts, seat: number, reports: readonly ConsensusReport[], medians: Medians): void {
  const { weightOf, columns } = medians;
  const starts = new Uint32Array(counts.nodes + 1);
  for (const { tallies } of reports) {
    for (const tally of tallies) {
      if (weightOf(tally) > 0) starts[tally.nodeIndex + 1] = (starts[tally.nodeIndex + 1] ?? 0) + 1;
    }
  }
  for (let i = 0; i < counts.nodes; i++) starts[i + 1] = (starts[i + 1] ?? 0) + (starts[i] ?? 0);
  const total = starts[counts.nodes] ?? 0;
  const [values, weights] = [new Float64Array(total), new Float64Array(total)];
  for (const { into, valueOf } of columns) {
    const ends = starts.slice();
    for (const { tallies } of reports) {
      for (const tally of tallies) {
        const weight = weightOf(tally);
        if (weight === 0) continue;
        const at = ends[tally.nodeIndex] ?? 0;
        ends[tally.nodeIndex] = at + 1;
        values[at] = valueOf(tally);
        weights[at] = weight;
      }
    }
    for (let node = 0; node < counts.nodes; node++) {
      const [from, to] = [starts[node] ?? 0, starts[node + 1] ?? 0];
      if (from === to) continue;
      into[node * counts.seats + seat] =
        to - from === 1 ? (values[from] ?? 0) : weightedMedian(values.subarray(from, to), weights.subarray(from, to), to - from);
    }
  }
}

/**
 * @param reports of seat v at v; of whatever epochs count, each once
 * @param busyPpm of a validator's jobs of a node, the part that may be VOID `busy`
 * @throws ProtocolError out_of_range for a node that is not there, or more samples than 32 bits hold
 */
export function countReports(nodes: number, reports: readonly (readonly ConsensusReport[])[], busyPpm: number): Counts {
  const counts = emptyCounts(nodes, reports.length);
  const medians = mediansOf(counts);
  reports.forEach((own, seat) => {
    for (const { tallies } of own) {
      for (const tally of tallies) {
        if (!(tally.nodeIndex < nodes)) throw new ProtocolError('out_of_range', `there is no node ${String(tally.nodeIndex)}`);
        addTally(counts, tally.nodeIndex * counts.seats + seat, tally);
      }
    }
    for (const one of medians) fillMedians(counts, seat, own, one);
  });
  rationBusy(counts, busyPpm);
  return counts;
}
