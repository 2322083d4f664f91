// The integer arithmetic of the consensus rule (docs/protocol.md, section 16): every intermediate value is a whole number below 2⁵³,
// so that Node, workerd and browsers agree to the last bit. Only + − × ÷ floor and sqrt are used, which IEEE 754 defines exactly.

/** One in millionths. */
export const MILLION = 1_000_000;
/** Samples of one validator and node that count; more would take a square root's argument past 2⁵³. */
export const SAMPLES_CAP = 30_000;
/** What a leaf's 32-bit field holds. */
export const U32_MAX = 0xffff_ffff;

/** floor(√x) for whole 0 ≤ x < 2⁵³. The rounded root may be one too large from 2⁵² on, never otherwise wrong. */
export function isqrt(x: number): number {
  const root = Math.floor(Math.sqrt(x));
  return root * root > x ? root - 1 : root;
}

/** Orders the first `count` values ascending, their weights with them. Counts are small: validators, or reports of one. */
function sortTogether(values: Float64Array, weights: Float64Array, count: number): void {
  for (let i = 1; i < count; i++) {
    const [value, weight] = [values[i] ?? 0, weights[i] ?? 0];
    let at = i;
    for (; at > 0 && (values[at - 1] ?? 0) > value; at--) {
      values[at] = values[at - 1] ?? 0;
      weights[at] = weights[at - 1] ?? 0;
    }
    values[at] = value;
    weights[at] = weight;
  }
}

/**
 * The weighted median of the first `count` values, which it sorts in place: the first value that half of the weight does not
 * exceed, or the floor of the mean of two where the halves are equal. 0 of none.
 * Bounds: values below 2⁵³, weights above 0, twice their sum below 2⁵³.
 */
export function weightedMedian(values: Float64Array, weights: Float64Array, count: number): number {
  sortTogether(values, weights, count);
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i] ?? 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += weights[i] ?? 0;
    const value = values[i] ?? 0;
    if (2 * sum > total || i === count - 1) return value;
    // not (a + b) / 2: two measures may add up to more than 2⁵³
    if (2 * sum === total) return value + Math.floor(((values[i + 1] ?? 0) - value) / 2);
  }
  return 0;
}

/** z·(isqrt(n·r·(10⁶ − r) + z²·10¹²/4) + 1): Wilson's half-width times n + z², in millionths. Below 3·2²⁷ for z ≤ 3. */
function reach(z: number, centre: number, n: number): number {
  return z * (isqrt(n * centre * (MILLION - centre) + z * z * 250_000_000_000) + 1);
}

/** Lower end of the interval (z, centre, n) of section 16.3. n ≤ 30,000, so the root's argument is below 7.51 · 10¹⁵ < 2⁵³. */
export function intervalLow(z: number, centre: number, n: number, tolerance: number): number {
  const end = Math.floor((centre * n + z * z * 500_000 - reach(z, centre, n)) / (n + z * z));
  return Math.max(0, end - tolerance);
}

/** Upper end of the same interval. */
export function intervalHigh(z: number, centre: number, n: number, tolerance: number): number {
  const end = Math.floor((centre * n + z * z * 500_000 + reach(z, centre, n)) / (n + z * z));
  return Math.min(MILLION, end + 1 + tolerance);
}

/**
 * Wilson's lower bound, one-sided 95 % (z = 1.645), in millionths; source: E. B. Wilson, JASA 22 (1927). 0 without samples.
 * Bounds: S < 7.51 · 10¹⁵, X below 6.1 · 10¹⁰, 1000·X below 6.1 · 10¹³.
 */
export function wilsonLower(rate: number, effective: number): number {
  const m = Math.min(effective, SAMPLES_CAP);
  if (m === 0) return 0;
  const root = isqrt(m * rate * (MILLION - rate) + 676_506_250_000) + 1;
  const x = 2 * rate * m + 2_706_025 - 2 * Math.ceil((1645 * root) / 1000);
  return Math.max(0, Math.floor((1000 * x) / (2000 * m + 5412)));
}

/**
 * floor(a² / b) for a ≤ 3.02 · 10⁸ and a ≤ b ≤ 3.02 · 10¹²: the square itself may exceed 2⁵³, so it is divided in two steps.
 * With a = 2048·h + l: a·h ≤ 4.5 · 10¹³; the remainder below b, times 2048, is below 6.2 · 10¹⁵.
 */
export function squareOver(a: number, b: number): number {
  if (b === 0) return 0;
  const high = Math.floor(a / 2048);
  const low = a - 2048 * high;
  const quotient = Math.floor((a * high) / b);
  const remainder = a * high - quotient * b;
  return 2048 * quotient + Math.floor((2048 * remainder + a * low) / b);
}
