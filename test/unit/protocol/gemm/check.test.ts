// Honest proofs always pass, whoever checks; the least change in the openings, the statement or the prover's work does not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkGemm, fullCheck, provenRate, secretCheck } from '../../../../protocol/challenges/gemm/check.ts';
import { leafDigest } from '../../../../protocol/challenges/gemm/leaf.ts';
import { gemmOps } from '../../../../protocol/challenges/gemm/params.ts';
import { gemmSecrets } from '../../../../protocol/challenges/gemm/secrets.ts';
import { flipped, hexOf, seeded, word } from '../support.ts';
import { NONCE, PATIENT, SEED, SMALL, TINY, job, params, shapes } from './support.ts';

const secrets = gemmSecrets(SEED, SMALL);
const checks = [fullCheck(SMALL), secretCheck(SMALL, secrets)];

describe('honest proofs', () => {
  test('pass both checks for any small shape, nonce and draw', PATIENT, () => {
    fc.assert(
      fc.property(shapes, hexOf(32), fc.string(), (of, nonce, salt) => {
        const { statement, bytes } = job(of, nonce).answer(salt);
        expect(checkGemm(statement, bytes, fullCheck(of))).toBe('none');
        expect(checkGemm(statement, bytes, secretCheck(of, gemmSecrets(SEED, of)))).toBe('none');
      }),
      { numRuns: 25 },
    );
  });

  test('pass at the largest depth', PATIENT, () => {
    const deep = params({ rows: 2, columns: 256, depth: 16_384, rounds: 1, openings: 1 });
    const { statement, bytes } = job(deep).answer('deep');
    expect(checkGemm(statement, bytes, fullCheck(deep))).toBe('none');
    expect(checkGemm(statement, bytes, secretCheck(deep, gemmSecrets(SEED, deep)))).toBe('none');
  });
});

describe('one change', () => {
  const { statement, bytes } = job(SMALL).answer('draw');

  test('in any byte of the openings is a bad opening', PATIENT, () => {
    const next = seeded(3);
    const short = job(TINY).answer('draw');
    const [inFull, bySecrets] = [fullCheck(TINY), secretCheck(TINY, gemmSecrets(SEED, TINY))];
    const reasons = new Set<string>();
    for (let at = 0; at < short.bytes.length; at++) {
      reasons.add(checkGemm(short.statement, flipped(short.bytes, at, 1 << next(8)), at % 2 === 0 ? inFull : bySecrets));
    }
    expect([...reasons]).toEqual(['bad_opening']);
    expect(checkGemm(short.statement, short.bytes, inFull)).toBe('none');
  });

  test('in length is a bad opening', () => {
    const next = seeded(4);
    for (let i = 0; i < 200; i++)
      expect(checkGemm(statement, bytes.subarray(0, next(bytes.length)), fullCheck(SMALL))).toBe('bad_opening');
    expect(checkGemm(statement, Uint8Array.of(...bytes, 0), fullCheck(SMALL))).toBe('bad_opening');
    expect(checkGemm(statement, new Uint8Array(), fullCheck(SMALL))).toBe('bad_opening');
  });

  test('in nonce, roots, positions or matrix key fails', () => {
    const [check] = checks;
    if (check === undefined) throw new Error('two checks');
    expect(checkGemm({ ...statement, nonce: word('other') }, bytes, check)).toBe('bad_opening');
    statement.roots.forEach((_, t) => {
      const roots = statement.roots.map((root, i) => (i === t ? flipped(root, 31) : root));
      expect(checkGemm({ ...statement, roots }, bytes, check)).toBe('bad_opening');
    });
    expect(checkGemm({ ...statement, roots: statement.roots.slice(0, 1) }, bytes, check)).toBe('bad_opening');
    expect(checkGemm({ ...statement, roots: [] }, bytes, check)).toBe('bad_opening');
    expect(checkGemm({ ...statement, positions: statement.positions.slice(1) }, bytes, check)).toBe('bad_opening');
    expect(checkGemm({ ...statement, positions: [] }, bytes, check)).toBe('bad_opening');
    const other = { ...SMALL, matrixKey: word('other matrix') };
    expect(checkGemm({ ...statement, params: other }, bytes, fullCheck(other))).toBe('wrong_result');
  });

  test('in what the last leaf holds is found without secrets, and in any other one with them', () => {
    const last = statement.positions.length - 1;
    const cheated = (position: number) => {
      const place = statement.positions[position];
      if (place === undefined) throw new Error('no such position');
      const at = place.leaf * 256;
      return job(SMALL, NONCE, (truth, round) => (round === place.round ? truth.with(at, (truth[at] ?? 0) + 1) : truth));
    };
    for (let position = 0; position <= last; position++) {
      const { proof } = cheated(position);
      const forged = { ...statement, roots: proof.roots };
      const answer = proof.open(statement.positions);
      // The cheat in round 0 changes the nonce of round 1, whose values were then computed from that nonce: still honest.
      for (const check of checks) expect(checkGemm(forged, answer, check)).toBe('wrong_result');
      const blind = secretCheck(SMALL, { blocks: [] });
      expect(checkGemm(forged, answer, (a, block, values, isLast) => !isLast || blind(a, block, values, isLast))).toBe(
        position === last ? 'wrong_result' : 'none',
      );
    }
  });
});

test('a leaf’s digest binds nonce, row, block and each of its 256 values', () => {
  const values = Int32Array.from({ length: 256 }, (_, c) => 37 * c - 4000);
  const digests = new Set([
    leafDigest(NONCE, 1, 2, values, 0).join(),
    leafDigest(word('other'), 1, 2, values, 0).join(),
    leafDigest(NONCE, 2, 1, values, 0).join(),
    leafDigest(NONCE, 1, 3, values, 0).join(),
    ...Array.from(values, (value, c) => leafDigest(NONCE, 1, 2, values.with(c, value + 1), 0).join()),
    ...Array.from({ length: 248 }, (_, c) =>
      leafDigest(NONCE, 1, 2, values.with(c, values[c + 8] ?? 0).with(c + 8, values[c] ?? 0), 0).join(),
    ),
  ]);
  expect(digests.size).toBe(4 + 256 + 248);
  const shifted = new Int32Array(300);
  shifted.set(values, 44);
  expect(leafDigest(NONCE, 1, 2, shifted, 44)).toEqual(leafDigest(NONCE, 1, 2, values, 0));
});

describe('proven rate', () => {
  test('is W·proofPpm / (1000·T), rounded down', () => {
    expect(gemmOps(SMALL)).toBe(2n * 9n * 512n * 64n * 2n);
    expect(provenRate(10n ** 12n, 930_572, 1000)).toBe(930_572_000_000n);
    expect(provenRate(3n, 1_000_000, 2000)).toBe(1n);
    expect(provenRate(1n, 1, 1)).toBe(0n);
    expect(provenRate(7n, 1_000_000, 0)).toBe(provenRate(7n, 1_000_000, 1));
  });

  test('falls as the time grows, and is exact for the largest jobs', () => {
    const ops = gemmOps(params({ rows: 2 ** 24 - 1, columns: 65_536, depth: 16_384, rounds: 256, openings: 256 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 1, max: 1_000_000 }), (elapsed, ppm) => {
        const rate = provenRate(ops, ppm, elapsed);
        expect(rate * 1000n * BigInt(elapsed)).toBeLessThanOrEqual(ops * BigInt(ppm));
        expect((rate + 1n) * 1000n * BigInt(elapsed)).toBeGreaterThan(ops * BigInt(ppm));
        expect(provenRate(ops, ppm, elapsed + 1)).toBeLessThanOrEqual(rate);
      }),
    );
  });
});
