// NVIDIA's own rate for the same product (cublasLt, int8 into int32), for comparison only: the runner never needs that library.
import { foreignInterface } from '../../gpu-runners/backends/cuda/foreign.ts';
import { createAreas, type Gpu } from '../../gpu-runners/backends/cuda/gpu.ts';
import { timed } from '../../gpu-runners/backends/cuda/tune.ts';
import type { GemmParams } from '../../protocol/challenges/gemm/params.ts';

const NAMES = ['libcublasLt.so.13', 'libcublasLt.so.12', 'libcublasLt.so.11', 'libcublasLt.so'];
const [COMPUTE_32I, TYPE_8I, TYPE_32I, ATTRIBUTE_TRANSA, TRANSPOSED] = [72, 3, 10, 3, 1];
const WORKSPACE_BYTES = 64 * 2 ** 20;
const REPEATS = 10;

/** Milliseconds of each product of one round's chunk; null where the library is not found or does not do it. */
export async function libraryMs(gpu: Gpu, { rows, columns, depth }: GemmParams): Promise<number[] | null> {
  const library = (await foreignInterface()).open(NAMES);
  if (library === null) return null;
  const create = library.bind('int cublasLtCreate(_Out_ uint64_t *handle)');
  const describe = library.bind('int cublasLtMatmulDescCreate(_Out_ uint64_t *desc, int compute, int scale)');
  const attribute = library.bind('int cublasLtMatmulDescSetAttribute(uint64_t desc, int attribute, void *value, uint64_t bytes)');
  const layout = library.bind(
    'int cublasLtMatrixLayoutCreate(_Out_ uint64_t *layout, int type, uint64_t rows, uint64_t columns, int64_t stride)',
  );
  const multiply = library.bind(
    'int cublasLtMatmul(uint64_t handle, uint64_t desc, void *alpha, uint64_t a, uint64_t la, uint64_t b, uint64_t lb, void *beta, uint64_t c, uint64_t lc, uint64_t d, uint64_t ld, uint64_t algorithm, uint64_t workspace, uint64_t bytes, uint64_t stream)',
  );
  const made = (f: typeof create, ...args: readonly unknown[]): unknown => {
    const out: unknown[] = [null];
    return f(out, ...args) === 0 ? out[0] : null;
  };
  const handle = made(create);
  const desc = made(describe, COMPUTE_32I, TYPE_32I);
  const layouts = [
    made(layout, TYPE_8I, depth, rows, depth),
    made(layout, TYPE_8I, depth, columns, depth),
    made(layout, TYPE_32I, rows, columns, rows),
  ];
  if (handle === null || desc === null || layouts.includes(null)) return null;
  attribute(desc, ATTRIBUTE_TRANSA, Int32Array.of(TRANSPOSED), 4);
  const areas = createAreas(gpu);
  try {
    const [a, b, c, workspace] = [rows * depth, columns * depth, 4 * rows * columns, WORKSPACE_BYTES].map(
      (n) => areas.take(n).at,
    );
    const [alpha, beta] = [Int32Array.of(1), Int32Array.of(0)];
    const [la, lb, lc] = layouts;
    const ms: number[] = [];
    for (let i = 0; i < REPEATS; i++) {
      let status: unknown = 0;
      ms.push(
        await timed(gpu, () => {
          status = multiply(handle, desc, alpha, a, la, b, lb, beta, c, lc, c, lc, 0, workspace, WORKSPACE_BYTES, 0);
        }),
      );
      if (status !== 0) return null;
    }
    return ms.slice(1); // the first one loads the library's kernels
  } finally {
    areas.free();
  }
}
