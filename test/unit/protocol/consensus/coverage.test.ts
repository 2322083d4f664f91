// What a validator is paid for: all that was due, and its jobs for themselves, as presence would hide jobs that were skipped.
import { expect, test } from 'vitest';
import { coveragePpm } from '../../../../protocol/consensus/payments.ts';
import type { ConsensusReport, NodeTally } from '../../../../protocol/consensus/types.ts';

const LIMIT_PPM = 50_000;
const NOTHING: NodeTally = {
  ...{ nodeIndex: 0, pass: 0, wrong: 0, slow: 0, network: 0, busy: 0, void: 0, medianMeasure: 0, medianElapsedMs: 0 },
  ...{ present: 0, absent: 0, latencyMs: 0, latencyHighMs: 0, fills: 0, bandwidth: 0 },
};

function report(due: number, done: number, ...tallies: readonly Partial<NodeTally>[]): ConsensusReport {
  const lines = tallies.map((tally, nodeIndex) => ({ ...NOTHING, ...tally, nodeIndex }));
  return { epoch: 3, validator: `0x${'11'.repeat(20)}`, reportHash: `0x${'22'.repeat(32)}`, due, done, tallies: lines };
}

const coverage = (...reports: readonly ConsensusReport[]): number => coveragePpm(reports, reports.length, LIMIT_PPM);

test('skipping most jobs earns nothing, however much presence was done beside them', () => {
  // 94 questions of presence, 6 jobs of which 5 were "interrupted": 95 % of all that was due is done.
  expect(coverage(report(100, 95, { pass: 1, void: 5, present: 94 }))).toBe(0);
  expect(coverage(report(1000, 950, { pass: 10, void: 50, present: 940 }))).toBe(0);
});

test('one job that was not done is forgiven, the next is not', () => {
  expect(coverage(report(100, 99, { pass: 5, void: 1, present: 94 }))).toBe(990_000);
  expect(coverage(report(100, 98, { pass: 4, void: 2, present: 94 }))).toBe(0);
  // Of many jobs some may be missing: 2 of 100, less the one, are 1 %.
  expect(coverage(report(1000, 998, { pass: 60, void: 2 }, { wrong: 38 }))).toBe(990_000);
});

test('what a node did wrong, slowly, not at all or busy is work that was done', () => {
  expect(coverage(report(50, 50, { wrong: 10, slow: 10, network: 10, busy: 10 }))).toBe(1_000_000);
});

test('without any job the whole counts', () => {
  expect(coverage(report(40, 39, { present: 30, absent: 9 }))).toBe(975_000);
  expect(coverage(report(0, 0))).toBe(0);
});
