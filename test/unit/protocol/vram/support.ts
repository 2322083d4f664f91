// Small vram jobs: honest ones, and ones whose memory a dishonest prover filled.
import fc from 'fast-check';
import type { Hex } from '../../../../protocol/bytes.ts';
import { checkVram, type VramStatement } from '../../../../protocol/challenges/vram/check.ts';
import { expandCache } from '../../../../protocol/challenges/vram/data.ts';
import { PAGE_WORDS, fillKey, type VramParams } from '../../../../protocol/challenges/vram/params.ts';
import { drawVramPositions } from '../../../../protocol/challenges/vram/positions.ts';
import { commitVram, fillPages, type PageSource, type VramProof } from '../../../../protocol/challenges/vram/prove.ts';
import { startOf } from '../../../../protocol/challenges/vram/start.ts';
import { word } from '../support.ts';

export const SEED = word('epoch seed');
export const NONCE = word('nonce');
export const CHALLENGE = word('challenge hash');
export const START = startOf(SEED, CHALLENGE);
export const NODE = word('node');

export function params(sizes: Omit<VramParams, 'fillKey'>): VramParams {
  return { ...sizes, fillKey: fillKey(word('beacon')) };
}

/** Four groups and a tail of nine pages, two passes, four openings a pass. */
export const SMALL = params({ pages: 137, cacheRows: 256, parents: 3, passes: 2, openings: 8 });

/** Loaded machines take several times as long. */
export const PATIENT = { timeout: 60_000 };

export type Verdict = ReturnType<typeof checkVram>;

export type Job = {
  readonly proof: VramProof;
  readonly cache: Uint32Array;
  /** The statement and opening bytes for the draw that `salt` stands for. */
  readonly answer: (salt: string) => { statement: VramStatement; bytes: Uint8Array };
  /** What the verifier says to that answer. */
  readonly verdict: (salt: string) => Verdict;
};

/** @param pages what the prover holds; by default the true pages of `NODE` */
export function job(of: VramParams, pages: Uint32Array | PageSource = fillPages(of, NODE), start: Hex = START): Job {
  const cache = expandCache(of);
  const proof = commitVram(of, start, NONCE, pages);
  const answer: Job['answer'] = (salt) => {
    const positions = drawVramPositions(SEED, word(salt), proof.commitment, of);
    return { statement: { params: of, nonce: NONCE, start, roots: proof.roots, positions }, bytes: proof.open(positions) };
  };
  const verdict = (salt: string): Verdict => {
    const { statement, bytes } = answer(salt);
    return checkVram(statement, bytes, NODE, cache);
  };
  return { proof, cache, answer, verdict };
}

/** The words of one page. */
export const pageOf = (pages: Uint32Array, page: number): Uint32Array =>
  pages.subarray(PAGE_WORDS * page, PAGE_WORDS * (page + 1));

/** Shapes small enough for many runs: odd tails, a single pass, more parents than an item has words. */
export const shapes: fc.Arbitrary<VramParams> = fc
  .record({
    pages: fc.integer({ min: 64, max: 140 }),
    cacheRows: fc.constantFrom(256, 512, 2048),
    parents: fc.constantFrom(1, 2, 15, 16, 17, 40, 256),
    passes: fc.integer({ min: 1, max: 4 }),
    perPass: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ perPass, ...sizes }) => params({ ...sizes, openings: sizes.passes * perPass }));
