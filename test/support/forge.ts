// What somebody who knows the auditor's secret vectors can do: values that satisfy them and are not the product. Needs a small
// integer vector in the kernel of both vectors, found in two stages: short pairs modulo the first prime (Gauss' reduction
// of a lattice in the plane), then a birthday among sums of pairs modulo the second.
import type { SecretBlock } from '../../protocol/challenges/gemm/secrets.ts';

type Pair = { readonly at: number; readonly a: number; readonly b: number; readonly rest: number };

const mod = (x: bigint, p: bigint): bigint => ((x % p) + p) % p;

function inverse(value: bigint, prime: bigint): bigint {
  let [result, base] = [1n, mod(value, prime)];
  for (let exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

type Vector = readonly [bigint, bigint];
const dot = (v: Vector, w: Vector): bigint => v[0] * w[0] + v[1] * w[1];

/** The shortest (a, b) with a·x + b·y ≡ 0 modulo p. */
function shortPair(x: number, y: number, prime: number): { a: number; b: number } {
  const p = BigInt(prime);
  let u: Vector = [p, 0n];
  let v: Vector = [mod(-BigInt(y) * inverse(BigInt(x), p), p), 1n];
  for (;;) {
    if (dot(u, u) > dot(v, v)) [u, v] = [v, u];
    const length = dot(u, u);
    const product = dot(u, v);
    const twice = 2n * product + (product < 0n ? -length : length);
    const steps = twice / (2n * length);
    if (steps === 0n) return { a: Number(u[0]), b: Number(u[1]) };
    v = [v[0] - steps * u[0], v[1] - steps * u[1]];
  }
}

function pairsOf(first: SecretBlock, second: SecretBlock): Pair[] {
  return Array.from({ length: 128 }, (_, i) => {
    const at = 2 * i;
    const { a, b } = shortPair(first.r[at] ?? 0, first.r[at + 1] ?? 0, first.prime);
    const sum = BigInt(a) * BigInt(second.r[at] ?? 0) + BigInt(b) * BigInt(second.r[at + 1] ?? 0);
    return { at, a, b, rest: Number(mod(sum, BigInt(second.prime))) };
  });
}

/** 256 small integers, not all zero, that both secret vectors map to zero. */
export function secretKernel(blocks: readonly SecretBlock[]): Int32Array {
  const [first, second] = blocks;
  if (first === undefined || second === undefined) throw new Error('a block has one secret for each of two primes');
  const pairs = pairsOf(first, second);
  const half = 18;
  const sum = (from: number, subset: number): number => {
    let total = 0;
    for (let bit = 0; bit < half; bit++) if (((subset >> bit) & 1) === 1) total += pairs[from + bit]?.rest ?? 0;
    return total % second.prime;
  };
  const seen = new Map<number, number>();
  for (let subset = 1; subset < 2 ** half; subset++) seen.set(sum(0, subset), subset);
  for (let subset = 1; subset < 2 ** half; subset++) {
    const other = seen.get((second.prime - sum(half, subset)) % second.prime);
    if (other === undefined) continue;
    const kernel = new Int32Array(256);
    for (let bit = 0; bit < 2 * half; bit++) {
      const taken = bit < half ? (other >> bit) & 1 : (subset >> (bit - half)) & 1;
      const pair = pairs[bit];
      if (taken === 1 && pair !== undefined) kernel.set([pair.a, pair.b], pair.at);
    }
    return kernel;
  }
  throw new Error('no collision: take more pairs');
}
