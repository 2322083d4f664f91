// How the limits of the profiles relate to one another and to the policies that ship.
import { describe, expect, test } from 'vitest';
import { LIMIT_MAX } from '../../../schema/api/requests.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import * as limits from '../../../workers/services/profiles/limits.ts';
import { WINDOW_EPOCHS_MAX } from '../../../workers/services/views/limits.ts';

const HOURS_PER_DAY = 24;

describe('limits', () => {
  test('keep ninety days of hourly epochs, and the stretch in which they begin', () => {
    const step = Math.ceil((90 * HOURS_PER_DAY) / (limits.POINTS_MAX - 1));
    expect(limits.EPOCHS_KEPT).toBeGreaterThanOrEqual(90 * HOURS_PER_DAY + step);
    expect(limits.EPOCHS_KEPT).toBeGreaterThanOrEqual(limits.BARS_MAX * HOURS_PER_DAY);
    expect(limits.EPOCHS_KEPT).toBeGreaterThanOrEqual(WINDOW_EPOCHS_MAX);
  });

  test('keep whatever a window counts', () => {
    for (const { consensus, regions, presence } of shippedPolicies) {
      expect(limits.EPOCHS_KEPT).toBeGreaterThanOrEqual(consensus.windowEpochs);
      expect(limits.PLACE_WINDOW_EPOCHS).toBeGreaterThanOrEqual(limits.PLACE_EVERY_EPOCHS);
      // The last bucket is said to be what no answer exceeds.
      expect(limits.LATENCY_OVER_MS).toBeGreaterThanOrEqual(presence.deadlineMs);
      expect(regions.length).toBeLessThanOrEqual(32);
      expect(consensus.tiers.length).toBeGreaterThanOrEqual(1);
    }
    expect(limits.EPOCHS_KEPT).toBeGreaterThan(limits.PLACE_WINDOW_EPOCHS);
    expect(limits.EPOCHS_KEPT).toBeGreaterThan(limits.JOB_EPOCHS + limits.LINES_EPOCHS_KEPT);
    expect(limits.EPOCHS_KEPT).toBeGreaterThan(limits.REGION_EPOCHS_MAX);
    expect(limits.LINES_EPOCHS_KEPT).toBeLessThanOrEqual(limits.RECENT_EPOCHS_KEPT);
    expect(limits.AUDITS_PER_EPOCH).toBeGreaterThanOrEqual(limits.AUDITS_PER_REPORT);
    expect(limits.METRICS_NODES_MAX).toBeGreaterThan(LIMIT_MAX);
  });

  test('a better grade asks for more of everything', () => {
    const asks = limits.GRADE_ASKS;
    for (const [i, ask] of asks.slice(1).entries()) {
      const better = asks[i];
      expect(better?.correct).toBeGreaterThan(ask.correct);
      expect(better?.passed).toBeGreaterThan(ask.passed);
      expect(better?.uptime).toBeGreaterThan(ask.uptime);
      expect(better?.latencyMs).toBeLessThan(ask.latencyMs);
      expect(better?.tier).toBeLessThan(ask.tier);
      expect(better?.validators).toBeGreaterThan(ask.validators);
    }
  });

  test('a row of a report’s lines fits D1’s two megabytes', () => {
    const region = 2 + 34 + 2 * 8 + 16 * 5; // quotes, a name of 32, two counts, sixteen counts
    const audit = 120; // numbers of 16 digits and the two longest words
    const most = Math.max(...shippedPolicies.map(({ regions }) => regions.length));
    expect(limits.NODES_PER_PART * (most * region + limits.AUDITS_PER_REPORT * audit)).toBeLessThan(2_000_000);
  });
});
