// How the limits of events, endpoints and deliveries relate to one another, to the API's and to the platform's.
import { expect, test } from 'vitest';
import * as limits from '../../../../workers/services/alerts/limits.ts';
import { ATTEMPTS_MAX } from '../../../../workers/services/alerts/schedule.ts';
import { INCIDENT_MS_KEPT } from '../../../../workers/services/health/limits.ts';
import { ENDPOINTS_MAX } from '../../../../workers/services/accounts/limits.ts';
import { RESOLVE_TIMEOUT_MS } from '../../../../workers/limits.ts';

/** Of the platform (paid plan). */
const ALARM_MS_MAX = 15 * 60_000;
const SUBREQUESTS_MAX = 10_000;
const CONNECTIONS_MAX = 6;
const WAIT_UNTIL_MS_MAX = 30_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const formats = Object.values(limits.RATES);

test('the schedule is ten attempts over 75 hours or more, each gap at least as long as the one before', () => {
  expect(ATTEMPTS_MAX).toBe(10);
  expect(limits.GAPS_MS).toHaveLength(10);
  expect(limits.GAPS_MS.reduce((sum, gap) => sum + gap, 0)).toBeGreaterThanOrEqual(75 * HOUR_MS);
  expect([...limits.GAPS_MS]).toEqual(limits.GAPS_MS.toSorted((a, b) => a - b));
  expect(limits.JITTER).toBeGreaterThan(0);
});

test('a schedule ends before its endpoint is disabled for failing, and before what it made is pruned', () => {
  const longest = limits.GAPS_MS.reduce((sum, gap) => sum + Math.max(gap * (1 + limits.JITTER), limits.RETRY_AFTER_MS_MAX), 0);
  expect(longest).toBeLessThan(limits.FAILING_MS_MAX);
  expect(limits.FAILING_MS_MAX).toBeLessThan(limits.KEEP_MS);
  expect(limits.ATTEMPTS_SHOWN_MAX).toBeGreaterThanOrEqual(2 * ATTEMPTS_MAX);
});

test('a lease outlives its wave and the wave’s last attempt, so that nothing is sent twice but by a crash', () => {
  expect(limits.WAVE_MS_MAX + limits.ATTEMPT_MS_MAX).toBeLessThan(limits.LEASE_MS);
  expect(RESOLVE_TIMEOUT_MS).toBeLessThan(limits.ATTEMPT_MS_MAX);
  for (const { waveMs } of formats) expect(waveMs).toBeLessThan(limits.WAVE_MS_MAX);
});

test('an alarm ends in time, with the wave that it began last', () => {
  expect(limits.PASS_MS_MAX + limits.LEASE_MS).toBeLessThan(ALARM_MS_MAX);
  expect(limits.LANES).toBeLessThanOrEqual(CONNECTIONS_MAX);
});

test('an alarm stays below the platform’s subrequests, at its highest rate', () => {
  // Of a delivery: two look-ups of its name, and the request. Of a wave: the endpoint, a claim of two statements, and a result of eight.
  const perDelivery = 3;
  const perWave = 11;
  for (const { wave, waveMs } of formats) {
    const waves = Math.ceil(limits.PASS_MS_MAX / waveMs) + 1;
    expect(waves * (wave * perDelivery + perWave) + limits.ENDPOINTS_ACTIVE_MAX).toBeLessThan(SUBREQUESTS_MAX);
  }
});

test('a receiver gets no more than twenty deliveries a second', () => {
  for (const { wave, waveMs } of formats) expect((1_000 * wave) / waveMs).toBeLessThanOrEqual(20);
});

test('a receiver that fails is let go before it has cost a whole wave', () => {
  expect(limits.WAVE_FAILURES_MAX).toBeLessThan(limits.RATES.standard.wave);
  expect(limits.REST_MS).toBeGreaterThan(limits.GAPS_MS[1] ?? 0);
  expect(limits.ORDER_TRIES_MAX).toBeLessThan(ATTEMPTS_MAX);
});

test('one event for every active endpoint is one batch of the fan-out, and a call ends before the platform ends it', () => {
  expect(limits.ENDPOINTS_ACTIVE_MAX).toBeLessThanOrEqual(limits.FAN_OUT_ROWS_MAX);
  expect(limits.FAN_OUT_RUNS_MAX).toBeLessThanOrEqual(limits.FAN_OUT_EVENTS_MAX);
  expect(limits.FAN_OUT_MS_MAX).toBeLessThan(WAIT_UNTIL_MS_MAX);
  expect(limits.POKE_AGAIN_MS).toBeLessThan(limits.FAN_OUT_MS_MAX);
});

test('a tick reaches everybody, and stays below the platform’s subrequests', () => {
  expect(limits.POKES_MAX).toBeGreaterThanOrEqual(limits.ENDPOINTS_ACTIVE_MAX);
  expect(limits.POKES_AT_ONCE).toBeLessThanOrEqual(limits.POKES_MAX);
  const statements = limits.HELD_ROUNDS_MAX + 4 * limits.PRUNE_BATCHES_MAX;
  expect(limits.POKES_MAX + statements).toBeLessThan(SUBREQUESTS_MAX / 2);
  expect(ENDPOINTS_MAX).toBeLessThan(limits.ENDPOINTS_ACTIVE_MAX);
});

test('a tick prunes what a minute’s events for every active endpoint left', () => {
  const events = 30;
  expect(limits.PRUNE_BATCHES_MAX * limits.PRUNE_ROWS_MAX).toBeGreaterThanOrEqual(events * limits.ENDPOINTS_ACTIVE_MAX);
});

test('what is held by a quiet is looked at in one tick even where a large network was down', () => {
  expect(limits.HELD_ROWS_MAX * limits.HELD_ROUNDS_MAX).toBeGreaterThanOrEqual(2 * limits.ROOT_EVENTS_MAX);
  // A delivery that waits for its quiet's end is still there when the longest ends, and its incident too.
  expect(INCIDENT_MS_KEPT).toBeGreaterThan(limits.KEEP_MS);
});

test('a replay looks at more than it makes due, and texts fit into what the services take', () => {
  expect(limits.REPLAY_EVENTS_MAX).toBeLessThan(limits.REPLAY_SCAN_MAX);
  expect(limits.SLACK_CHARS_MAX).toBeLessThan(3_000);
  expect(limits.DISCORD_CHARS_MAX).toBeLessThan(2_000);
  expect(limits.PAGERDUTY_CHARS_MAX).toBeLessThan(1_024);
});

test('a secret is as long as the standard asks for, and an old one outlives a day', () => {
  expect(limits.SECRET_BYTES).toBeGreaterThanOrEqual(24);
  expect(limits.SECRET_BYTES).toBeLessThanOrEqual(64);
  expect(limits.OVERLAP_MS).toBeGreaterThanOrEqual(DAY_MS);
});
