// The ways in which the same jobs are computed.
import type { GpuOptions } from '../../../../gpu-runners/backends/webgpu/index.ts';

/** Nothing cut: buffers larger than any that a driver gives, so that memory runs out first. */
export const WHOLE: GpuOptions = { budget: { bufferBytes: 2 ** 32 } };

export const VARIANTS: readonly (readonly [string, GpuOptions])[] = [
  ['whole', WHOLE],
  [
    // One block of columns a slab, a tile of rows a chunk, ten levels of tree left out; 1 MiB a buffer, and each folded alone.
    'cut into the smallest pieces, without the packed product',
    { packedDot: false, budget: { bufferBytes: 1024, chunkBytes: 1024, treeBytes: 1 } },
  ],
  ['cut in between', { packedDot: false, budget: { bufferBytes: 98_304, chunkBytes: 65_536, treeBytes: 6_000 } }],
];
