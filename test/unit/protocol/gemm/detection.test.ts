// How often skipped work is caught: with k openings, at least 1 − (1 − f)^k. Leaves are drawn without replacement, so the exact
// chance is hypergeometric, a little above that; the counts must lie within five standard deviations of it.
import { describe, expect, test } from 'vitest';
import { checkGemm, fullCheck, secretCheck } from '../../../../protocol/challenges/gemm/check.ts';
import { leavesPerRound } from '../../../../protocol/challenges/gemm/params.ts';
import { gemmSecrets } from '../../../../protocol/challenges/gemm/secrets.ts';
import { seeded } from '../support.ts';
import { NONCE, PATIENT, SEED, job, params } from './support.ts';

const TRIALS = 60;
const OPENINGS = 64;
const WIDE = params({ rows: 800, columns: 256, depth: 64, rounds: 1, openings: OPENINGS });

describe('a prover that leaves out a share of the leaves', PATIENT, () => {
  const leaves = leavesPerRound(WIDE);
  const check = secretCheck(WIDE, gemmSecrets(SEED, WIDE));

  test.each([0.01, 0.05, 0.1, 0.5])('of %d is caught as often as predicted', (share) => {
    const skipped = Math.round(share * leaves);
    const next = seeded(Math.round(1000 * share));
    const order = Array.from({ length: leaves }, (_, i) => i);
    for (let i = 0; i < skipped; i++) {
      const j = i + next(leaves - i);
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    const bad = new Set(order.slice(0, skipped));
    const dishonest = job(WIDE, NONCE, (truth) =>
      truth.map((value, at) => (bad.has(Math.floor(at / 256)) ? next(2 ** 16) : value)),
    );
    let caught = 0;
    for (let i = 0; i < TRIALS; i++) {
      const { statement, bytes } = dishonest.answer(`${String(share)} ${String(i)}`);
      const reason = checkGemm(statement, bytes, check);
      const hit = statement.positions.some(({ leaf }) => bad.has(leaf));
      expect(reason).toBe(hit ? 'wrong_result' : 'none');
      if (i < 2) expect(checkGemm(statement, bytes, fullCheck(WIDE))).toBe(reason);
      caught += Number(hit);
    }
    let escape = 1;
    for (let i = 0; i <= OPENINGS; i++) escape *= (leaves - skipped - i) / (leaves - i);
    expect(1 - escape).toBeGreaterThanOrEqual(1 - (1 - share) ** OPENINGS);
    const sigma = Math.sqrt(TRIALS * escape * (1 - escape));
    expect(Math.abs(caught - TRIALS * (1 - escape))).toBeLessThanOrEqual(5 * sigma + 1);
  });
});
