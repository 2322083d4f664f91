// Kind 1 on the device: each round's A, product, leaves and tree are made there, and one root comes back. Nothing of C is kept; an
// opening multiplies its leaf again (gemm-open.ts).
import type { Hex } from '../../../protocol/bytes.ts';
import { nextNonce } from '../../../protocol/challenges/gemm/matrix.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { gemmCommitment } from '../../../protocol/challenges/gemm/prove.ts';
import type { Proof } from '../backend.ts';
import { GivenUpError, type IsGivenUp } from '../engine.ts';
import { workgroups, type Command } from './commands.ts';
import { openGemm, type Committed } from './gemm-open.ts';
import type { Gpu } from './gpu.ts';
import { hold } from './hold.ts';
import { multiplyKernel, type Kernels } from './kernels.ts';
import type { Matrices, MatrixSlab } from './matrices.ts';
import { chunkBytes, gemmPlan, type GemmPlan } from './plan.ts';
import { KEY_WORDS } from './shaders/common.ts';
import { NODE_BYTES, keptNodes } from './levels.ts';
import { finishTree, keepChunk } from './tree.ts';
import { bigEndian, leafEntry } from './words.ts';

/** Chunks handed over before the device is waited for: enough that it never idles, few enough for another proof's opening to get in. */
const AHEAD = 16;
/** The same of a job that may be given up: all of them have to end before another can begin. */
const AHEAD_GIVEN_UP = 2;
/** Chunks of a round of such a job, at least: small classes would otherwise do a round in one. */
const CHUNKS_GIVEN_UP = 8;

type Scratch = {
  readonly keys: GPUBuffer;
  readonly a: GPUBuffer;
  readonly c: GPUBuffer;
  readonly nodes: GPUBuffer;
};

/** From A's rows to kept nodes, for `rows` rows from `first` on. */
function chunkCommands(
  kernels: Kernels,
  params: GemmParams,
  plan: GemmPlan,
  { round, first, rows, kept }: { round: number; first: number; rows: number; kept: GPUBuffer },
  { keys, a, c, nodes }: Scratch,
  slabs: readonly MatrixSlab[],
): Command[] {
  const { tile, blocks, skip } = plan;
  const stride = tile.rows * Math.ceil(rows / tile.rows);
  const multiplied = slabs.flatMap((slab): Command[] => {
    const columns = LEAF_COLUMNS * slab.blocks;
    const leaves = rows * slab.blocks;
    return [
      {
        pipeline: multiplyKernel(kernels, tile),
        buffers: [a, slab.buffer, c],
        args: [stride / 4, columns / 4, params.depth / 4, rows],
        workgroups: [columns / tile.columns, stride / tile.rows],
      },
      {
        pipeline: kernels.leaves,
        buffers: [keys, c, nodes],
        args: [first, slab.firstBlock, slab.blocks, blocks, leaves, round],
        workgroups: workgroups(leaves),
      },
    ];
  });
  return [
    {
      pipeline: kernels.matrixA,
      buffers: [keys, a],
      args: [first, rows, stride, round],
      workgroups: [Math.ceil(rows / 64), params.depth / 64],
    },
    ...multiplied,
    ...keepChunk(kernels, { scratch: nodes, kept }, { first: first * blocks, leaves: rows * blocks, skip }),
  ];
}

/** The same plan in more chunks, as far as the tiles and kept nodes allow. */
function sliced(plan: GemmPlan, rows: number): GemmPlan {
  const step = Math.max(plan.tile.rows, 2 ** plan.skip);
  const slice = step * Math.max(1, Math.floor(rows / CHUNKS_GIVEN_UP / step));
  return { ...plan, rowsPerChunk: Math.min(plan.rowsPerChunk, slice) };
}

async function computeRound(
  gpu: Gpu,
  kernels: Kernels,
  params: GemmParams,
  plan: GemmPlan,
  { round, kept, isGivenUp }: { round: number; kept: GPUBuffer; isGivenUp: IsGivenUp | undefined },
  scratch: Scratch,
  slabs: readonly MatrixSlab[],
): Promise<Uint8Array> {
  const ahead = isGivenUp === undefined ? AHEAD : AHEAD_GIVEN_UP;
  const check = (): void => {
    if (isGivenUp?.() === true) throw new GivenUpError();
  };

  for (let first = 0, chunk = 1; first < params.rows; first += plan.rowsPerChunk, chunk++) {
    const rows = Math.min(plan.rowsPerChunk, params.rows - first);
    gpu.submit(chunkCommands(kernels, params, plan, { round, first, rows, kept }, scratch, slabs));
    if (chunk % ahead !== 0) continue;
    await gpu.settle();
    check();
  }
  const { commands, rootAt } = finishTree(kernels, kept, leavesPerRound(params), plan.skip);
  if (commands.length > 0) gpu.submit(commands);
  const root = bigEndian(await gpu.read(kept, rootAt, NODE_BYTES));
  check();
  return root;
}

/** @throws DeviceError memory or lost; GivenUpError */
export async function commitGemm(
  gpu: Gpu,
  kernels: Kernels,
  matrices: Matrices,
  params: GemmParams,
  nonce: Hex,
  isGivenUp?: IsGivenUp,
): Promise<Proof> {
  const whole = gemmPlan(params, gpu.budget);
  const plan = isGivenUp === undefined ? whole : sliced(whole, params.rows);
  const keptBytes = NODE_BYTES * keptNodes(leavesPerRound(params), plan.skip);
  const sizes = chunkBytes(params, plan);
  return await matrices.use(params, plan, async (slabs) => {
    const [a, c, nodes] = await gpu.allocate([sizes.a, sizes.c, sizes.nodes]);
    let held: readonly GPUBuffer[] = [];
    try {
      const [keys] = await gpu.allocate([4 * KEY_WORDS * params.rounds]);
      held = [keys];
      const kept = await gpu.allocate(Array.from({ length: params.rounds }, () => keptBytes));
      held = [keys, ...kept];
      const roots: Uint8Array[] = [];
      let current = nonce;
      for (const [round, nodesOfRound] of kept.entries()) {
        gpu.write(keys, leafEntry('assay/k1/leaf', current), 4 * KEY_WORDS * round);
        const place = { round, kept: nodesOfRound, isGivenUp };
        const root = await computeRound(gpu, kernels, params, plan, place, { keys, a, c, nodes }, slabs);
        roots.push(root);
        current = nextNonce(nonce, round, root);
      }
      return proofOf(gpu, kernels, matrices, { params, plan, keys, kept }, { nonce, roots });
    } catch (error) {
      gpu.free(held);
      throw error;
    } finally {
      gpu.free([a, c, nodes]);
    }
  });
}

function proofOf(
  gpu: Gpu,
  kernels: Kernels,
  matrices: Matrices,
  committed: Committed,
  { nonce, roots }: { nonce: Hex; roots: readonly Uint8Array[] },
): Proof {
  const held = hold(gpu, 'proof', [committed.keys, ...committed.kept]);
  return {
    roots,
    commitment: gemmCommitment(nonce, roots),
    open: (positions) => held.use(() => openGemm(gpu, kernels, matrices, committed, positions)),
    release: held.release,
  };
}
