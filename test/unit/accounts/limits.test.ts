// How the limits of tenants, keys, sign-ins and quotas relate to one another, and to what a request may ask for.
import { expect, test } from 'vitest';
import { LIFE_SECONDS_MAX, LIFE_SECONDS_MIN, OVERLAP_SECONDS_MAX, OVERRIDE_MAX } from '../../../schema/api/accounts.ts';
import * as limits from '../../../workers/services/accounts/limits.ts';
import { QUOTAS } from '../../../workers/services/accounts/take-quota.ts';
import { ENDPOINTS_ACTIVE_MAX, RATES, REPLAY_EVENTS_MAX } from '../../../workers/services/alerts/limits.ts';
import { freshKeyText, keyText } from '../../../workers/services/accounts/key-text.ts';

test('a sign-in’s key lives as a key may, and longer than the nonce that it came from', () => {
  expect(limits.SIGN_IN_KEY_SECONDS).toBeGreaterThanOrEqual(LIFE_SECONDS_MIN);
  expect(limits.SIGN_IN_KEY_SECONDS).toBeLessThanOrEqual(LIFE_SECONDS_MAX);
  expect(limits.SIGN_IN_KEY_SECONDS).toBeGreaterThan(limits.NONCE_SECONDS + limits.CLOCK_SKEW_SECONDS);
  // A clock that is wrong by as much as is allowed still signs in time.
  expect(limits.CLOCK_SKEW_SECONDS).toBeLessThan(limits.NONCE_SECONDS);
});

test('sign-ins never take the place of lasting keys, and dead rows leave room for live ones', () => {
  expect(limits.SIGN_IN_KEYS_LIVE_MAX).toBeLessThan(limits.KEYS_LIVE_MAX);
  expect(limits.KEYS_LIVE_MAX).toBeLessThan(limits.KEY_ROWS_MAX / 2);
  // An overlap of a rotation is over before the row of the old key goes.
  expect(OVERLAP_SECONDS_MAX).toBeLessThanOrEqual(86_400 * limits.DEAD_KEY_DAYS);
});

test('what a tenant has unless its row says otherwise may be said in a row', () => {
  const usual = [limits.REQUESTS_PER_MINUTE, limits.AUDITS_PER_DAY, limits.ENDPOINTS_MAX];
  for (const limit of usual) {
    expect(limit).toBeGreaterThan(0);
    expect(limit).toBeLessThanOrEqual(OVERRIDE_MAX);
  }
  const none = { requestsPerMinute: null, auditsPerDay: null, endpointsMax: null };
  expect(QUOTAS.requests.limit(none)).toBe(limits.REQUESTS_PER_MINUTE);
  expect(QUOTAS.audits.limit(none)).toBe(limits.AUDITS_PER_DAY);
  expect(QUOTAS.audits.windowMs).toBe(86_400_000);
});

test('what costs others something is refused when nobody counts, and is rarer than reading', () => {
  expect(Object.entries(QUOTAS).flatMap(([name, { whenSilent }]) => (whenSilent === 'go-on' ? [name] : []))).toEqual([
    'requests',
  ]);
  const hourly = (60 * 60_000 * limits.REQUESTS_PER_MINUTE) / QUOTAS.requests.windowMs;
  expect(limits.TESTS_PER_HOUR).toBeLessThan(hourly / 100);
  expect(limits.REPLAYS_PER_HOUR).toBeLessThanOrEqual(limits.TESTS_PER_HOUR);
  // An hour's replays to one receiver are fewer deliveries than its rate would let through anyway.
  const { wave, waveMs } = RATES.standard;
  expect(limits.REPLAYS_PER_HOUR * REPLAY_EVENTS_MAX + limits.TESTS_PER_HOUR).toBeLessThan((3_600_000 / waveMs) * wave);
});

test('one tenant cannot have all endpoints of a Worker', () => {
  expect(limits.ENDPOINTS_MAX).toBeLessThanOrEqual(ENDPOINTS_ACTIVE_MAX / 10);
});

test('wallets that come for the first time leave nonces free, and cannot be had by the minute', () => {
  expect(limits.NEW_WALLETS_PER_HOUR * (limits.NONCE_SECONDS / 3_600)).toBeLessThan(limits.NONCE_SLOTS);
  expect(limits.NEW_WALLETS_PER_HOUR).toBeLessThan(limits.REQUESTS_PER_MINUTE);
});

test('keys and the operator’s key fit into what is looked at', () => {
  const text = keyText(freshKeyText((bytes) => new Uint8Array(bytes).fill(255)));
  expect(`Bearer ${text}`.length).toBeLessThan(limits.CREDENTIAL_CHARS_MAX);
  expect(limits.ADMIN_KEY_CHARS_MIN).toBeLessThan(limits.CREDENTIAL_CHARS_MAX);
});

test('the counter is given up on many times before a hold ends, and a last use is written once a quota’s window at most', () => {
  expect(limits.HOLD_MS).toBeGreaterThanOrEqual(10 * limits.QUOTA_DEADLINE_MS);
  expect(limits.LAST_USE_MS).toBeGreaterThanOrEqual(QUOTAS.requests.windowMs);
});
