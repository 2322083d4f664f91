// Before a device earns anything it shows on two small jobs that it computes what the protocol says, whatever driver and compiler made
// of the kernels: shapes with odd ends, half a slab, and more slabs than the stages and the floating-point sums go without a flush.
import type { Hex } from '../../../protocol/bytes.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../../protocol/challenges/gemm/prove.ts';
import type { VramParams } from '../../../protocol/challenges/vram/params.ts';
import { commitVram, fillPages } from '../../../protocol/challenges/vram/prove.ts';
import type { Gpu } from './gpu.ts';
import { commitOnGpu, type Multiplier } from './gemm.ts';
import { createMatrices } from './matrix.ts';
import { fillOnGpu } from './vram.ts';

const KEY: Hex = `0x${'5e1f'.repeat(16)}`;
const NODE: Hex = `0x${'7e57'.repeat(16)}`;
const GEMM: GemmParams = { rows: 70, columns: 256, depth: 576, rounds: 1, openings: 1, matrixKey: KEY };
const VRAM: VramParams = { pages: 70, cacheRows: 256, parents: 17, passes: 2, openings: 2, fillKey: KEY };

/** The commitment that a right device comes to. */
let expectedGemm: Hex | null = null;

function gemmExpected(): Hex {
  expectedGemm ??= commitGemm(GEMM, NODE, (_, nonce) => multiplyRound(GEMM, expandMatrixB(GEMM), nonce)).commitment;
  return expectedGemm;
}

/** Whether the device multiplies right this way. @throws DeviceError */
export async function multipliesRight(gpu: Gpu, multiplier: Multiplier): Promise<boolean> {
  const matrices = createMatrices(gpu, multiplier.variant);
  try {
    const proof = await commitOnGpu(gpu, multiplier, matrices, GEMM, NODE);
    proof.release();
    return proof.commitment === gemmExpected();
  } finally {
    matrices.drop(0);
  }
}

/** Whether the device fills and folds right. @throws DeviceError */
export async function foldsRight(gpu: Gpu): Promise<boolean> {
  const fill = await fillOnGpu(gpu, VRAM, NODE);
  try {
    const proof = await fill.pass(KEY, NODE);
    return proof.commitment === commitVram(VRAM, KEY, NODE, fillPages(VRAM, NODE)).commitment;
  } finally {
    fill.release();
  }
}
