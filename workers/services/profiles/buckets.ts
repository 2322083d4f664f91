// Latencies as counts in few buckets, which add up over validators and epochs; percentiles come back to a bucket's precision, never too low.
import { LATENCY_BOUNDS_MS, LATENCY_OVER_MS } from './limits.ts';

export const BUCKETS = LATENCY_BOUNDS_MS.length + 1;

/** The bucket of a round trip. */
export function bucketOf(latencyMs: number): number {
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
  return found < 0 ? LATENCY_BOUNDS_MS.length : found;
}

/** The upper end of the bucket in which so many hundredths are reached; 0 of none. @param counts one for each bucket */
export function percentileMs(counts: readonly number[], percent: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  let seen = 0;
  const at = counts.findIndex((count) => 100 * (seen += count) >= percent * total);
  return LATENCY_BOUNDS_MS[at] ?? LATENCY_OVER_MS;
}
