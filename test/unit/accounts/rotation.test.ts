// The rules of a rotation, and how the limits relate.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LIFE_SECONDS_MAX,
  LIFE_SECONDS_MIN,
  OVERLAP_SECONDS,
  OVERLAP_SECONDS_MAX,
  OVERRIDE_MAX,
} from '../../../schema/api/accounts.ts';
import { isLive } from '../../../workers/services/accounts/authenticate.ts';
import * as limits from '../../../workers/services/accounts/limits.ts';
import * as spots from '../../../workers/services/spots/limits.ts';
import { overlapEndMs, successorLifeSeconds } from '../../../workers/services/accounts/rotate-key.ts';

const NOW = 1_790_000_000_000;
const ends = fc.option(fc.integer({ min: NOW + 1, max: NOW + 1e12 }), { nil: null });

describe('rotation', () => {
  it('ends the old key after the overlap, and never later than it would have ended', () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 0, max: OVERLAP_SECONDS_MAX }), (expiresAtMs, overlap) => {
        const end = overlapEndMs({ expiresAtMs }, NOW, overlap);
        expect(end).toBeLessThanOrEqual(NOW + 1000 * overlap);
        if (expiresAtMs !== null) expect(end).toBeLessThanOrEqual(expiresAtMs);
        expect([NOW + 1000 * overlap, expiresAtMs]).toContain(end);
        const rotated = { revokedAtMs: null, expiresAtMs: end };
        expect([isLive(rotated, end - 1), isLive(rotated, end)]).toEqual([true, false]);
      }),
    );
  });

  it('gives the successor the life that its predecessor was made with, or the one that is asked for', () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 0, max: 1e11 }), fc.integer({ min: LIFE_SECONDS_MIN }), (expiresAtMs, age, asked) => {
        const old = { createdAtMs: NOW - age, expiresAtMs };
        expect(successorLifeSeconds(old, asked)).toBe(asked);
        const life = successorLifeSeconds(old, undefined);
        if (expiresAtMs === null) expect(life).toBeNull();
        else expect(Math.abs(1000 * (life ?? 0) - (expiresAtMs - old.createdAtMs))).toBeLessThan(1000);
      }),
    );
  });
});

describe('a key is live', () => {
  it('until it is revoked or its end has come, whichever is first', () => {
    const times = fc.option(fc.integer({ min: 0, max: 100 }), { nil: null });
    fc.assert(
      fc.property(times, times, fc.integer({ min: 0, max: 100 }), (revokedAtMs, expiresAtMs, now) => {
        expect(isLive({ revokedAtMs, expiresAtMs }, now)).toBe(revokedAtMs === null && (expiresAtMs ?? 101) > now);
      }),
    );
  });
});

describe('limits', () => {
  it('leave room for one another', () => {
    expect(limits.KEYS_LIVE_MAX + limits.SIGN_IN_KEYS_LIVE_MAX).toBeLessThan(limits.KEY_ROWS_MAX);
    expect(limits.SIGN_IN_KEY_SECONDS).toBeGreaterThanOrEqual(LIFE_SECONDS_MIN);
    expect(OVERLAP_SECONDS).toBeLessThanOrEqual(OVERLAP_SECONDS_MAX);
    expect(OVERLAP_SECONDS_MAX).toBeLessThanOrEqual(LIFE_SECONDS_MAX);
    for (const usual of [limits.REQUESTS_PER_MINUTE, limits.AUDITS_PER_DAY, limits.ENDPOINTS_MAX]) {
      expect(usual).toBeLessThanOrEqual(OVERRIDE_MAX);
    }
    // Ten wallets a second signing in use a tenth of the slots within a nonce's life.
    // A stream that is open keeps its place, also where one renewal is lost; and one tenant cannot fill a node's places.
    expect(limits.HOLD_MS).toBeGreaterThan(2 * spots.HEARTBEAT_MS);
    expect(spots.SPOTS_PER_TENANT_AND_NODE_MINUTE_MAX).toBeLessThan(spots.SPOTS_PER_NODE_MINUTE_MAX);
    expect(spots.ASKS_KEPT_MS).toBeGreaterThan(spots.NODE_WINDOW_MS);
    expect(10 * limits.NONCE_SECONDS).toBeLessThan(limits.NONCE_SLOTS / 10);
    expect(limits.CREDENTIAL_CHARS_MAX).toBeGreaterThanOrEqual(2 * limits.ADMIN_KEY_CHARS_MIN);
  });
});
