// Bars and points: every epoch of a range is in exactly one stretch, there are never too many, and they stay where they are as time goes on.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RANGES } from '../../../schema/api/profile.ts';
import { barStretches, spans, stretchesOf } from '../../../workers/services/profiles/bars.ts';
import { BARS_MAX, EPOCHS_KEPT, POINTS_MAX } from '../../../workers/services/profiles/limits.ts';
import { rangeStretches } from '../../../workers/services/profiles/show-history.ts';

const hourly = { genesis: 1_790_000_000, slotSeconds: 60, slotsPerEpoch: 60 };
const clocks = fc.record({
  genesis: fc.constant(1_790_000_000),
  slotSeconds: fc.integer({ min: 1, max: 600 }),
  slotsPerEpoch: fc.integer({ min: 2, max: 200 }),
});
const throughs = fc.integer({ min: -1, max: 200_000 });

function assertCover(list: ReturnType<typeof spans>, through: number, step: number): void {
  expect(list.at(-1)?.throughEpoch ?? -1).toBe(through);
  for (const [i, { fromEpoch, throughEpoch }] of list.entries()) {
    expect(fromEpoch % step).toBe(0);
    expect(throughEpoch).toBeGreaterThanOrEqual(fromEpoch);
    if (i > 0) expect(fromEpoch).toBe((list[i - 1]?.throughEpoch ?? 0) + 1);
  }
}

describe('bars', () => {
  test('cover every epoch once, ninety at most', () => {
    fc.assert(
      fc.property(clocks, throughs, (clock, through) => {
        const stretches = barStretches(clock, through);
        const list = spans(stretches);
        expect(list.length).toBeLessThanOrEqual(BARS_MAX);
        assertCover(list, through, stretches.step);
      }),
    );
  });

  test('are epochs at first, and days in the end', () => {
    expect(barStretches(hourly, 40)).toMatchObject({ from: 0, step: 1 });
    expect(spans(barStretches(hourly, 40))).toHaveLength(41);
    expect(barStretches(hourly, 500).step).toBe(6);
    expect(barStretches(hourly, 10_000)).toMatchObject({ step: 24, from: 24 * (416 - 89) });
  });

  test('are none before anything is revealed', () => {
    expect(spans(barStretches(hourly, -1))).toEqual([]);
  });

  test('stay where they are as long as their length does', () => {
    const starts = (through: number) => spans(stretchesOf(through, 24, BARS_MAX)).map(({ fromEpoch }) => fromEpoch);
    expect(starts(10_001).every((start) => starts(10_000).includes(start))).toBe(true);
  });
});

describe('points', () => {
  test('cover the range, 120 at most', () => {
    fc.assert(
      fc.property(clocks, throughs, fc.constantFrom(...RANGES), (clock, through, range) => {
        const stretches = rangeStretches(clock, through, range);
        const list = spans(stretches);
        expect(list.length).toBeLessThanOrEqual(POINTS_MAX);
        assertCover(list, through, stretches.step);
      }),
    );
  });

  test.each([
    ['24h', 1, 24],
    ['7d', 2, 168],
    ['30d', 7, 720],
    ['90d', 19, 2_160],
  ] as const)('%s of hourly epochs is in steps of %i', (range, step, epochs) => {
    const stretches = rangeStretches(hourly, 5_000, range);
    expect(stretches.step).toBe(step);
    const reach = 5_001 - stretches.from;
    expect(reach).toBeGreaterThanOrEqual(epochs);
    expect(reach).toBeLessThan(epochs + step);
  });

  test('ask for no more than is kept', () => {
    const short = { ...hourly, slotSeconds: 3, slotsPerEpoch: 10 };
    const { from, through } = rangeStretches(short, 1_000_000, '90d');
    expect(through - from).toBeLessThan(EPOCHS_KEPT + 20);
  });
});
