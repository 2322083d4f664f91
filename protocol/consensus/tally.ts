// What one report says about each node, counted from its records (docs/protocol.md, section 16.1): all that the consensus rule
// reads of an archive.
import { ZERO32 } from '../bytes.ts';
import { KIND_GEMM } from '../challenge.ts';
import type { AuditRow } from '../record.ts';
import { REASON } from '../verdict.ts';
import type { NodeTally } from './types.ts';

function lowerMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/**
 * A failure of an answer that the node signed. Without a receipt over it the answer's bytes may be the auditor's own, however
 * well they replay: such a failure is the auditor's word, as one of the network is.
 */
function isSignedFailure({ outcome, reason, openingHash }: AuditRow): boolean {
  const code = REASON[reason];
  return outcome === 'fail' && code >= REASON.no_commitment && code <= REASON.wrong_result && openingHash !== ZERO32;
}

function tallyOf(nodeIndex: number, rows: readonly AuditRow[]): NodeTally {
  const count = (test: (row: AuditRow) => boolean): number => rows.filter(test).length;
  const failed = count(({ outcome }) => outcome === 'fail');
  const wrong = count(isSignedFailure);
  const slow = count(({ outcome, reason }) => outcome === 'fail' && REASON[reason] === REASON.below_claim);
  const measured = rows.filter(({ outcome, kind }) => outcome === 'pass' && kind === KIND_GEMM);
  return {
    ...{ nodeIndex, pass: count(({ outcome }) => outcome === 'pass'), wrong, slow, network: failed - wrong - slow },
    void: count(({ outcome }) => outcome === 'void'),
    medianMeasure: lowerMedian(measured.map(({ measure }) => measure)),
    medianElapsedMs: lowerMedian(measured.map(({ elapsedMs }) => elapsedMs)),
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
  return [...groups].sort(([a], [b]) => a - b).map(([nodeIndex, group]) => tallyOf(nodeIndex, group));
}
