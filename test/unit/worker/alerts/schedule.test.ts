// The schedule of retries.
import { describe, expect, it } from 'vitest';
import * as limits from '../../../../workers/services/alerts/limits.ts';
import { ATTEMPTS_MAX, nextGap, retryAfter } from '../../../../workers/services/alerts/schedule.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T20:00:00Z');

describe('the schedule', () => {
  it('is ten attempts over 75 hours or more, whatever chance says', () => {
    expect(ATTEMPTS_MAX).toBe(10);
    for (const chance of [0, 0.37, 0.999]) {
      const gaps = Array.from({ length: ATTEMPTS_MAX }, (_, tries) => nextGap(tries, null, chance) ?? 0);
      const total = gaps.reduce((sum, gap) => sum + gap, 0);
      expect(total).toBeGreaterThanOrEqual(75 * HOUR);
      expect(total).toBeLessThanOrEqual(84 * HOUR);
    }
    expect(nextGap(ATTEMPTS_MAX, null, 0)).toBeNull();
  });

  it('is lengthened by jitter only, and by what the receiver asks for', () => {
    expect(nextGap(2, null, 0)).toBe(300_000);
    expect(nextGap(2, null, 1)).toBe(330_000);
    expect(nextGap(2, 1_000, 0)).toBe(300_000);
    expect(nextGap(2, 900_000, 0)).toBe(900_000);
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['999999999', limits.RETRY_AFTER_MS_MAX],
    ['Sun, 22 Nov 2026 20:10:00 GMT', 600_000],
    ['Sun, 22 Nov 2026 19:10:00 GMT', 0],
    ['Sun, 22 Nov 2099 19:10:00 GMT', limits.RETRY_AFTER_MS_MAX],
    ['-5', null],
    ['soon', null],
    ['1e9', null],
    ['never GMT', null],
    ['', null],
    [null, null],
  ])('%s is %s', (header, ms) => {
    expect(retryAfter(header, NOW)).toBe(ms);
  });
});
