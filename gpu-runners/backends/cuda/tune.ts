// How fast a way of multiplying is on this device: one product that takes milliseconds, timed by the device itself.
import type { Hex } from '../../../protocol/bytes.ts';
import { gemmOps, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { expandRows, multiplyRows, type Multiplier } from './gemm.ts';
import { createAreas, type Gpu } from './gpu.ts';
import { foldsBytes, imageBytes, paddedRows } from './layout.ts';
import { createMatrices } from './matrix.ts';
import type { Handle } from './driver.ts';

const KEY: Hex = `0x${'00'.repeat(32)}`;
const SHAPE: GemmParams = { rows: 16_384, columns: 4096, depth: 4096, rounds: 1, openings: 1, matrixKey: KEY };
const REPEATS = 3;

/** Milliseconds on the device between two points of its queue. */
export async function timed(gpu: Gpu, work: () => void): Promise<number> {
  const begin: Handle = gpu.mark();
  work();
  const end = gpu.mark();
  const once = gpu.mark();
  await gpu.reached(once);
  const ms = gpu.driver.elapsedMs(begin, end);
  await gpu.reached(begin);
  await gpu.reached(end);
  return ms;
}

/** Operations a second of products with folds, the best of some; the device's clocks rise over the first. */
export async function rateOf(gpu: Gpu, multiplier: Multiplier, params: GemmParams = SHAPE): Promise<number> {
  const { variant } = multiplier;
  const [areas, matrices] = [createAreas(gpu), createMatrices(gpu, variant)];
  try {
    const b = matrices.use(params);
    const rows = paddedRows(params.rows, variant);
    const a = areas.take(imageBytes(rows, params.depth, variant)).at;
    const folds = areas.take(foldsBytes(rows, params)).at;
    const key = areas.take(32).at;
    gpu.upload(key, new Uint8Array(32));
    expandRows(gpu, variant, params, a, key, { row: 0, rows: params.rows });
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < REPEATS; i++) {
      const ms = await timed(gpu, () => {
        multiplyRows(gpu, multiplier, params, { a, b, folds }, params.rows);
      });
      best = Math.min(best, ms);
    }
    return Number(gemmOps({ ...params, rounds: 1 })) / (best / 1000);
  } finally {
    areas.free();
    matrices.leave(params);
    matrices.drop(0);
  }
}
