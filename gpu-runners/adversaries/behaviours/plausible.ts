/** A made-up value of the size that a true one has: 128·√(3·depth) is about the standard deviation of a sum of products. */
export function plausibleValue(depth: number): number {
  return Math.round((Math.random() - 0.5) * 128 * Math.sqrt(3 * depth));
}
