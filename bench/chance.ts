// What is known of a chance after so many tries.

export const Z_95 = 1.959964;
/** For a yes or no: of a thousand right measurements one may say no. */
export const Z_999 = 3.290527;

/** Wilson's interval of a proportion. */
export function wilson(hits: number, tries: number, z: number): { low: number; high: number } {
  const p = hits / tries;
  const middle = (p + z ** 2 / (2 * tries)) / (1 + z ** 2 / tries);
  const half = (z / (1 + z ** 2 / tries)) * Math.sqrt((p * (1 - p)) / tries + z ** 2 / (4 * tries ** 2));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** How many tries it took each time until there was one, in order: median and 95th percentile; null where there was none. */
export function untilFirst(hits: readonly boolean[]): { readonly median: number; readonly high: number } | null {
  const lengths: number[] = [];
  let length = 0;
  for (const hit of hits) {
    length++;
    if (hit) lengths.push(length);
    if (hit) length = 0;
  }
  lengths.sort((a, b) => a - b);
  const at = (percent: number): number => lengths[Math.ceil((percent * lengths.length) / 100) - 1] ?? 0;
  return lengths.length === 0 ? null : { median: at(50), high: at(95) };
}
