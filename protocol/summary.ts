// One line a node and kind: what consensus and scores read instead of every record.
import { concat, type Hex } from './bytes.ts';
import { addressWord, uintWord } from './domain.ts';
import type { AuditRow } from './record.ts';
import { standardLeaf } from './trees/standard.ts';

export type Summary = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly nodeIndex: number;
  readonly kind: number;
  readonly pass: number;
  readonly fail: number;
  readonly void: number;
  /** Lower medians over PASS records; 0 if there are none. */
  readonly medianMeasure: number;
  readonly medianElapsedMs: number;
};

function lowerMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** Summaries by node index, then kind. All rows are of one validator and epoch. */
export function summarize(rows: readonly AuditRow[]): Summary[] {
  const groups = new Map<number, AuditRow[]>();
  for (const row of rows) {
    const key = row.nodeIndex * 256 + row.kind;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .flatMap(([, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const passed = group.filter((row) => row.outcome === 'pass');
      const count = (outcome: AuditRow['outcome']): number => group.filter((row) => row.outcome === outcome).length;
      const { epoch, validator, nodeIndex, kind } = first;
      return [
        {
          ...{ epoch, validator, nodeIndex, kind, pass: passed.length, fail: count('fail'), void: count('void') },
          medianMeasure: lowerMedian(passed.map((row) => row.measure)),
          medianElapsedMs: lowerMedian(passed.map((row) => row.elapsedMs)),
        },
      ];
    });
}

export function summaryLeaf(summary: Summary): Uint8Array {
  const { nodeIndex, kind, pass, fail, medianMeasure, medianElapsedMs } = summary;
  const numbers = [nodeIndex, kind, pass, fail, summary.void, medianMeasure, medianElapsedMs];
  return standardLeaf(concat(uintWord(summary.epoch), addressWord(summary.validator), ...numbers.map(uintWord)));
}
