// The secret vectors' arithmetic against BigInt: exact at the largest values that the bounds allow, and no further.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chachaKey } from '../../../../protocol/chacha.ts';
import { fromHex } from '../../../../protocol/bytes.ts';
import { rowOfA, trueSegment } from '../../../../protocol/challenges/gemm/matrix.ts';
import {
  PRIMES,
  gemmSecrets,
  packSecrets,
  passesSecrets,
  secretBlock,
  unpackSecrets,
  type SecretBlock,
} from '../../../../protocol/challenges/gemm/secrets.ts';
import { row as referenceRow } from '../../../vectors/reference/gemm.ts';
import { seeded, word } from '../support.ts';
import { NONCE, PATIENT, SEED, SMALL, params } from './support.ts';

const K_MAX = 16_384;
const BOUND = 2 ** 14 * K_MAX;

const mod = (x: bigint, p: bigint): bigint => ((x % p) + p) % p;
const dot = (x: ArrayLike<number>, y: ArrayLike<number>): bigint =>
  Array.from(x, (value, i) => BigInt(value) * BigInt(y[i] ?? 0)).reduce((sum, term) => sum + term, 0n);

/** The definition: C·r ≡ A·u modulo each prime, and no value above the bound. */
function definition(secrets: readonly SecretBlock[], a: Int8Array, values: Int32Array): boolean {
  const bound = 2 ** 14 * a.length;
  const congruent = secrets.every(({ prime, r, u }) => mod(dot(values, r) - dot(a, u), BigInt(prime)) === 0n);
  return congruent && values.every((value) => Math.abs(value) <= bound);
}

/** Secrets of `r` for which exactly `values` is right: u[0] is solved for, given a[0] = 1. */
function solved(a: Int8Array, values: Int32Array, r: readonly Int32Array[], u: readonly ArrayLike<number>[]): SecretBlock[] {
  return PRIMES.map((prime, i) => {
    const [ri, ui] = [r[i] ?? new Int32Array(256), Float64Array.from(u[i] ?? new Float64Array(a.length))];
    ui[0] = 0;
    const rest = mod(dot(values, ri) - dot(a, ui), BigInt(prime));
    ui[0] = Number(rest > BigInt(prime) / 2n ? rest - BigInt(prime) : rest);
    return { prime, r: ri, u: ui };
  });
}

test('the primes are prime, so that no divisor of zero hides a difference', () => {
  for (const prime of PRIMES) {
    let divisor = 2;
    while (divisor * divisor <= prime && prime % divisor !== 0) divisor++;
    expect(divisor * divisor).toBeGreaterThan(prime);
  }
});

describe('passesSecrets equals its definition', PATIENT, () => {
  const next = seeded(1);
  const pick = <T>(items: readonly T[], fallback: T): T => items[next(items.length)] ?? fallback;

  test.each([
    ['extreme values, extreme vectors', [BOUND, -BOUND, BOUND - 1, 1 - BOUND, 0, 2 ** 14, -(2 ** 14), -1, 1]],
    ['all at the upper bound', [BOUND]],
    ['all at the lower bound', [-BOUND]],
  ])('at K = 16384: %s', (_, choices) => {
    for (let run = 0; run < 12; run++) {
      const a = Int8Array.from({ length: K_MAX }, () => pick([-128, 127], 0)).with(0, 1);
      const values = Int32Array.from({ length: 256 }, () => pick(choices, 0));
      const sign = pick([-1, 1, 0], 0); // 0: mixed signs
      const half = (prime: number): number => ((prime - 1) / 2) * (sign === 0 ? pick([-1, 1], 1) : sign);
      const r = PRIMES.map((prime) => Int32Array.from({ length: 256 }, () => half(prime)));
      const u = PRIMES.map((prime) => Int32Array.from({ length: K_MAX }, () => half(prime)));
      const secrets = solved(a, values, r, u);
      expect(definition(secrets, a, values)).toBe(true);
      expect(passesSecrets(secrets, a, values)).toBe(true);
      const column = next(256);
      const off = values.with(column, (values[column] ?? 0) + ((values[column] ?? 0) > 0 ? -1 : 1));
      expect([passesSecrets(secrets, a, off), definition(secrets, a, off)]).toEqual([false, false]);
    }
  });

  test('for any values, right or wrong', () => {
    const values = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 256, maxLength: 256 });
    fc.assert(
      fc.property(values, fc.boolean(), fc.nat(30), (list, inside, shift) => {
        const a = rowOfA(chachaKey(fromHex(NONCE)), 3, 64).with(0, 1);
        const claimed = Int32Array.from(list, (value) => (inside ? value % (2 ** 20 + 1) : value >> shift));
        const real = secretBlock(SEED, SMALL, 1);
        const right = solved(
          a,
          claimed,
          real.map(({ r }) => r),
          real.map(({ u }) => u),
        );
        for (const secrets of [real, right]) expect(passesSecrets(secrets, a, claimed)).toBe(definition(secrets, a, claimed));
      }),
    );
  });

  test('all −128 times all −128 is the bound itself, and one more is refused', () => {
    const a = new Int8Array(K_MAX).fill(-128);
    const real = secretBlock(SEED, SMALL, 0);
    const secrets = real.map(({ prime, r }) => {
      const u = Number(mod(-128n * dot(new Int32Array(256).fill(1), r), BigInt(prime)));
      return { prime, r, u: new Float64Array(K_MAX).fill(u > prime / 2 ? u - prime : u) };
    });
    const values = new Int32Array(256).fill(BOUND);
    expect(passesSecrets(secrets, a, values)).toBe(true);
    expect(passesSecrets(secrets, a, values.with(255, BOUND + 1))).toBe(false);
    expect(passesSecrets(secrets, a, values.with(0, BOUND - 1))).toBe(false);
  });

  test.each([BOUND + 1, -BOUND - 1, 2 ** 31 - 1, -(2 ** 31)])('%i is refused though congruent', (value) => {
    const a = new Int8Array(K_MAX).fill(3).with(0, 1);
    const values = new Int32Array(256).fill(-9).with(100, value);
    const real = secretBlock(SEED, SMALL, 0);
    const u = PRIMES.map(() => new Int32Array(K_MAX).fill(1_000_003));
    const secrets = solved(
      a,
      values,
      real.map(({ r }) => r),
      u,
    );
    for (const { prime, r, u: own } of secrets) expect(mod(dot(values, r) - dot(a, own), BigInt(prime))).toBe(0n);
    expect(passesSecrets(secrets, a, values)).toBe(false);
  });

  test('no secrets accept nothing', () => {
    expect(passesSecrets([], new Int8Array(64), new Int32Array(256))).toBe(false);
  });
});

test('a multiple of a prime can’t be hidden: it leaves the bound at every depth', () => {
  for (const depth of [64, 1024, K_MAX]) {
    const bound = 2 ** 14 * depth;
    for (const prime of PRIMES) expect(prime - bound).toBeGreaterThan(bound); // from −bound upwards even one prime is too far
  }
  const a = rowOfA(chachaKey(fromHex(NONCE)), 0, SMALL.depth);
  const values = trueSegment(SMALL, a, 0);
  const secrets = secretBlock(SEED, SMALL, 0);
  expect(passesSecrets(secrets, a, values)).toBe(true);
  secrets.forEach((own) => {
    const column = values.findIndex((value) => value < 0);
    const shifted = values.with(column, (values[column] ?? 0) + own.prime);
    expect(mod(dot(shifted, own.r) - dot(a, own.u), BigInt(own.prime))).toBe(0n); // the congruence alone is blind to it
    expect(passesSecrets([own], a, shifted)).toBe(false);
  });
});

describe('secret vectors', () => {
  const three = params({ rows: 4, columns: 768, depth: 128, rounds: 1, openings: 2 });

  test('u = B_J·r, residues are centred, and u is that of the reference’s B', () => {
    const key = Buffer.from(fromHex(three.matrixKey));
    const b = Array.from({ length: three.depth }, (_, kappa) => referenceRow(key, 2, kappa, three.columns));
    gemmSecrets(SEED, three).blocks.forEach((block, J) => {
      expect(block.map(({ prime }) => prime)).toEqual([...PRIMES]);
      for (const { prime, r, u } of block) {
        expect([...r, ...u].every((value) => Math.abs(value) <= (prime - 1) / 2)).toBe(true);
        b.forEach((row, kappa) => {
          expect(mod(dot(row.subarray(256 * J, 256 * J + 256), r) - BigInt(u[kappa] ?? 0), BigInt(prime))).toBe(0n);
        });
      }
    });
  });

  test('each prime, block, seed and matrix has a vector of its own', () => {
    const other = { ...three, matrixKey: word('another matrix') };
    const all = [gemmSecrets(SEED, three), gemmSecrets(word('another seed'), three), gemmSecrets(SEED, other)];
    const vectors = all.flatMap(({ blocks }) => blocks.flatMap((block) => block.map(({ r }) => r.join())));
    expect(new Set(vectors).size).toBe(18);
    expect(gemmSecrets(SEED, three)).toEqual(all[0]);
  });

  test('are spread evenly over the residues', () => {
    const bins = new Array<number>(16).fill(0);
    const wide = params({ rows: 2, columns: 256 * 32, depth: 64, rounds: 1, openings: 1 });
    for (const block of gemmSecrets(SEED, wide).blocks) {
      for (const { prime, r } of block) {
        for (const value of r) {
          const bin = Math.floor(((value + (prime - 1) / 2) / prime) * 16);
          bins[bin] = (bins[bin] ?? 0) + 1;
        }
      }
    }
    const expected = (32 * 2 * 256) / 16;
    const chi = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(50); // 15 degrees of freedom: chance of 10^-5 for a uniform source, and the seed is fixed
  });

  test('pack and unpack, but not for other sizes', () => {
    const secrets = gemmSecrets(SEED, three);
    const packed = packSecrets(secrets);
    expect(unpackSecrets(packed, three)).toEqual(secrets);
    expect(unpackSecrets(packed.subarray(1), three)).toBeNull();
    expect(unpackSecrets(packed, { ...three, depth: 192 })).toBeNull();
    expect(unpackSecrets(packed, { ...three, columns: 512 })).toBeNull();
    expect(unpackSecrets(new Int32Array(), three)).toBeNull();
  });
});
