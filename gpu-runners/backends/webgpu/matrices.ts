// The matrices B of the newest epochs, made on the device and kept there. One that a job or an opening uses is never dropped.
import { chachaKey } from '../../../protocol/chacha.ts';
import { fromHex } from '../../../protocol/bytes.ts';
import { LEAF_COLUMNS, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { MATRICES_MAX } from '../../limits.ts';
import { workgroups } from './commands.ts';
import type { Gpu } from './gpu.ts';
import type { Kernels } from './kernels.ts';
import type { GemmPlan, Slab } from './plan.ts';
import { KEY_WORDS } from './shaders/common.ts';
import { dataEntry } from './words.ts';

export type MatrixSlab = Slab & { readonly buffer: GPUBuffer };
type Kept = { slabs: Promise<readonly MatrixSlab[]>; users: number };

export type Matrices = {
  /** Runs `work` with B, made now unless it is there. */
  use<T>(params: GemmParams, plan: GemmPlan, work: (slabs: readonly MatrixSlab[]) => Promise<T>): Promise<T>;
  /** Frees all that nobody uses now. */
  trim(): void;
};

async function make(gpu: Gpu, kernels: Kernels, params: GemmParams, plan: GemmPlan): Promise<readonly MatrixSlab[]> {
  const depthWords = params.depth / 4;
  const sizes = plan.slabs.map(({ blocks }) => params.depth * LEAF_COLUMNS * blocks);
  const [keys, ...buffers] = await gpu.allocate([4 * KEY_WORDS, ...sizes] as const);
  gpu.write(keys, dataEntry(chachaKey(fromHex(params.matrixKey, 32))));
  const slabs = plan.slabs.flatMap((slab, i) => {
    const buffer = buffers[i];
    return buffer === undefined ? [] : [{ ...slab, buffer }];
  });
  gpu.submit(
    slabs.map(({ buffer, firstBlock, blocks }) => ({
      pipeline: kernels.matrixB,
      buffers: [keys, buffer],
      args: [4 * firstBlock, 4 * blocks, (LEAF_COLUMNS / 4) * blocks, depthWords],
      workgroups: workgroups(depthWords * 4 * blocks),
    })),
  );
  gpu.free([keys]);
  return slabs;
}

export function createMatrices(gpu: Gpu, kernels: Kernels, max: number = MATRICES_MAX): Matrices {
  const kept = new Map<string, Kept>();

  const drop = (key: string, { slabs }: Kept): void => {
    kept.delete(key);
    slabs.then(
      (made) => gpu.free(made.map(({ buffer }) => buffer)),
      () => undefined, // what could not be made holds nothing
    );
  };
  const shrink = (most: number): void => {
    for (const [key, matrix] of kept) if (kept.size > most && matrix.users === 0) drop(key, matrix);
  };
  return {
    trim: () => shrink(0),
    async use(params, plan, work) {
      const key = `${params.matrixKey}/${String(params.columns)}/${String(params.depth)}`;
      const known = kept.get(key);
      if (known === undefined) shrink(max - 1);
      const matrix = known ?? { slabs: make(gpu, kernels, params, plan), users: 0 };
      kept.delete(key);
      kept.set(key, matrix);
      matrix.users++;
      try {
        return await work(await matrix.slabs);
      } catch (error) {
        await matrix.slabs.catch(() => kept.delete(key));
        throw error;
      } finally {
        matrix.users--;
      }
    },
  };
}
