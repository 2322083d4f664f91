// All kernels, compiled once when the engine opens, so that no timed job waits for a compiler.
import { CACHE, FILL } from './shaders/fill.ts';
import { FOLD, GROUP_DIGEST } from './shaders/fold.ts';
import { MATRIX_A, MATRIX_B } from './shaders/gemm-data.ts';
import { leafShader } from './shaders/leaf.ts';
import { LARGE_TILE, SMALL_TILE, multiplyShader, type Tile } from './shaders/multiply.ts';
import { GATHER, PARENTS } from './shaders/tree.ts';
import { valuesShader } from './shaders/values.ts';
import type { Gpu } from './gpu.ts';

/** @param packed whether the device's language multiplies packed bytes */
function sources(packed: boolean) {
  return {
    matrixA: MATRIX_A,
    matrixB: MATRIX_B,
    multiplyLarge: multiplyShader(LARGE_TILE, packed),
    multiplySmall: multiplyShader(SMALL_TILE, packed),
    leaves: leafShader(false),
    listedLeaves: leafShader(true),
    values: valuesShader(packed),
    cache: CACHE,
    fill: FILL,
    fold: FOLD,
    digest: GROUP_DIGEST,
    parents: PARENTS,
    gather: GATHER,
  } as const;
}

export type Kernels = Readonly<Record<keyof ReturnType<typeof sources>, GPUComputePipeline>>;

export function multiplyKernel(kernels: Kernels, tile: Tile): GPUComputePipeline {
  return tile === SMALL_TILE ? kernels.multiplySmall : kernels.multiplyLarge;
}

/** @throws DeviceError unfit when the driver refuses one */
export async function compileKernels(gpu: Gpu): Promise<Kernels> {
  const text = sources(gpu.packedDot);
  const compile = (name: keyof Kernels): Promise<GPUComputePipeline> => gpu.compile(name, text[name]);
  const [matrixA, matrixB, multiplyLarge, multiplySmall, leaves, listedLeaves, values] = await Promise.all([
    compile('matrixA'),
    compile('matrixB'),
    compile('multiplyLarge'),
    compile('multiplySmall'),
    compile('leaves'),
    compile('listedLeaves'),
    compile('values'),
  ]);
  const [cache, fill, fold, digest, parents, gather] = await Promise.all([
    compile('cache'),
    compile('fill'),
    compile('fold'),
    compile('digest'),
    compile('parents'),
    compile('gather'),
  ]);
  const second = { cache, fill, fold, digest, parents, gather };
  return { matrixA, matrixB, multiplyLarge, multiplySmall, leaves, listedLeaves, values, ...second };
}
