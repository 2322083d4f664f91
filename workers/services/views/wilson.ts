// Wilson's interval of a rate, for what is shown (E. B. Wilson 1927; Brown, Cai, DasGupta 2001). The consensus rule has its own, in integers.

/** Both ends, 0 … 1. @param n above zero @param z standard errors: 1.645 one-sided 95 %, 1.960 two-sided */
export function wilson(k: number, n: number, z: number): { readonly low: number; readonly high: number } {
  const rate = k / n;
  const centre = rate + (z * z) / (2 * n);
  const spread = z * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n));
  const whole = 1 + (z * z) / n;
  return { low: Math.max(0, (centre - spread) / whole), high: Math.min(1, (centre + spread) / whole) };
}
