// How the limits of health relate to one another and to the Worker's.
import { expect, test } from 'vitest';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import * as health from '../../../workers/services/health/limits.ts';
import { CONTROL_TIMEOUT_MS, QUEUE_DELAY_SECONDS_MAX } from '../../../workers/limits.ts';

const SLOT_MS = 60_000;
const SEATS_MAX = 31;

test('both rechecks are asked within 30 s of a failure, whatever a policy’s deadline', () => {
  for (const { presence } of shippedPolicies) {
    const first = presence.deadlineMs + CONTROL_TIMEOUT_MS;
    expect(health.FIRST_RECHECK_MS + first + health.SECOND_RECHECK_MS).toBeLessThan(30_000);
  }
});

test('polling the largest set of peers fits into a slot, and a word outlives two missed ones', () => {
  expect(Math.ceil(SEATS_MAX / health.SIGHTINGS_IN_FLIGHT_MAX) * health.SIGHTINGS_DEADLINE_MS).toBeLessThan(SLOT_MS / 2);
  expect(health.TOLD_MS_MAX).toBeGreaterThanOrEqual(3 * SLOT_MS);
});

test('sightings fit into their bytes', () => {
  const item = { node: 99_999_999, state: 'degraded', sinceMs: 1_790_000_000_000 };
  const whole = { validator: `0x${'a1'.repeat(20)}`, atMs: item.sinceMs, items: Array(health.SIGHTINGS_MAX).fill(item) };
  expect(JSON.stringify(whole).length).toBeLessThanOrEqual(health.SIGHTINGS_BYTES_MAX);
});

test('what one statement stores fits into a parameter of D1', () => {
  const bytesMax = 2_000_000;
  const seen = { validator: `0x${'a1'.repeat(20)}`, sinceMs: 1_790_000_000_000 };
  const seenBytes = health.INCIDENT_SEEN_MAX * (JSON.stringify(seen).length + 8); // each quote is escaped
  expect(health.NODES_PER_SAVE_MAX * (seenBytes + 2_000)).toBeLessThan(bytesMax);
  expect(health.NODES_PER_TICK_MAX * seenBytes).toBeGreaterThan(bytesMax); // all at once would not
  expect(health.WORDS_PER_SAVE_MAX * health.SIGHTINGS_BYTES_MAX).toBeLessThan(bytesMax);
});

test('upstreams fit into a secret', () => {
  const one = { url: `https://${'v'.repeat(80)}`, key: `assay_${'k'.repeat(60)}`, operator: `0x${'a1'.repeat(20)}` };
  expect(JSON.stringify(Array(health.UPSTREAMS_MAX).fill(one)).length).toBeLessThan(5_120);
});

test('the rest', () => {
  expect(health.DEGRADED_FAILURES).toBeLessThan(health.WINDOW_ANSWERS);
  expect(health.STEADY_GOOD).toBeGreaterThanOrEqual(health.WINDOW_ANSWERS);
  expect(health.RECOVERED_GOOD).toBeLessThan(health.STEADY_GOOD);
  expect(health.OVERDUE_MS).toBeGreaterThanOrEqual(health.CONFIRM_MS);
  expect(health.SECOND_RECHECK_MS).toBeLessThan(1_000 * QUEUE_DELAY_SECONDS_MAX);
  expect(health.INCIDENT_MS_KEPT).toBeGreaterThan(90 * 86_400_000);
  expect(health.PUBLIC_NOTICE_MS_MIN).toBeLessThan(health.MUTE_MS_MAX);
  expect(health.SAID_MS_MAX).toBeGreaterThan(health.TOLD_MS_MAX);
  expect(health.MAINTENANCE_MS_MAX).toBeLessThan(health.MUTE_MS_MAX);
});
