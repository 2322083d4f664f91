// The validator's secret vectors (Freivalds' check, R. Freivalds 1977, over two primes) and their products with B,
// computed once an epoch. Whoever knows r can forge values, so r and B·r never leave the validator; replay does not use them.
import { chachaBlock, chachaKey } from '../../chacha.ts';
import { fromHex, u32, u8, type Hex } from '../../bytes.ts';
import { hmac, tag } from '../../hash.ts';
import { segmentOfB } from './matrix.ts';
import { LEAF_COLUMNS, type GemmParams } from './params.ts';

/** The two primes: a value wrong modulo neither is right, as products stay below their product. */
export const PRIMES = [2 ** 31 - 1, 2 ** 31 - 19] as const;
const MATRIX_R = 3;

/** Per prime and column block: r (256 centred residues) and u = B_J·r (depth centred residues, as doubles: they are only ever multiplied). */
export type SecretBlock = { readonly prime: number; readonly r: Int32Array; readonly u: Float64Array };
/** `blocks[J]` holds one entry a prime. */
export type GemmSecrets = { readonly blocks: readonly (readonly SecretBlock[])[] };

/** The residue of x in (−p/2, p/2]; exact for |x| < 2^53. */
function centre(x: number, prime: number): number {
  const rest = x % prime;
  if (rest > prime / 2) return rest - prime;
  return rest < -prime / 2 ? rest + prime : rest;
}

function secretVector(seed: Hex, params: GemmParams, primeIndex: number, block: number): Int32Array {
  const key = hmac(fromHex(seed, 32), tag('assay/k1/r'), fromHex(params.matrixKey, 32), u8(primeIndex), u32(block));
  const prime = PRIMES[primeIndex] ?? PRIMES[0];
  const words = new Uint32Array(16);
  const r = new Int32Array(LEAF_COLUMNS);
  for (let filled = 0, counter = 0; filled < LEAF_COLUMNS; counter++) {
    chachaBlock(words, 0, chachaKey(key), 8, counter, 0, MATRIX_R, 0);
    for (const word of words) {
      const candidate = word & 0x7fffffff; // rejection, so that every residue is equally likely
      if (candidate < prime && filled < LEAF_COLUMNS) r[filled++] = centre(candidate, prime);
    }
  }
  return r;
}

/** One column block's secrets: 256·depth multiplications a prime. */
export function secretBlock(seed: Hex, params: GemmParams, block: number): SecretBlock[] {
  const matrixKey = chachaKey(fromHex(params.matrixKey, 32));
  const words = new Uint32Array(LEAF_COLUMNS / 4);
  const b = new Int8Array(words.buffer);
  const [r0, r1] = [secretVector(seed, params, 0, block), secretVector(seed, params, 1, block)];
  const [u0, u1] = [new Float64Array(params.depth), new Float64Array(params.depth)];
  for (let row = 0; row < params.depth; row++) {
    segmentOfB(words, matrixKey, row, block);
    let sum0 = 0; // |b·r| < 2^37, 256 of them stay below 2^45: exact in doubles
    let sum1 = 0;
    for (let c = 0; c < LEAF_COLUMNS; c++) {
      const factor = b[c] ?? 0;
      sum0 += factor * (r0[c] ?? 0);
      sum1 += factor * (r1[c] ?? 0);
    }
    u0[row] = centre(sum0, PRIMES[0]);
    u1[row] = centre(sum1, PRIMES[1]);
  }
  return [
    { prime: PRIMES[0], r: r0, u: u0 },
    { prime: PRIMES[1], r: r1, u: u1 },
  ];
}

export function gemmSecrets(seed: Hex, params: GemmParams): GemmSecrets {
  return { blocks: Array.from({ length: params.columns / LEAF_COLUMNS }, (_, block) => secretBlock(seed, params, block)) };
}

const positive = (x: number, prime: number): number => ((x % prime) + prime) % prime;

/** a·u and a·v in one pass. |a| ≤ 2^7, |u| < 2^30, at most 2^14 terms: at most 2^51, exact. */
function products(a: Int8Array, u: Float64Array, v: Float64Array): [number, number] {
  let sumU = 0;
  let sumV = 0;
  for (let k = 0; k < a.length; k++) {
    const factor = a[k] ?? 0;
    sumU += factor * (u[k] ?? 0);
    sumV += factor * (v[k] ?? 0);
  }
  return [sumU, sumV];
}

/** Whether values·r ≡ product modulo the prime. */
function agrees({ prime, r }: SecretBlock, values: Int32Array, product: number): boolean {
  let high = 0; // |high part| ≤ 2^14, |r| < 2^30, 256 terms: below 2^52
  let low = 0;
  for (let c = 0; c < LEAF_COLUMNS; c++) {
    const value = values[c] ?? 0;
    const factor = r[c] ?? 0;
    high += (value >> 14) * factor;
    low += (value & 0x3fff) * factor;
  }
  return positive((high % prime) * 2 ** 14 + (low % prime), prime) === positive(product, prime);
}

/**
 * Whether `values` = `a`·B_J, but for a chance of about 2^−62 that only knowledge of r raises.
 * @param secrets of one column block, one entry a prime
 */
export function passesSecrets(secrets: readonly SecretBlock[], a: Int8Array, values: Int32Array): boolean {
  const bound = 2 ** 14 * a.length;
  const [first, second = first] = secrets;
  if (first === undefined || second === undefined || secrets.length > PRIMES.length) return false;
  if (values.some((value) => value > bound || value < -bound)) return false;
  const [forFirst, forSecond] = products(a, first.u, second.u);
  return agrees(first, values, forFirst) && agrees(second, values, forSecond);
}

/** All secrets as one buffer of 32-bit words, for cold storage between invocations. */
export function packSecrets(secrets: GemmSecrets): Int32Array {
  const flat = secrets.blocks.flatMap((block) => block.flatMap(({ r, u }) => [r, u]));
  const out = new Int32Array(flat.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of flat) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The inverse of `packSecrets`; null when the buffer is not of these parameters. */
export function unpackSecrets(packed: Int32Array, params: GemmParams): GemmSecrets | null {
  const size = LEAF_COLUMNS + params.depth;
  const blocks = params.columns / LEAF_COLUMNS;
  if (packed.length !== blocks * PRIMES.length * size) return null;
  return {
    blocks: Array.from({ length: blocks }, (_, block) =>
      PRIMES.map((prime, i) => {
        const from = (block * PRIMES.length + i) * size;
        return {
          prime,
          r: packed.subarray(from, from + LEAF_COLUMNS),
          u: Float64Array.from(packed.subarray(from + LEAF_COLUMNS, from + size)),
        };
      }),
    ),
  };
}
