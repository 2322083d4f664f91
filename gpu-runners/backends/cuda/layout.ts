// Sizes: images of the matrices, pieces of a job that are in the device's memory at a time, nodes of a tree. Pure; the kernels'
// files say what lies where.
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { GROUP_PAGES, groupsOf, type VramParams } from '../../../protocol/challenges/vram/params.ts';

/** How products are made: Hopper's warpgroup instructions, `mma` on bytes, `mma` on bfloat16 with exact sums. */
export type Variant = 'hopper' | 'int8' | 'bf16';

/** Bytes of depth in one slab. */
const SLAB = 128;
/** Leaves under one node of level 8, the lowest level that is kept. */
export const SUBTREE = 256;
export const NODE_BYTES = 32;
const FOLD_BYTES = 32;
/** Rows of a chunk are a multiple of this: its leaves then begin at a subtree. */
const CHUNK_STEP = 256;
/** What is in the device's memory, or in one launch, at a time. */
export type Limits = {
  /** Bytes of the image of the rows that are multiplied at a time: enough tiles for thousands of blocks of threads. */
  readonly chunkBytes: number;
  /** Pages that one launch folds, a multiple of 8,192. */
  readonly passPages: number;
  /** Pages that one launch fills: short enough to look up between two. */
  readonly fillPages: number;
};
/** 256 MiB; 4 GiB, with 32 MiB of folds; 256 MiB. */
export const LIMITS: Limits = { chunkBytes: 2 ** 28, passPages: 2 ** 22, fillPages: 2 ** 18 };
/** Of the rows multiplied at a time. */
const FOLDS_BYTES_MAX = 64 * 2 ** 20;

export function blocksOf({ columns }: Pick<GemmParams, 'columns'>): number {
  return columns / LEAF_COLUMNS;
}

/** Slabs of a row or column of this depth. */
export function slabsOf(depth: number, variant: Variant): number {
  return Math.ceil((depth * (variant === 'bf16' ? 2 : 1)) / SLAB);
}

/** Rows of A that one block of threads multiplies. */
export const tileRows = (variant: Variant): number => (variant === 'bf16' ? 64 : 128);

export function paddedRows(rows: number, variant: Variant): number {
  return Math.ceil(rows / tileRows(variant)) * tileRows(variant);
}

/** Bytes of the image of `rows` rows of A, a multiple of a tile's. */
export const imageBytes = (rows: number, depth: number, variant: Variant): number => rows * slabsOf(depth, variant) * SLAB;

/** Rows that are made, multiplied and folded at a time. */
export function chunkRows(params: GemmParams, variant: Variant, { chunkBytes }: Limits = LIMITS): number {
  const byImage = chunkBytes / imageBytes(1, params.depth, variant);
  const byFolds = FOLDS_BYTES_MAX / (FOLD_BYTES * blocksOf(params));
  const steps = Math.max(1, Math.floor(Math.min(byImage, byFolds) / CHUNK_STEP));
  return Math.min(steps * CHUNK_STEP, paddedRows(params.rows, variant));
}

export const foldsBytes = (rows: number, params: GemmParams): number => FOLD_BYTES * rows * blocksOf(params);

/** Nodes of the levels that are kept, level 8 first, the root last. */
export function levelSizes(leaves: number): number[] {
  const sizes = [Math.ceil(leaves / SUBTREE)];
  for (let size = sizes[0] ?? 1; size > 1; sizes.push(size)) size = Math.ceil(size / 2);
  return sizes;
}

/** Bytes of one tree's kept nodes. */
export function treeBytes(leaves: number): number {
  return NODE_BYTES * levelSizes(leaves).reduce((sum, size) => sum + size, 0);
}

/** Bytes of what a job's rounds leave behind: trees, keys and roots. */
export function proofBytes(rounds: number, leaves: number): number {
  return rounds * (treeBytes(leaves) + 2 * NODE_BYTES) + NODE_BYTES;
}

export const gemmProofBytes = (params: GemmParams): number => proofBytes(params.rounds, leavesPerRound(params));
export const vramProofBytes = (params: VramParams): number => proofBytes(params.passes, groupsOf(params));

/** Pages under one node of level 8, and openings of pages that are worked on at a time: folds and digests of 68 KiB each. */
export const SUBTREE_PAGES = SUBTREE * GROUP_PAGES;
export const OPENED_AT_ONCE = 64;
export const vramOpeningBytes = OPENED_AT_ONCE * (8 * SUBTREE_PAGES + 16 * SUBTREE + NODE_BYTES);
