// What jobs need of the device's memory, from their parameters alone: what the server admits jobs by.
import { LEAF_COLUMNS, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { PAGE_BYTES, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import type { Memory } from '../backend.ts';
import {
  LIMITS,
  SUBTREE,
  chunkRows,
  foldsBytes,
  gemmProofBytes,
  imageBytes,
  paddedRows,
  vramOpeningBytes,
  vramProofBytes,
  type Variant,
} from './layout.ts';

const CACHE_ROW_BYTES = 64;
const PAGE_FOLD_BYTES = 8;
/** An opening's digests and values. */
const OPENED_BYTES = 16 * SUBTREE + 4 * LEAF_COLUMNS + 32;
/** Keys, heads and what an allocation is rounded up by. */
const SMALL_BYTES = 2 ** 20;

/** Bytes of the image of B. */
export const matrixBytes = ({ columns, depth }: GemmParams, variant: Variant): number => imageBytes(columns, depth, variant);

/** Bytes that opening needs besides the matrix. */
function openingBytes(params: GemmParams, variant: Variant): number {
  const rows = paddedRows(Math.min(SUBTREE, params.rows), variant);
  return imageBytes(rows, params.depth, variant) + foldsBytes(rows, params) + (params.openings + 1) * OPENED_BYTES;
}

/**
 * Bytes of device memory for one gemm job. bfloat16 takes the most, and is what is counted unless a variant is named.
 * The proof keeps upper levels of its trees only: opened rows are made again.
 */
export function gemmMemory(params: GemmParams, variant: Variant = 'bf16'): Memory {
  const rows = chunkRows(params, variant);
  const job = imageBytes(rows, params.depth, variant) + foldsBytes(rows, params) + matrixBytes(params, variant);
  return { job: job + openingBytes(params, variant) + SMALL_BYTES, proof: gemmProofBytes(params) };
}

/** Bytes of device memory for one vram job: its fill keeps pages, what the passes leave and room to open; making it takes the cache besides. */
export function vramMemory(params: VramParams): Memory {
  const folds = PAGE_FOLD_BYTES * Math.min(params.pages, LIMITS.passPages);
  const proof = PAGE_BYTES * params.pages + folds + vramProofBytes(params) + vramOpeningBytes + SMALL_BYTES;
  return { job: CACHE_ROW_BYTES * params.cacheRows, proof };
}
