// How a job is cut so that it fits any device: B into slabs of columns, C into chunks of rows, a node's memory into buffers, and the
// trees' lowest levels left out where keeping them would take too much. Pure; what a result is never depends on any of it.
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { GROUP_PAGES, PAGE_BYTES, groupsOf, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import { LARGE_TILE, SMALL_TILE, type Tile } from './shaders/multiply.ts';
import { NODE_BYTES, keptNodes, scratchNodes } from './levels.ts';

const MIB = 2 ** 20;

export type Budget = {
  /** Bytes of one buffer. */
  readonly bufferBytes: number;
  /** Bytes of what is made and used up again within a job: a chunk of C, folds. */
  readonly chunkBytes: number;
  /** Bytes of all trees of one proof of kind 1. */
  readonly treeBytes: number;
};

/** Each device of WebGPU binds 128 MiB at least; more than 1 GiB at once brings nothing. */
export const BUDGET: Budget = { bufferBytes: 1024 * MIB, chunkBytes: 128 * MIB, treeBytes: 256 * MIB };

/** Multiplications of one submission: a tenth of a second on a fast device, and no hang to the watchdog of a slow one. */
const CHUNK_PRODUCTS = 2 ** 38;
/** Up to this many rows the small tile wastes less. */
const SMALL_ROWS_MAX = 96;
/** Levels that kind 1 may leave out at most: an opening multiplies 2^levels leaves again. */
const SKIP_MAX = 10;
/** Levels that kind 2 leaves out: 32 groups of 32 pages, 1 MiB that an opening folds again; a buffer is a whole number of them. */
export const VRAM_SKIP = 5;
export const SPAN_PAGES = GROUP_PAGES * 2 ** VRAM_SKIP;

export type Slab = { readonly firstBlock: number; readonly blocks: number };
export type GemmPlan = {
  readonly tile: Tile;
  /** Column blocks of 256, all slabs together. */
  readonly blocks: number;
  readonly slabs: readonly Slab[];
  readonly rowsPerChunk: number;
  /** Lowest levels of each tree that are not kept. */
  readonly skip: number;
};

const ceilTo = (value: number, step: number): number => step * Math.ceil(value / step);
const floorTo = (value: number, step: number): number => Math.max(step, step * Math.floor(value / step));

export function gemmPlan(params: GemmParams, budget: Budget = BUDGET): GemmPlan {
  const { rows, columns, depth, rounds } = params;
  const blocks = columns / LEAF_COLUMNS;
  let skip = 0;
  while (skip < SKIP_MAX && rounds * NODE_BYTES * keptNodes(leavesPerRound(params), skip) > budget.treeBytes) skip++;
  const tile = rows <= SMALL_ROWS_MAX ? SMALL_TILE : LARGE_TILE;
  const rowStep = Math.max(tile.rows, 2 ** skip);
  // A slab fits a buffer, and so does the smallest chunk of C under it.
  const fittingBlocks = Math.min(budget.bufferBytes / depth, budget.chunkBytes / (4 * rowStep)) / LEAF_COLUMNS;
  const slabBlocks = Math.min(blocks, floorTo(fittingBlocks, 1));
  const slabs = Array.from({ length: Math.ceil(blocks / slabBlocks) }, (_, i) => ({
    firstBlock: i * slabBlocks,
    blocks: Math.min(slabBlocks, blocks - i * slabBlocks),
  }));
  const inMemory = budget.chunkBytes / Math.max(4 * LEAF_COLUMNS * slabBlocks, depth);
  const fitting = floorTo(Math.min(inMemory, CHUNK_PRODUCTS / (columns * depth)), rowStep);
  return { tile, blocks, slabs, rowsPerChunk: Math.min(fitting, ceilTo(rows, rowStep)), skip };
}

/** Bytes of the buffers that one chunk of rows works in: A, C of one slab, the leaves of all slabs. */
export function chunkBytes({ rows, depth }: GemmParams, plan: GemmPlan): { a: number; c: number; nodes: number } {
  const { tile, rowsPerChunk, blocks, slabs, skip } = plan;
  const most = Math.min(rows, rowsPerChunk);
  return {
    a: depth * ceilTo(most, tile.rows),
    c: 4 * LEAF_COLUMNS * most * Math.max(...slabs.map((slab) => slab.blocks)),
    nodes: NODE_BYTES * scratchNodes(most * blocks, skip),
  };
}

/** Pages from `first` on: one buffer, or the buffers whose folds are digested together. */
export type PageRange = { readonly first: number; readonly pages: number };
export type VramPlan = {
  readonly buffers: readonly PageRange[];
  readonly batches: readonly { readonly pages: PageRange; readonly buffers: readonly number[] }[];
};

export function vramPlan({ pages }: Pick<VramParams, 'pages'>, budget: Budget = BUDGET): VramPlan {
  const perBuffer = floorTo(budget.bufferBytes / PAGE_BYTES, SPAN_PAGES);
  const perBatch = Math.max(1, Math.floor(budget.chunkBytes / (2 * foldBytes(perBuffer))));
  const buffers = Array.from({ length: Math.ceil(pages / perBuffer) }, (_, i) => ({
    first: i * perBuffer,
    pages: Math.min(perBuffer, pages - i * perBuffer),
  }));
  const batches = Array.from({ length: Math.ceil(buffers.length / perBatch) }, (_, i) => {
    const first = i * perBatch * perBuffer;
    const members = buffers.map((_buffer, at) => at).slice(i * perBatch, (i + 1) * perBatch);
    return { pages: { first, pages: Math.min(perBatch * perBuffer, pages - first) }, buffers: members };
  });
  return { buffers, batches };
}

/** Bytes of the folds of so many pages. */
export function foldBytes(pages: number): number {
  return 8 * pages;
}

/** Bytes of the buffers that one pass works in, and of each pass's kept tree. */
export function passBytes(
  params: Pick<VramParams, 'pages'>,
  { batches }: VramPlan,
): { folds: number; nodes: number; kept: number } {
  const most = Math.max(...batches.map(({ pages }) => pages.pages));
  return {
    folds: foldBytes(most),
    nodes: NODE_BYTES * scratchNodes(groupsOf({ pages: most }), VRAM_SKIP),
    kept: NODE_BYTES * keptNodes(groupsOf(params), VRAM_SKIP),
  };
}
