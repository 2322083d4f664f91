// The CUDA engine: finds the first device, compiles the kernels for it, checks them on small jobs, and takes the fastest way of
// multiplying that is right. Nothing of CUDA is linked: libcuda and libnvrtc are opened when they are there.
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DeviceError, type Engine } from '../engine.ts';
import { NVRTC_NAMES, kernelCode } from './compile.ts';
import { openDriver, type Driver } from './driver.ts';
import { foreignInterface } from './foreign.ts';
import { commitOnGpu, kernelOf, type Multiplier } from './gemm.ts';
import { createGpu, type Gpu } from './gpu.ts';
import { LIMITS, tileRows, type Limits, type Variant } from './layout.ts';
import { createMatrices, type Matrices } from './matrix.ts';
import { foldsRight, multipliesRight } from './selftest.ts';
import { rateOf } from './tune.ts';
import { fillOnGpu } from './vram.ts';

export type CudaOptions = {
  /** Which of the driver's devices; the first by default. */
  readonly ordinal?: number;
  /** How to multiply; by default what is fastest of what is right. */
  readonly variant?: Variant;
  /** Where compiled kernels are kept; null keeps none. */
  readonly cacheFolder?: string | null;
  /** How much at a time; tests take less. */
  readonly limits?: Limits;
  /** Names of the libraries, for tests and unusual places. */
  readonly libraries?: { readonly cuda?: readonly string[]; readonly nvrtc?: readonly string[] };
};

/** What the bench measures: the engine's insides. */
export type CudaEngine = Engine & {
  readonly gpu: Gpu;
  readonly multiplier: Multiplier;
  readonly matrices: Matrices;
  readonly capability: number;
};

const CUDA_NAMES = ['libcuda.so.1', 'libcuda.so'];
const NO_DRIVER =
  'There is no NVIDIA driver (libcuda.so.1): install it, or start the container with the NVIDIA runtime ("--gpus all").';
const NO_DEVICE = 'The NVIDIA driver sees no device of this number: check nvidia-smi and CUDA_VISIBLE_DEVICES.';

const CAPABILITY_MIN = 80;
const ATTRIBUTE_MAJOR = 75;
const ATTRIBUTE_MINOR = 76;
const ATTRIBUTE_SHARED_OPTIN = 97;
const SLAB_BYTES = 128;
const TILE_COLUMNS = 256;
/** Room to begin at a multiple of 1,024, and Hopper's barriers. */
const SHARED_SLACK = 1024 + 128;
const STAGES_MAX = 4;

/** Dynamic shared memory of the multiplying kernels. */
export function sharedBytes(variant: Variant, stages: number): number {
  return stages * SLAB_BYTES * (tileRows(variant) + TILE_COLUMNS) + SHARED_SLACK;
}

/** Slabs that fit into shared memory at a time; below two the device can't work while it loads. */
export function stagesFor(sharedMax: number): number {
  const perStage = sharedBytes('int8', 1) - SHARED_SLACK;
  return Math.min(STAGES_MAX, Math.floor((sharedMax - SHARED_SLACK) / perStage));
}

type Found = {
  readonly device: number;
  readonly name: string;
  readonly driver: string;
  readonly memoryBytes: number;
  readonly capability: number;
  readonly stages: number;
};

function findDevice(driver: Driver, ordinal: number): Found {
  driver.call('init', 0);
  if (ordinal >= driver.number('count')) throw new DeviceError('absent', NO_DEVICE);
  const device = driver.number('device', ordinal);
  const attribute = (which: number): number => driver.number('attribute', which, device);
  const version = driver.number('version');
  const capability = 10 * attribute(ATTRIBUTE_MAJOR) + attribute(ATTRIBUTE_MINOR);
  const name = driver.nameOf(device);
  const stages = stagesFor(attribute(ATTRIBUTE_SHARED_OPTIN));
  if (capability < CAPABILITY_MIN || stages < 2) {
    const has = `${Math.floor(capability / 10)}.${capability % 10}`;
    throw new DeviceError('unfit', `${name} has compute capability ${has}; the CUDA backend needs 8.0 (Ampere) or newer.`);
  }
  const text = `CUDA ${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
  return { device, name, driver: text, memoryBytes: Number(driver.handle('totalMemory', device)), capability, stages };
}

function defaultCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'assay-runner');
}

async function choose(gpu: Gpu, { capability, stages }: Found, wanted: Variant | undefined, limits: Limits): Promise<Multiplier> {
  const able: Variant[] = capability === 90 ? ['hopper', 'int8', 'bf16'] : ['int8', 'bf16'];
  const multipliers = able
    .filter((variant) => wanted === undefined || variant === wanted)
    .map((variant) => ({ variant, sharedBytes: sharedBytes(variant, stages), limits }));
  const right: Multiplier[] = [];
  for (const multiplier of multipliers) {
    gpu.allowShared(kernelOf(multiplier.variant), multiplier.sharedBytes);
    if (await multipliesRight(gpu, multiplier)) right.push(multiplier);
  }
  const [first, second] = right;
  if (first === undefined || !(await foldsRight(gpu)))
    throw new DeviceError(
      'unfit',
      'The device computes wrong results: its self-test failed. Update the driver; if it stays, the device is faulty.',
    );
  if (second === undefined) return first;
  let best = { multiplier: first, rate: 0 };
  for (const multiplier of right) {
    const rate = await rateOf(gpu, multiplier);
    if (rate > best.rate) best = { multiplier, rate };
  }
  return best.multiplier;
}

function engineOf(gpu: Gpu, found: Found, multiplier: Multiplier, shut: () => void): CudaEngine {
  const matrices = createMatrices(gpu, multiplier.variant);
  let closed = false;
  const open = (): void => {
    if (closed) throw new DeviceError('lost', 'The engine was closed.');
  };
  return {
    device: { name: found.name, memoryBytes: found.memoryBytes, driver: found.driver },
    gpu,
    multiplier,
    matrices,
    capability: found.capability,
    async gemm(params, nonce, isGivenUp) {
      open();
      return commitOnGpu(gpu, multiplier, matrices, params, nonce, isGivenUp);
    },
    async fill(params, nodeId) {
      open();
      matrices.drop(0); // a fill may ask for nearly all of the memory
      return fillOnGpu(gpu, params, nodeId, multiplier.limits);
    },
    async close() {
      if (closed) return;
      closed = true;
      shut();
    },
  };
}

/** @throws DeviceError absent, unfit, memory: what it can't do, in a sentence with the mend */
export async function openCuda(options: CudaOptions = {}): Promise<CudaEngine> {
  const foreign = await foreignInterface();
  const library = foreign.open(options.libraries?.cuda ?? CUDA_NAMES);
  if (library === null) throw new DeviceError('absent', NO_DRIVER);
  const driver = openDriver(library, foreign.addressOf);
  const found = findDevice(driver, options.ordinal ?? 0);
  const folder = options.cacheFolder === undefined ? defaultCacheFolder() : options.cacheFolder;
  const code = kernelCode(foreign.open, options.libraries?.nvrtc ?? NVRTC_NAMES, found, folder);
  const context = driver.handle('retain', found.device);
  const shut = (): void => {
    try {
      driver.call('releaseContext', found.device);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error; // a lost context is gone already
    }
  };
  try {
    driver.call('setCurrent', context);
    const gpu = createGpu(driver, driver.handle('loadModule', code));
    driver.opened();
    const multiplier = await choose(gpu, found, options.variant, options.limits ?? LIMITS);
    return engineOf(gpu, found, multiplier, shut);
  } catch (error) {
    shut();
    throw error;
  }
}
