// What a job takes on the device, before it begins. Pure, and never less than what is allocated.
import { leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { PAGE_BYTES, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import type { Memory } from '../backend.ts';
import { NODE_BYTES, keptNodes } from './levels.ts';
import { chunkBytes, gemmPlan, passBytes, vramPlan } from './plan.ts';
import { KEY_WORDS } from './shaders/common.ts';

/** Buffers are whole multiples of 16 bytes, arguments and readbacks take a little on top. */
const SLACK_BYTES = 2 ** 20;
const ROW_BYTES = 64;
const RANGE_BYTES = 16;

/** job: B, one chunk's A, C and leaves; proof: the kept levels of all trees. */
export function gemmMemory(params: GemmParams): Memory {
  const plan = gemmPlan(params);
  const { a, c, nodes } = chunkBytes(params, plan);
  const tree = NODE_BYTES * keptNodes(leavesPerRound(params), plan.skip) + 4 * KEY_WORDS;
  return { job: params.depth * params.columns + a + c + nodes + SLACK_BYTES, proof: params.rounds * tree + SLACK_BYTES };
}

/** job: the cache while filling; proof: the pages, what their passes work in, and the kept levels of all trees. */
export function vramMemory(params: VramParams): Memory {
  const plan = vramPlan(params);
  const { folds, nodes, kept } = passBytes(params, plan);
  const ranges = RANGE_BYTES * (plan.buffers.length + plan.batches.length);
  const pages = PAGE_BYTES * params.pages;
  return {
    job: ROW_BYTES * params.cacheRows + SLACK_BYTES,
    proof: pages + folds + nodes + params.passes * (kept + ranges + 4 * KEY_WORDS) + SLACK_BYTES,
  };
}
