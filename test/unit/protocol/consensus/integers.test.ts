// The rule's integer arithmetic against BigInt and against plain floating-point formulas written anew.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  intervalHigh,
  intervalLow,
  isqrt,
  squareOver,
  weightedMedian,
  wilsonLower,
} from '../../../../protocol/consensus/integers.ts';
import * as reference from '../../../vectors/reference/consensus.ts';

const rates = fc.integer({ min: 0, max: 1_000_000 });
const counts = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 30_000 }));
const zs = fc.constantFrom(1, 4);

/** Wilson's interval as textbooks write it. */
function wilson(z: number, p: number, n: number): { low: number; high: number } {
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { low: centre - half, high: centre + half };
}

describe('isqrt', () => {
  test('is the floor of the root, next to squares and at the edge of exact integers', () => {
    const roots = [0, 1, 2, 3, 1000, 2 ** 26 - 1, 2 ** 26, 2 ** 26 + 1, 67_108_865, 86_623_322, 94_906_264, 94_906_265];
    for (const root of roots) {
      for (const x of [root * root - 1, root * root, root * root + 1]) {
        if (x < 0 || x > Number.MAX_SAFE_INTEGER) continue;
        expect(BigInt(isqrt(x))).toBe(reference.isqrt(BigInt(x)));
      }
    }
  });

  test('any safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 94_906_265 }), (x, root) => {
        expect(BigInt(isqrt(x))).toBe(reference.isqrt(BigInt(x)));
        expect(isqrt(root * root)).toBe(root);
        expect(isqrt(root * root - 1)).toBe(root - 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('weighted median', () => {
  const pairs = fc.array(fc.tuple(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.maxSafeNat()), fc.integer({ min: 1, max: 4 })), {
    minLength: 1,
    maxLength: 31,
  });
  const own = (list: readonly (readonly [number, number])[]): number =>
    weightedMedian(
      Float64Array.from(list, ([x]) => x),
      Float64Array.from(list, ([, w]) => w),
      list.length,
    );

  test('is that of the second implementation, in any order', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const expected = reference.wmedian(list.map(([x, w]) => ({ x: BigInt(x), w: BigInt(w) })));
        expect(BigInt(own(list))).toBe(expected);
        expect(own(list.toReversed())).toBe(own(list));
      }),
      { numRuns: 1000 },
    );
  });

  test('halves: between two measures whose sum is past 2^53', () => {
    const top = Number.MAX_SAFE_INTEGER;
    expect(own([[top, 1], [top - 3, 1]])).toBe(top - 2); // prettier-ignore
    expect(own([[7, 2], [1, 1], [3, 1]])).toBe(5); // prettier-ignore
    expect(weightedMedian(new Float64Array(0), new Float64Array(0), 0)).toBe(0);
  });
});

describe('intervals', () => {
  test('are the second implementation’s, and Wilson’s to two millionths', () => {
    fc.assert(
      fc.property(zs, rates, counts, fc.constantFrom(0, 5000), (z, rate, n, t) => {
        const [low, high] = [intervalLow(z, rate, n, t), intervalHigh(z, rate, n, t)];
        const { lo, hi } = reference.interval(BigInt(z), BigInt(rate), BigInt(n), BigInt(t));
        expect([BigInt(low), BigInt(high)]).toEqual([lo, hi]);
        const exact = wilson(z, rate / 1e6, n);
        expect(Math.abs(low - Math.max(0, exact.low * 1e6 - t))).toBeLessThan(2 + z);
        expect(Math.abs(high - Math.min(1e6, exact.high * 1e6 + t))).toBeLessThan(2 + z);
        // outward rounding: never narrower than the exact interval
        expect(low).toBeLessThanOrEqual(Math.max(0, exact.low * 1e6 - t) + 1e-6);
        expect(high).toBeGreaterThanOrEqual(Math.min(1e6, exact.high * 1e6 + t) - 1e-6);
      }),
      { numRuns: 3000 },
    );
  });

  test('contain their centre and never shrink when it grows', () => {
    fc.assert(
      fc.property(zs, rates, counts, (z, rate, n) => {
        expect(intervalLow(z, rate, n, 0)).toBeLessThanOrEqual(rate);
        expect(intervalHigh(z, rate, n, 0)).toBeGreaterThanOrEqual(rate);
        const next = Math.min(1_000_000, rate + 100);
        expect(intervalLow(z, next, n, 0)).toBeGreaterThanOrEqual(intervalLow(z, rate, n, 0) - 2);
        expect(intervalHigh(z, next, n, 0)).toBeGreaterThanOrEqual(intervalHigh(z, rate, n, 0) - 2);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the score’s lower bound', () => {
  test('is the second implementation’s, and Wilson’s one-sided 95 % to a few millionths', () => {
    fc.assert(
      fc.property(rates, fc.oneof(counts, fc.integer({ min: 0, max: 2 ** 32 - 1 })), (rate, effective) => {
        const own = wilsonLower(rate, effective);
        expect(BigInt(own)).toBe(reference.lower(BigInt(rate), BigInt(effective)));
        if (effective === 0) return;
        const exact = Math.max(0, wilson(1.645, rate / 1e6, Math.min(effective, 30_000)).low * 1e6);
        expect(own).toBeLessThanOrEqual(exact + 3);
        expect(own).toBeGreaterThan(exact - 6);
      }),
      { numRuns: 3000 },
    );
  });

  test('by hand: 95 of 100, all of 100, none', () => {
    expect([wilsonLower(950_000, 100), wilsonLower(1_000_000, 100), wilsonLower(0, 100)]).toEqual([900_833, 973_652, 0]);
  });
});

describe('squares over sums', () => {
  test('are exact where the square is past 2^53', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 302_000_000 }), fc.integer({ min: 1, max: 10_031 }), (a, by) => {
        const b = a * by;
        expect(BigInt(squareOver(a, b))).toBe((BigInt(a) * BigInt(a)) / BigInt(b));
        expect(BigInt(squareOver(a, b - (by > 1 ? 1 : 0)))).toBe((BigInt(a) * BigInt(a)) / BigInt(b - (by > 1 ? 1 : 0)));
      }),
      { numRuns: 3000 },
    );
    expect(squareOver(0, 0)).toBe(0);
  });
});
