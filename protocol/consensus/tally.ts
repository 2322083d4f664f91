// What one report says about each node, counted from its records (docs/protocol.md, section 16.1): all that the consensus rule
// reads of an archive.
import { ZERO32 } from '../bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../challenge.ts';
import type { AuditRow } from '../record.ts';
import { REASON } from '../verdict.ts';
import type { NodeTally } from './types.ts';

/** Part of the round trips that `latencyHighMs` covers, in hundredths. */
const HIGH_PERCENT = 95;

/** The value that so many hundredths of the values do not exceed: the ceil(percent · n / 100)-th; 0 of none. */
function percentile(ascending: readonly number[], percent: number): number {
  return ascending[Math.ceil((percent * ascending.length) / 100) - 1] ?? 0;
}

function sortedBy(rows: readonly AuditRow[], value: (row: AuditRow) => number): number[] {
  return rows.map(value).sort((a, b) => a - b);
}

/** The lower median is the 50th percentile: of 2m and of 2m − 1 values the m-th. */
const lowerMedian = (rows: readonly AuditRow[], value: (row: AuditRow) => number): number =>
  percentile(sortedBy(rows, value), 50);

/**
 * A failure of an answer that the node signed. Without a receipt over it the answer's bytes may be the auditor's own, however
 * well they replay: such a failure is the auditor's word, as one of the network is.
 */
function isSignedFailure({ outcome, reason, openingHash }: AuditRow): boolean {
  const code = REASON[reason];
  return outcome === 'fail' && code >= REASON.no_commitment && code <= REASON.wrong_result && openingHash !== ZERO32;
}

/** Jobs: kinds 1 and 2. */
function jobsOf(rows: readonly AuditRow[]): Omit<NodeTally, 'nodeIndex' | keyof Presence> {
  const jobs = rows.filter(({ kind }) => kind === KIND_GEMM || kind === KIND_VRAM);
  const count = (test: (row: AuditRow) => boolean): number => jobs.filter(test).length;
  const failed = count(({ outcome }) => outcome === 'fail');
  const wrong = count(isSignedFailure);
  const slow = count(({ outcome, reason }) => outcome === 'fail' && REASON[reason] === REASON.below_claim);
  const busy = count(({ reason }) => reason === 'busy');
  const passed = jobs.filter(({ outcome }) => outcome === 'pass');
  const products = passed.filter(({ kind }) => kind === KIND_GEMM);
  const fills = passed.filter(({ kind }) => kind === KIND_VRAM);
  return {
    ...{ pass: passed.length, wrong, slow, network: failed - wrong - slow, busy },
    void: count(({ outcome }) => outcome === 'void') - busy,
    medianMeasure: lowerMedian(products, ({ measure }) => measure),
    medianElapsedMs: lowerMedian(products, ({ elapsedMs }) => elapsedMs),
    fills: fills.length,
    bandwidth: lowerMedian(fills, ({ measure }) => measure),
  };
}

type Presence = Pick<NodeTally, 'present' | 'absent' | 'latencyMs' | 'latencyHighMs'>;

function presenceOf(rows: readonly AuditRow[]): Presence {
  const asked = rows.filter(({ kind }) => kind === KIND_PRESENCE);
  const present = asked.filter(({ outcome }) => outcome === 'pass');
  const trips = sortedBy(present, ({ elapsedMs }) => elapsedMs);
  return {
    present: present.length,
    absent: asked.filter(({ outcome }) => outcome === 'fail').length,
    latencyMs: percentile(trips, 50),
    latencyHighMs: percentile(trips, HIGH_PERCENT),
  };
}

/** Tallies of one report's records, by node index; a node without records has none. The order of rows has no influence. */
export function tallyRows(rows: readonly AuditRow[]): NodeTally[] {
  const groups = new Map<number, AuditRow[]>();
  for (const row of rows) {
    const group = groups.get(row.nodeIndex);
    if (group === undefined) groups.set(row.nodeIndex, [row]);
    else group.push(row);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([nodeIndex, group]) => ({ nodeIndex, ...jobsOf(group), ...presenceOf(group) }));
}
