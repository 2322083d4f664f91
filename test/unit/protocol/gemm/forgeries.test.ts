// Forgeries: provers that commit to, and open, something other than the true products. None of 5,000 (of 10,000 with those of the other
// kinds, ../forgeries) may pass, by the secret vectors or in full, and one prime alone is not enough to forge for both.
import { afterAll, describe, expect, test } from 'vitest';
import { chachaKey } from '../../../../protocol/chacha.ts';
import { concat, fromHex, u16 } from '../../../../protocol/bytes.ts';
import { checkGemm, fullCheck, secretCheck, type GemmStatement } from '../../../../protocol/challenges/gemm/check.ts';
import { expandMatrixB, rowOfA, trueSegment } from '../../../../protocol/challenges/gemm/matrix.ts';
import { gemmCommitment, multiplyRound } from '../../../../protocol/challenges/gemm/prove.ts';
import { PRIMES, gemmSecrets, passesSecrets, secretBlock } from '../../../../protocol/challenges/gemm/secrets.ts';
import { seeded, word } from '../support.ts';
import { NONCE, SEED, TINY, PATIENT, job, type Cheat } from './support.ts';

const bySecrets = secretCheck(TINY, gemmSecrets(SEED, TINY));
const inFull = fullCheck(TINY);
const { columns } = TINY;
let tries = 0;

/** Checks one forged answer; every eighth in full as well. */
function reasonOf(statement: GemmStatement, bytes: Uint8Array): string {
  tries++;
  const reason = checkGemm(statement, bytes, bySecrets);
  if (tries % 8 === 0) expect(checkGemm(statement, bytes, inFull)).toBe(reason);
  return reason;
}

const next = seeded(11);
const otherB = expandMatrixB({ ...TINY, matrixKey: word('last epoch’s matrix') });
const halfB = expandMatrixB(TINY).map((value, i) => (i < (TINY.depth / 2) * columns ? value : 0));
let kept: Int32Array = new Int32Array();

/** Wrong work that is committed to properly: only the product check can tell. */
const wrongWork: Record<string, Cheat> = {
  'a small difference in one value of each leaf': (truth) => truth.map((value, i) => value + Number(i % 256 === 77)),
  'random small differences': (truth) => truth.map((value) => value + next(3) - 1),
  'differences that add up to zero in each leaf': (truth) => truth.map((value, i) => value + (i % 2 === 0 ? 500 : -500)),
  'all zero': (truth) => truth.map(() => 0),
  'all the same': (truth) => truth.map(() => truth[0] ?? 0),
  'each row a copy of the one before': (truth) => truth.map((_, i) => truth[(i + truth.length - columns) % truth.length] ?? 0),
  'rows moved on by four': (truth) => truth.map((_, i) => truth[(i + 4 * columns) % truth.length] ?? 0),
  'column blocks exchanged': (truth) => truth.map((_, i) => truth[i ^ 256] ?? 0),
  'columns shifted by one': (truth) => truth.map((_, i) => truth[i - (i % columns) + ((i + 1) % columns)] ?? 0),
  'the wrong sign': (truth) => truth.map((value) => -value),
  'rounded to 11 bits of mantissa': (truth) => truth.map((value) => Math.round(value / 64) * 64),
  'half of the depth': (_, __, nonce) => multiplyRound(TINY, halfB, nonce),
  'another epoch’s matrix': (_, __, nonce) => multiplyRound(TINY, otherB, nonce),
  'the values of round 0 in every round': (truth, round) => (round === 0 ? (kept = truth) : kept),
  'one prime too much': (truth) => truth.map((value) => (value < 0 ? value + PRIMES[0] : value)),
  'the other prime too much': (truth) => truth.map((value) => (value < 0 ? value + PRIMES[1] : value)),
  'bits above 16 lost': (truth) => truth.map((value) => (value << 16) >> 16),
};

describe('wrong work, committed to', PATIENT, () => {
  test.each(Object.keys(wrongWork))('%s', (name) => {
    const { answer, proof } = job(TINY, NONCE, wrongWork[name]);
    expect(proof.commitment).not.toBe(job(TINY).proof.commitment);
    const reasons = new Set<string>();
    for (let i = 0; i < 225; i++) {
      const { statement, bytes } = answer(`${name} ${String(i)}`);
      reasons.add(reasonOf(statement, bytes));
    }
    expect([...reasons]).toEqual(['wrong_result']);
  });
});

describe('right work, wrong answers', PATIENT, () => {
  const honest = job(TINY);
  const second = job(TINY, word('another nonce'));
  const rounds = 165;

  function refused(forge: (statement: GemmStatement, bytes: Uint8Array) => [GemmStatement, Uint8Array]): void {
    const reasons = new Set<string>();
    for (let i = 0; i < rounds; i++) {
      const { statement, bytes } = honest.answer(`answer ${String(i)}`);
      if (i % 30 === 0) expect(checkGemm(statement, bytes, bySecrets)).toBe('none');
      reasons.add(reasonOf(...forge(statement, bytes)));
    }
    expect([...reasons]).toEqual(['bad_opening']);
  }

  test('no openings', () => {
    refused((statement) => [statement, u16(0)]);
    refused((statement) => [{ ...statement, positions: [] }, u16(0)]);
  });

  test('the first opening again and again', () => {
    refused((statement) => {
      const one = honest.proof.open(statement.positions.slice(0, 1)).subarray(2);
      return [statement, concat(u16(statement.positions.length), ...statement.positions.map(() => one))];
    });
  });

  test('the leaf next to the drawn one, under the drawn leaf’s number', () => {
    refused((statement) => {
      const neighbours = statement.positions.map(({ round, leaf }) => ({ round, leaf: leaf ^ 1 }));
      const bytes = honest.proof.open(neighbours).slice();
      const renumbered = honest.proof.open(statement.positions);
      for (let at = 2, i = 0; i < neighbours.length; i++) {
        bytes.set(renumbered.subarray(at, at + 6), at);
        at += 6 + 1 + 3 * 256 + 1 + 32 * (bytes[at + 6 + 1 + 3 * 256] ?? 0);
      }
      return [statement, bytes];
    });
  });

  test('another job’s openings, right in themselves', () => {
    refused((statement) => [statement, second.proof.open(statement.positions)]);
  });

  test('another job’s roots and openings: its rows come from another nonce', () => {
    refused((statement) => [{ ...statement, roots: second.proof.roots }, second.proof.open(statement.positions)]);
  });

  test('roots exchanged between rounds, with or without their openings', () => {
    refused((statement, bytes) => [{ ...statement, roots: statement.roots.toReversed() }, bytes]);
    refused((statement) => {
      const turned = statement.positions.map(({ round, leaf }) => ({ round: 1 - round, leaf }));
      return [{ ...statement, roots: statement.roots.toReversed() }, honest.proof.open(turned)];
    });
    const { roots } = honest.proof;
    expect(gemmCommitment(NONCE, roots.toReversed())).not.toBe(gemmCommitment(NONCE, roots));
  });
});

/** A short vector (x, y) with x·r0 + y·r1 ≡ 0 (mod prime), by Gauss's reduction of that lattice. */
function shortRelation(r0: number, r1: number, prime: number): [bigint, bigint] {
  const p = BigInt(prime);
  let inverse = 1n;
  for (let base = ((BigInt(r1) % p) + p) % p, power = p - 2n; power > 0n; power >>= 1n, base = (base * base) % p) {
    if (power & 1n) inverse = (inverse * base) % p;
  }
  let u: [bigint, bigint] = [0n, p];
  let v: [bigint, bigint] = [1n, (((-BigInt(r0) * inverse) % p) + p) % p];
  const dot = (a: [bigint, bigint], b: [bigint, bigint]): bigint => a[0] * b[0] + a[1] * b[1];
  for (;;) {
    if (dot(u, u) < dot(v, v)) [u, v] = [v, u];
    const length = dot(v, v);
    const times = (2n * dot(u, v) + length) / (2n * length) - (2n * dot(u, v) + length < 0n ? 1n : 0n);
    const shorter: [bigint, bigint] = [u[0] - times * v[0], u[1] - times * v[1]];
    if (dot(shorter, shorter) >= length) return v;
    u = shorter;
  }
}

test('whoever knows one prime’s vector forges for that prime alone: the other one refuses', () => {
  const secrets = secretBlock(SEED, TINY, 0);
  const a = rowOfA(chachaKey(fromHex(NONCE)), 2, TINY.depth);
  const truth = trueSegment(TINY, a, 0);
  secrets.forEach((known, which) => {
    for (let i = 0; i < 100; i++) {
      const [x, y] = [next(128), 128 + next(128)];
      const [dx, dy] = shortRelation(known.r[x] ?? 0, known.r[y] ?? 0, known.prime).map(Number) as [number, number];
      const forged = truth.with(x, (truth[x] ?? 0) + dx).with(y, (truth[y] ?? 0) + dy);
      expect(forged.every((value) => Math.abs(value) <= 2 ** 14 * TINY.depth)).toBe(true);
      expect(forged).not.toEqual(truth);
      expect(passesSecrets([known], a, forged)).toBe(true); // the forgery is real …
      expect(passesSecrets(secrets, a, forged)).toBe(false); // … and does not survive the second prime
      expect(
        passesSecrets(
          secrets.filter((_, other) => other !== which),
          a,
          forged,
        ),
      ).toBe(false);
      expect(inFull(a, 0, forged, false)).toBe(false);
    }
  });
});

afterAll(() => {
  expect(tries).toBeGreaterThanOrEqual(5_000);
});
