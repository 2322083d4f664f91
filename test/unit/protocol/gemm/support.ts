// Small gemm jobs: honest ones, and ones whose rounds a dishonest prover computed.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { toHex, type Hex } from '../../../../protocol/bytes.ts';
import type { GemmStatement } from '../../../../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../../../../protocol/challenges/gemm/matrix.ts';
import { leavesPerRound, matrixKey, type GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import { drawPositions } from '../../../../protocol/challenges/gemm/positions.ts';
import { commitGemm, multiplyRound, type GemmProof } from '../../../../protocol/challenges/gemm/prove.ts';
import { word } from '../support.ts';

export const SEED = word('epoch seed');
export const NONCE = word('nonce');

export function params(sizes: Omit<GemmParams, 'matrixKey'>): GemmParams {
  return { ...sizes, matrixKey: matrixKey(word('beacon')) };
}

/** Two rounds, two column blocks, 18 leaves a round, three openings a round. */
export const SMALL = params({ rows: 9, columns: 512, depth: 64, rounds: 2, openings: 6 });

/** The same with one opening a round, for thousands of tries. */
export const TINY = params({ rows: 9, columns: 512, depth: 64, rounds: 2, openings: 2 });

/** Loaded machines take several times as long. */
export const PATIENT = { timeout: 60_000 };

/** What a prover commits as round `round`, given the true values. */
export type Cheat = (truth: Int32Array, round: number, nonce: Hex) => Int32Array;

export type Job = {
  readonly params: GemmParams;
  readonly nonce: Hex;
  readonly proof: GemmProof;
  /** The statement and opening bytes for the draw that `salt` stands for. */
  readonly answer: (salt: string) => { statement: GemmStatement; bytes: Uint8Array };
};

export function job(of: GemmParams, nonce: Hex = NONCE, cheat: Cheat = (truth) => truth): Job {
  const b = expandMatrixB(of);
  const proof = commitGemm(of, nonce, (round, current) => cheat(multiplyRound(of, b, current), round, current));
  const answer = (salt: string): { statement: GemmStatement; bytes: Uint8Array } => {
    const challengeHash = toHex(createHash('sha256').update(salt).digest());
    const positions = drawPositions(SEED, challengeHash, proof.commitment, of);
    return { statement: { params: of, nonce, roots: proof.roots, positions }, bytes: proof.open(positions) };
  };
  return { params: of, nonce, proof, answer };
}

/** Shapes small enough for hundreds of runs, with odd leaf counts. */
export const shapes: fc.Arbitrary<GemmParams> = fc
  .record({
    rows: fc.integer({ min: 2, max: 13 }),
    columns: fc.constantFrom(256, 512, 768),
    depth: fc.constantFrom(64, 128, 192),
    rounds: fc.integer({ min: 1, max: 3 }),
    perRound: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ perRound, ...sizes }) => {
    const leaves = leavesPerRound({ ...params({ ...sizes, openings: sizes.rounds }) });
    return params({ ...sizes, openings: sizes.rounds * Math.min(perRound, leaves - 1) });
  });
