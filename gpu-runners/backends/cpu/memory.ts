// What jobs take of the machine's memory.
import { leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { FOLD_BYTES } from '../../../protocol/challenges/vram/fold.ts';
import { PAGE_BYTES, groupsOf, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import type { Memory } from '../backend.ts';
import { packedBytes } from './matrix.ts';

/** A leaf's digest, its hash and its share of the tree, as JavaScript objects. */
const LEAF_BYTES = 600;
const CACHE_ROW_BYTES = 64;

export function gemmMemory(params: GemmParams): Memory {
  const values = 4 * params.rows * params.columns;
  return { job: packedBytes(params), proof: params.rounds * (values + LEAF_BYTES * leavesPerRound(params)) };
}

/** `proof` holds pages and folds, although the pages are dropped after the passes: what is reserved once need not grow. */
export function vramMemory(params: VramParams): Memory {
  const { pages, cacheRows, passes } = params;
  const folds = passes * (FOLD_BYTES * pages + LEAF_BYTES * groupsOf(params));
  return { job: CACHE_ROW_BYTES * cacheRows, proof: PAGE_BYTES * pages + folds };
}
