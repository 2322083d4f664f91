// The WebGPU engine: any GPU with a Vulkan, Metal or Direct3D 12 driver, through npm `webgpu` (Dawn). All of a job is done on the
// device, and only roots and openings come back; it equals the reference prover bit for bit.
import type { Engine } from '../engine.ts';
import { commitGemm } from './gemm.ts';
import { openGpu, type Gpu, type GpuOptions } from './gpu.ts';
import { compileKernels } from './kernels.ts';
import { createMatrices } from './matrices.ts';
import { fillVram } from './vram.ts';

export type { GpuOptions } from './gpu.ts';
export { gemmMemory, vramMemory } from './memory.ts';

export type WebGpuEngine = Engine & {
  /** True for a GPU that is a program on the processor. */
  readonly software: boolean;
};

/** The engine on an opened device, whose owner it becomes. @throws DeviceError unfit when the driver refuses a kernel */
export async function engineOn(gpu: Gpu): Promise<WebGpuEngine> {
  const kernels = await compileKernels(gpu);
  const matrices = createMatrices(gpu, kernels);
  let working = false;
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    gpu.check();
    if (working) throw new Error('the engine works on another job');
    working = true;
    try {
      return await work();
    } finally {
      working = false;
    }
  };
  return {
    device: gpu.device,
    software: gpu.software,
    gemm: (params, nonce, isGivenUp) => alone(() => commitGemm(gpu, kernels, matrices, params, nonce, isGivenUp)),
    async fill(params, nodeId) {
      const filled = await alone(() => {
        matrices.trim();
        return fillVram(gpu, kernels, params, nodeId);
      });
      return { ...filled, pass: (start, nonce) => alone(() => filled.pass(start, nonce)) };
    },
    async close() {
      gpu.close();
    },
  };
}

/**
 * Opens the GPU and compiles all kernels: seconds.
 * @throws DeviceError absent (no package, no driver, no GPU) or unfit
 * @example const engine = await openWebGpu(); const proof = await engine.gemm(params, nonce);
 */
export async function openWebGpu(options: GpuOptions = {}): Promise<WebGpuEngine> {
  const gpu = await openGpu(options);
  try {
    return await engineOn(gpu);
  } catch (error) {
    gpu.close();
    throw error;
  }
}
