// Kind 1: a whole job with its commitments, its parts one by one, and the library's product beside them.
import { randomBytes } from 'node:crypto';
import { expandRows, multiplyRows, piecesOf } from '../../gpu-runners/backends/cuda/gemm.ts';
import { createAreas } from '../../gpu-runners/backends/cuda/gpu.ts';
import type { CudaEngine } from '../../gpu-runners/backends/cuda/index.ts';
import { SUBTREE, blocksOf, foldsBytes, imageBytes, paddedRows, treeBytes } from '../../gpu-runners/backends/cuda/layout.ts';
import { timed } from '../../gpu-runners/backends/cuda/tune.ts';
import { toHex } from '../../protocol/bytes.ts';
import { gemmOps, type GemmParams } from '../../protocol/challenges/gemm/params.ts';
import { alone, spread, wallMs, type Line } from '../measure.ts';
import { libraryMs } from './library.ts';

const LIBRARY_SHARE_AIM = 0.7;
const TERA = 1e12;

function shapeOf(quick: boolean): GemmParams {
  const shape = quick
    ? { rows: 8192, columns: 1024, depth: 1024, rounds: 4, openings: 4 }
    : { rows: 262_144, columns: 4096, depth: 16_384, rounds: 16, openings: 64 };
  return { ...shape, matrixKey: toHex(randomBytes(32)) };
}

const tops = (ops: number, ms: readonly number[]): number[] => ms.map((one) => ops / (one / 1000) / TERA);
/** Of one chunk: ways to be timed apart, in milliseconds on the device. */
type Parts = Record<'rows' | 'products' | 'hashes', number[]>;

async function partsOf({ gpu, multiplier }: CudaEngine, params: GemmParams, b: bigint, repeats: number): Promise<Parts> {
  const areas = createAreas(gpu);
  try {
    const [piece] = piecesOf(params, multiplier);
    if (piece === undefined) throw new Error('a job without rows');
    const rows = paddedRows(piece.rows, multiplier.variant);
    const [a, folds] = [
      areas.take(imageBytes(rows, params.depth, multiplier.variant)).at,
      areas.take(foldsBytes(rows, params)).at,
    ];
    const leaves = piece.rows * blocksOf(params);
    const [key, nodes] = [areas.take(32).at, areas.take(treeBytes(leaves)).at];
    gpu.upload(key, new Uint8Array(randomBytes(32)));
    const parts: Parts = { rows: [], products: [], hashes: [] };
    for (let i = 0; i < repeats; i++) {
      parts.rows.push(
        await timed(gpu, () => {
          expandRows(gpu, multiplier.variant, params, a, key, piece);
        }),
      );
      parts.products.push(
        await timed(gpu, () => {
          multiplyRows(gpu, multiplier, params, { a, b, folds }, piece.rows);
        }),
      );
      const args = [folds, key, 0, nodes, 0, leaves, blocksOf(params)];
      parts.hashes.push(
        await timed(gpu, () => {
          gpu.launch('leafNodes', Math.ceil(leaves / SUBTREE), SUBTREE, args);
        }),
      );
    }
    return parts;
  } finally {
    areas.free();
  }
}

export async function productLines(engine: CudaEngine, quick: boolean): Promise<Line[]> {
  const params = shapeOf(quick);
  const b = engine.matrices.use(params);
  try {
    const repeats = quick ? 2 : 5;
    const whole: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const nonce = toHex(randomBytes(32));
      whole.push(
        await wallMs(async () => {
          (await engine.gemm(params, nonce)).release();
        }),
      );
    }
    const [piece] = piecesOf(params, engine.multiplier);
    const chunk = { ...params, rows: piece?.rows ?? params.rows, rounds: 1 };
    const ops = Number(gemmOps(chunk));
    const parts = await partsOf(engine, params, b, 2 * repeats);
    const library = await libraryMs(engine.gpu, chunk);
    const own = spread(tops(Number(gemmOps(params)), whole));
    const beside = library === null ? null : { what: 'cublasLt, product alone', figure: spread(tops(ops, library)) };
    const share = beside === null ? null : own.median / beside.figure.median;
    const aim = share === null ? null : { text: '≥ 70 % of the library', met: share >= LIBRARY_SHARE_AIM };
    return [
      {
        what: 'job with commitments',
        unit: 'TOPS',
        figure: own,
        beside: beside ?? { what: 'cublasLt: not found', figure: spread([]) },
        ratio: share,
        aim,
      },
      alone('product with folds', 'TOPS', tops(ops, parts.products)),
      alone('rows of A, of one chunk', 'ms', parts.rows),
      alone('product with folds, of one chunk', 'ms', parts.products),
      alone('digests and trees, of one chunk', 'ms', parts.hashes),
    ];
  } finally {
    engine.matrices.leave(params);
  }
}
