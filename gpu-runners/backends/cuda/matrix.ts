// Images of B, one an epoch: the last ones are kept, as making one costs as much as a small job. One that a job is working with stays.
import { fromHex } from '../../../protocol/bytes.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { MATRICES_MAX } from '../../limits.ts';
import { DeviceError } from '../engine.ts';
import type { Pointer } from './driver.ts';
import type { Area, Gpu } from './gpu.ts';
import { slabsOf, type Variant } from './layout.ts';
import { matrixBytes } from './memory.ts';
import { swapWords } from './rounds.ts';

type Kept = { readonly image: Area; readonly key: Area; users: number };

export type Matrices = {
  /** The image of B; it stays until as many `leave` as `use` were called. */
  readonly use: (params: GemmParams) => Pointer;
  readonly leave: (params: GemmParams) => void;
  /** Frees those that nobody uses, all but the newest `keep`. */
  readonly drop: (keep: number) => void;
};

const nameOf = ({ matrixKey, columns, depth }: GemmParams): string => `${matrixKey}/${columns}/${depth}`;

export function createMatrices(gpu: Gpu, variant: Variant): Matrices {
  const kept = new Map<string, Kept>();

  const drop = (keep: number): void => {
    for (const [name, { image, key, users }] of kept) {
      if (kept.size <= keep) return;
      if (users > 0) continue;
      kept.delete(name);
      gpu.free(image);
      gpu.free(key);
    }
  };
  /** Where memory is short, matrices that nobody uses are the first to go. */
  const allocate = (bytes: number): Area => {
    try {
      return gpu.allocate(bytes);
    } catch (error) {
      if (!(error instanceof DeviceError && error.code === 'memory')) throw error;
      drop(0);
      return gpu.allocate(bytes);
    }
  };
  const make = (params: GemmParams): Kept => {
    drop(MATRICES_MAX - 1);
    const key = gpu.allocate(32);
    try {
      const image = allocate(matrixBytes(params, variant));
      const slabs = slabsOf(params.depth, variant);
      gpu.upload(key.at, swapWords(fromHex(params.matrixKey, 32)));
      const kernel = variant === 'bf16' ? 'expandB16' : 'expandB8';
      gpu.launch(kernel, slabs * (params.columns / 64), 128, [image.at, key.at, slabs, params.depth]);
      return { image, key, users: 0 };
    } catch (error) {
      gpu.free(key);
      throw error;
    }
  };
  return {
    use(params) {
      const name = nameOf(params);
      const matrix = kept.get(name) ?? make(params);
      kept.delete(name); // and last again: the first is the one that was used longest ago
      kept.set(name, matrix);
      matrix.users++;
      return matrix.image.at;
    },
    leave(params) {
      const matrix = kept.get(nameOf(params));
      if (matrix !== undefined) matrix.users--;
    },
    drop,
  };
}
