// How proofs are made on the CPU: the honest way is the reference of protocol/; dishonest runners (adversaries/) bring one of their
// own for either kind.
import type { Hex } from '../../../protocol/bytes.ts';
import { commitGemm, type ComputeRound, type GemmProof } from '../../../protocol/challenges/gemm/prove.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { writePage } from '../../../protocol/challenges/vram/data.ts';
import { PAGE_WORDS, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import { commitVram, type PageSource, type VramProof } from '../../../protocol/challenges/vram/prove.ts';

/** Makes a proof; `compute` gives a round's true values. */
export type Prove = (params: GemmParams, nonce: Hex, compute: ComputeRound) => GemmProof;

/** What pages are made of; `between` is to be called every few pages, so that other work keeps its deadlines. */
export type FillJob = {
  readonly params: VramParams;
  /** `expandCache` of the same parameters. */
  readonly cache: Uint32Array;
  /** `dataKey` of this node. */
  readonly key: Uint32Array;
  readonly between: () => void;
};

/** Everything that has to be there before the start is known; afterwards folds all passes, once. */
export type FillWith = (job: FillJob) => (start: Hex, nonce: Hex) => VramProof;

export type Provers = { readonly gemm: Prove; readonly fill: FillWith };

/** Pages between two looks into the mailbox: well under a millisecond of filling. */
const PAGES_PER_LOOK = 16;

/** All pages of the node, made and held. */
export function storePages({ params, cache, key, between }: FillJob): Uint32Array {
  const pages = new Uint32Array(PAGE_WORDS * params.pages);
  for (let page = 0; page < params.pages; page++) {
    if (page % PAGES_PER_LOOK === 0) between();
    writePage(pages, PAGE_WORDS * page, params, cache, key, page);
  }
  return pages;
}

/** A source that looks up now and then. */
export function attentive(source: PageSource, between: () => void): PageSource {
  return (page, pass) => {
    if (page % PAGES_PER_LOOK === 0) between();
    return source(page, pass);
  };
}

const fillHonestly: FillWith = (job) => {
  let pages: Uint32Array | null = storePages(job);
  return (start, nonce) => {
    const held = pages ?? new Uint32Array();
    pages = null; // what is left to be kept afterwards are the folds
    const source = attentive((page) => held.subarray(PAGE_WORDS * page, PAGE_WORDS * (page + 1)), job.between);
    return commitVram(job.params, start, nonce, source);
  };
};

export const HONEST: Provers = { gemm: commitGemm, fill: fillHonestly };
