// Latency buckets, and what a report's records leave for profiles.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { bucketOf, BUCKETS, percentileMs } from '../../../workers/services/profiles/buckets.ts';
import { AUDITS_PER_REPORT, LATENCY_BOUNDS_MS, LATENCY_OVER_MS } from '../../../workers/services/profiles/limits.ts';
import { reportLines } from '../../../workers/services/profiles/report-lines.ts';

const row = (change: Partial<AuditRow>): AuditRow => ({
  ...{ epoch: 1, slot: 0, draw: 0, validator: `0x${'7e'.repeat(20)}`, nodeId: ZERO32, nodeIndex: 0, kind: KIND_PRESENCE },
  ...{
    challengeHash: ZERO32,
    commitment: ZERO32,
    openingHash: ZERO32,
    outcome: 'pass',
    reason: 'none',
    elapsedMs: 40,
    measure: 0,
  },
  ...{ freshnessRound: 0, startedAt: 1_000, transcriptHash: ZERO32, ...change },
});
const regionAt = ({ draw }: { draw: number }): string | undefined => ['apac', 'weur', undefined][draw % 3];

describe('buckets', () => {
  test('a percentile is never below the true one, and at most one bucket above', () => {
    const trips = fc.array(fc.integer({ min: 0, max: LATENCY_OVER_MS }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(trips, fc.constantFrom(50, 95), (values, percent) => {
        const counts = Array.from({ length: BUCKETS }, () => 0);
        for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] ?? 0) + 1;
        const exact = values.toSorted((a, b) => a - b)[Math.ceil((percent * values.length) / 100) - 1] ?? 0;
        const said = percentileMs(counts, percent);
        expect(said).toBeGreaterThanOrEqual(exact);
        expect(bucketOf(said)).toBe(bucketOf(exact));
      }),
    );
  });

  test('rise, and hold every latency', () => {
    expect([...LATENCY_BOUNDS_MS].toSorted((a, b) => a - b)).toEqual([...LATENCY_BOUNDS_MS]);
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(BUCKETS - 1);
    expect(percentileMs(new Array<number>(BUCKETS).fill(0), 50)).toBe(0);
  });
});

describe('a report’s lines', () => {
  test('count presence by region, voids and unknown places left out', () => {
    const rows = [
      row({ draw: 0 }),
      row({ draw: 3, outcome: 'fail', reason: 'timeout' }),
      row({ draw: 1, elapsedMs: 2_000 }),
      row({ draw: 4, outcome: 'void', reason: 'auditor_fault' }),
      row({ draw: 2 }),
      row({ nodeIndex: 4, draw: 0 }),
    ];
    const lines = reportLines(rows.toReversed(), regionAt);
    expect(lines.map(({ nodeIndex }) => nodeIndex)).toEqual([0, 4]);
    expect(lines[0]?.regions.map(({ region, present, absent }) => [region, present, absent])).toEqual([
      ['apac', 1, 1],
      ['weur', 1, 0],
    ]);
    expect(lines[0]?.regions[0]?.counts[bucketOf(40)]).toBe(1);
    expect(lines[0]?.regions[1]?.counts.at(-1)).toBe(1);
    expect(reportLines(rows, regionAt)).toEqual(lines);
  });

  test('show jobs and failures, failures first, no presence that was answered', () => {
    const jobs = Array.from({ length: 9 }, (_, i) => row({ kind: KIND_GEMM, slot: i, startedAt: 1_000 + i }));
    const rows = [...jobs, row({ slot: 2 }), row({ slot: 1, outcome: 'fail', reason: 'timeout', startedAt: 1 })];
    const [line] = reportLines(rows, regionAt);
    expect(line?.audits).toHaveLength(AUDITS_PER_REPORT);
    expect(line?.audits.map(({ slot }) => slot)).toEqual([1, 8, 7, 6, 5, 4]);
    expect(line?.audits[0]).toEqual({
      ...{ slot: 1, draw: 0, kind: KIND_PRESENCE, outcome: 'fail', reason: 'timeout', elapsedMs: 40, measure: 0, startedAt: 1 },
    });
  });

  test('leave out nodes of which there is nothing to add', () => {
    expect(reportLines([row({ draw: 2 })], regionAt)).toEqual([]);
  });
});
