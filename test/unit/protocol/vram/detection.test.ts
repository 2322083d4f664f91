// How often memory that is not there is caught: with k openings, 1 − (1 − s)^k. Pages are drawn without replacement within a
// pass, which only helps the verifier, and by less than can be seen here.
import { describe, expect, test } from 'vitest';
import { drawVramPositions } from '../../../../protocol/challenges/vram/positions.ts';
import { PAGE_WORDS } from '../../../../protocol/challenges/vram/params.ts';
import { fillPages } from '../../../../protocol/challenges/vram/prove.ts';
import { checkVram } from '../../../../protocol/challenges/vram/check.ts';
import { seeded, word } from '../support.ts';
import { NODE, PATIENT, SEED, job, pageOf, params } from './support.ts';

const TRIALS = 400;
const TAIL = 1e-6;
const WIDE = params({ pages: 4_096, cacheRows: 256, parents: 1, passes: 4, openings: 16 });

/** The counts that a binomial of chance p leaves with probability below 10⁻⁶ on either side, exactly. */
function interval(trials: number, p: number): { lo: number; hi: number } {
  if (p === 0) return { lo: 0, hi: 0 };
  const mass: number[] = [];
  for (let i = 0, choose = 0; i <= trials; i++) {
    mass.push(Math.exp(choose + i * Math.log(p) + (trials - i) * Math.log1p(-p))); // in logarithms: (1 − p)^trials underflows
    choose += Math.log((trials - i) / (i + 1));
  }
  const total = mass.reduce((sum, one) => sum + one, 0);
  if (Math.abs(total - 1) > 1e-9) throw new Error('the masses do not add up to 1');
  let [lo, below] = [0, mass[0] ?? 0];
  while (below < TAIL) below += mass[++lo] ?? 1;
  let [hi, above] = [trials, mass[trials] ?? 0];
  while (above < TAIL) above += mass[--hi] ?? 1;
  return { lo, hi };
}

describe('a node that keeps only some of its pages', PATIENT, () => {
  const truth = fillPages(WIDE, NODE);

  test.each([0, 0.01, 0.05, 0.1, 0.3])('a share of %d missing is caught as often as predicted', (share) => {
    const missing = Math.round(share * WIDE.pages);
    const next = seeded(1 + Math.round(1000 * share));
    const order = Array.from({ length: WIDE.pages }, (_, i) => i);
    for (let i = 0; i < missing; i++) {
      const j = i + next(WIDE.pages - i);
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    const bad = new Set(order.slice(0, missing));
    const garbage = Uint32Array.from({ length: PAGE_WORDS }, () => next(2 ** 32));
    const { answer, cache } = job(WIDE, (page) => (bad.has(page) ? garbage : pageOf(truth, page)));
    let caught = 0;
    for (let i = 0; i < TRIALS; i++) {
      const { statement, bytes } = answer(`${String(share)} ${String(i)}`);
      const hit = statement.positions.some(({ leaf }) => bad.has(leaf));
      expect(checkVram(statement, bytes, NODE, cache)).toBe(hit ? 'wrong_result' : 'none');
      caught += Number(hit);
    }
    const { lo, hi } = interval(TRIALS, 1 - (1 - missing / WIDE.pages) ** WIDE.openings);
    expect(caught).toBeGreaterThanOrEqual(lo);
    expect(caught).toBeLessThanOrEqual(hi);
  });

  test('every page is as likely to be drawn as any other', () => {
    const bins = new Array<number>(64).fill(0);
    const draws = 1_000;
    for (let i = 0; i < draws; i++) {
      for (const { leaf } of drawVramPositions(SEED, word(`even ${String(i)}`), word('commitment'), WIDE)) {
        const bin = Math.floor(leaf / (WIDE.pages / bins.length));
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
    }
    const expected = (draws * WIDE.openings) / bins.length;
    const chi = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(131); // 63 degrees of freedom: chance of 10^-6 for a uniform source, and the seed is fixed
  });
});
