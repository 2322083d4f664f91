// When a delivery is tried again: the gaps of the specification, lengthened by jitter so that what failed together does not come back
// together, and by what the receiver asked for.
import { GAPS_MS, JITTER, RETRY_AFTER_MS_MAX } from './limits.ts';

export const ATTEMPTS_MAX = GAPS_MS.length;

/**
 * Milliseconds from a failed attempt to the next one; null after the last.
 * @param tries attempts made so far
 * @param chance from 0 up to 1
 */
export function nextGap(tries: number, retryAfterMs: number | null, chance: number): number | null {
  const gap = GAPS_MS[tries];
  if (gap === undefined) return null;
  return Math.max(Math.ceil(gap * (1 + JITTER * chance)), retryAfterMs ?? 0);
}

/** Of a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3), bounded; null where it says nothing. */
export function retryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? 1000 * Number(text) : text.endsWith('GMT') ? Date.parse(text) - nowMs : Number.NaN;
  return Number.isNaN(ms) ? null : Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms));
}
