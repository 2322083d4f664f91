// Measure 4: how often a prover that skips a fraction of its leaves is caught. Real proofs at a small profile in which the skipped
// leaves hold plausible made-up values, positions drawn from random seeds, the production check.
import { randomBytes } from 'node:crypto';
import { toHex } from '../protocol/bytes.ts';
import { checkGemm, secretCheck } from '../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../protocol/challenges/gemm/matrix.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import { drawPositions } from '../protocol/challenges/gemm/positions.ts';
import { commitGemm, multiplyRound, type GemmProof } from '../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../protocol/challenges/gemm/secrets.ts';
import { Z_95, Z_999, wilson } from './chance.ts';
import { alone, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';

const SKIPS = [0.01, 0.05, 0.1, 0.5];
/** Audits of one proof: its skipped leaves stay, its positions are drawn anew each time. */
const DRAWS_PER_PROOF = 100;
const TRIES = 2_000;

const shape: Omit<GemmParams, 'matrixKey'> = { rows: 128, columns: 1024, depth: 64, rounds: 4, openings: 64 };

/** So many different leaves of a round, uniformly. */
function someLeaves(leaves: number, count: number): number[] {
  const all = Array.from({ length: leaves }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + (randomBytes(4).readUInt32BE() % (leaves - i));
    [all[i], all[j]] = [all[j] ?? 0, all[i] ?? 0];
  }
  return all.slice(0, count);
}

/** What was skipped holds values of the right size: sums of `depth` products of two bytes have about this spread. */
function madeUp(depth: number): number {
  const spread = Math.round(Math.sqrt(depth) * 74 * 74);
  return (randomBytes(4).readUInt32BE() % (2 * spread)) - spread;
}

function skippingProof(params: GemmParams, b: Int8Array, skipped: number): { nonce: `0x${string}`; proof: GemmProof } {
  const nonce = toHex(randomBytes(32));
  const proof = commitGemm(params, nonce, (_, current) => {
    const values = multiplyRound(params, b, current);
    for (const leaf of someLeaves(leavesPerRound(params), skipped)) {
      for (let c = 0; c < LEAF_COLUMNS; c++) values[leaf * LEAF_COLUMNS + c] = madeUp(params.depth);
    }
    return values;
  });
  return { nonce, proof };
}

/** Chance that `draws` different leaves of `leaves` are all computed ones, when `skipped` are not. */
function missesAll(leaves: number, skipped: number, draws: number): number {
  let chance = 1;
  for (let i = 0; i < draws; i++) chance *= Math.max(0, leaves - skipped - i) / (leaves - i);
  return chance;
}

/** Exact chance to be caught: the same number of leaves in every round without replacement, one more in one round. */
function exactChance(params: GemmParams, skipped: number): number {
  const leaves = leavesPerRound(params);
  const each = params.openings / params.rounds;
  return 1 - missesAll(leaves, skipped, each) ** (params.rounds - 1) * missesAll(leaves, skipped, each + 1);
}

function caughtOf(params: GemmParams, skipped: number, tries: number): number {
  const seed = toHex(randomBytes(32));
  const isProduct = secretCheck(params, gemmSecrets(seed, params));
  const b = expandMatrixB(params);
  let caught = 0;
  for (let done = 0; done < tries; done += DRAWS_PER_PROOF) {
    const { nonce, proof } = skippingProof(params, b, skipped);
    for (let i = 0; i < Math.min(DRAWS_PER_PROOF, tries - done); i++) {
      const positions = drawPositions(toHex(randomBytes(32)), toHex(randomBytes(32)), proof.commitment, params);
      const verdict = checkGemm({ params, nonce, roots: proof.roots, positions }, proof.open(positions), isProduct);
      if (verdict === 'bad_opening') throw new Error('a proof with made-up values must still have the right form');
      if (verdict === 'wrong_result') caught++;
    }
  }
  return caught;
}

const percent = (share: number): number => 100 * share;

async function run({ quick, say }: BenchOptions): Promise<Section> {
  const params: GemmParams = { ...shape, matrixKey: toHex(randomBytes(32)) };
  const leaves = leavesPerRound(params);
  const tries = quick ? DRAWS_PER_PROOF : TRIES;
  if (caughtOf(params, 0, 10) !== 0) throw new Error('an honest proof was refused');
  const lines = SKIPS.map((skip): Line => {
    say(`detection: ${String(percent(skip))} % skipped`);
    const skipped = Math.round(skip * leaves);
    const caught = caughtOf(params, skipped, tries);
    const { low, high } = wilson(caught, tries, Z_95);
    const wide = wilson(caught, tries, Z_999);
    const formula = percent(1 - (1 - skipped / leaves) ** params.openings);
    const exact = exactChance(params, skipped);
    const share = { median: percent(caught / tries), min: percent(low), max: percent(high), runs: 2 };
    return {
      ...alone(
        `${String(percent(skip))} % skipped (${String(skipped)} of ${String(leaves)}): ${String(caught)} ÷ ${String(tries)}`,
        '%',
        [],
      ),
      figure: share,
      beside: { what: '1−(1−f)^64', figure: { median: formula, min: formula, max: formula, runs: 1 } },
      aim: { text: `exact ${percent(exact).toFixed(2)} %`, met: wide.low <= exact + 1e-9 && exact - 1e-9 <= wide.high },
    };
  });
  return {
    title: `Detection at k = ${String(params.openings)}: caught ÷ tried, with 95 % intervals (Wilson) in place of min–max`,
    lines,
    notes: [
      `Profile ${String(params.rows)} × ${String(params.columns)} × ${String(params.depth)}, ${String(params.rounds)} rounds of ${String(leaves)} leaves; the given number of leaves of every round is made up, the trees are honest over them.`,
      `${String(DRAWS_PER_PROOF)} audits a proof: positions come from a new seed each time, so audits of one proof are independent given its skipped leaves, and the chance does not depend on which those are.`,
      '“Exact” is for what is drawn: 16 leaves a round without replacement and the secretless one. An aim is met when the 99.9 % interval holds the exact value (four 95 % intervals would miss one in every fifth run); 1−(1−f)^64 is the lower bound that the protocol promises.',
    ],
  };
}

export const detection: Bench = { name: 'detection', about: 'how often skipping a fraction is caught', run };
