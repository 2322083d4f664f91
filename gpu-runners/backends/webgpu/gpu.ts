// One WebGPU device: found, opened, watched. Everything that can go wrong with it becomes a DeviceError here: a device that is lost
// stays lost, and memory that it does not have is said before a job begins rather than by garbage at its end.
import { setTimeout as sleep } from 'node:timers/promises';
import { DeviceError, type Device } from '../engine.ts';
import { submit, type Command } from './commands.ts';
import { BUDGET, type Budget } from './plan.ts';

export type GpuOptions = {
  /** Part of the adapter's name, where a machine has more than one ("NVIDIA", "Intel"). */
  readonly adapter?: string;
  /** Smaller cuts than the device needs, for tests. */
  readonly budget?: Partial<Budget>;
  /** false: without the packed product, as on a device that lacks it. */
  readonly packedDot?: boolean;
};

export type Gpu = {
  /** Held, never used: when the package's entry object is collected, its devices are lost. */
  readonly instance: GPU;
  readonly raw: GPUDevice;
  readonly device: Device;
  /** True for an implementation on the processor: as slow as that. */
  readonly software: boolean;
  readonly packedDot: boolean;
  readonly budget: Budget;
  /** Throws if the device is lost or has failed. @throws DeviceError lost */
  check(): void;
  compile(label: string, code: string): Promise<GPUComputePipeline>;
  /** Buffers of these sizes, all or none. @throws DeviceError memory */
  allocate<const Sizes extends readonly number[]>(sizes: Sizes): Promise<{ [index in keyof Sizes]: GPUBuffer }>;
  write(buffer: GPUBuffer, words: Uint32Array<ArrayBuffer>, at?: number): void;
  submit(commands: readonly Command[]): void;
  /** Until everything submitted is done. */
  settle(): Promise<void>;
  /** So many bytes of a buffer, as the words they are there. */
  read(buffer: GPUBuffer, at: number, bytes: number): Promise<Uint32Array<ArrayBuffer>>;
  free(buffers: Iterable<GPUBuffer>): void;
  close(): void;
};

// GPUBufferUsage and GPUMapMode as numbers: the package's constants are known only once it has been loaded.
const STORAGE = 0x80 | 0x08 | 0x04; // with COPY_DST and COPY_SRC
const STAGING = 0x01 | 0x08; // MAP_READ and COPY_DST
const MAP_READ = 1;
/** Of a list of adapters, as much as an operator reads. */
const ADAPTERS_CHARS = 400;
/** The news of a loss may come just after the failure that it caused. */
const LOSS_NEWS_MS = 200;
/** Each kernel writes what it reads of its workgroup's memory; clearing it first takes a software driver seconds to compile. */
const FEATURES = ['enable-dawn-features=disable_workgroup_init'];
/** Invocations of a workgroup, bytes of its memory and buffers of a kernel: the least that WebGPU promises, and what the kernels use. */
const NEEDED = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxStorageBuffersPerShaderStage: 5,
  maxStorageBufferBindingSize: 2 ** 27,
} as const;
const REINSTALL =
  'install the runner with its optional packages (npm install --include=optional webgpu), or choose another backend';

/** The first line of what an error says; WebGPU's own errors are no Errors. */
function text(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return String(message).split('\n')[0] ?? '';
}

async function loadWebGpu(): Promise<(options: string[]) => GPU> {
  try {
    return (await import('webgpu')).create;
  } catch (error) {
    throw new DeviceError('absent', `the package "webgpu" cannot be loaded on this machine (${text(error)}): ${REINSTALL}.`);
  }
}

async function findAdapter(gpu: GPU, name: string | undefined): Promise<GPUAdapter> {
  const mend =
    'install the GPU’s driver with Vulkan (libvulkan.so.1 must be found), in a container pass the GPU in, or choose another backend';
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter !== null) return adapter;
  } catch (error) {
    const named = name === undefined ? '' : ` named "${name}"`;
    // Several lines: what was wrong, then the adapters that there are.
    const why = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ').slice(0, ADAPTERS_CHARS) : text(error);
    throw new DeviceError('absent', `WebGPU found no GPU${named} (${why}): ${mend}.`);
  }
  throw new DeviceError('absent', `WebGPU found no GPU: ${mend}.`);
}

async function openAdapter(adapter: GPUAdapter): Promise<GPUDevice> {
  for (const [limit, least] of Object.entries(NEEDED)) {
    const has = adapter.limits[limit as keyof typeof NEEDED];
    if (has < least)
      throw new DeviceError(
        'unfit',
        `the GPU ${adapter.info.description} is too small: ${limit} is ${has}, the runner needs ${least}.`,
      );
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  try {
    return await adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } });
  } catch (error) {
    throw new DeviceError(
      'unfit',
      `the GPU ${adapter.info.description} could not be opened (${text(error)}): is another program holding it?`,
    );
  }
}

function describe({ info }: GPUAdapter): Device {
  const parts = [info.vendor, info.device === '' ? info.architecture : info.device, info.isFallbackAdapter ? '(software)' : ''];
  const name = parts.filter((part) => part !== '').join(' ');
  return { name: name === '' ? 'unnamed GPU' : name, memoryBytes: null, driver: `WebGPU, ${info.description}` };
}

/** @throws DeviceError absent or unfit, with what to do about it */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const create = await loadWebGpu();
  const gpu = create([...FEATURES, ...(options.adapter === undefined ? [] : [`adapter=${options.adapter}`])]);
  const adapter = await findAdapter(gpu, options.adapter);
  const raw = await openAdapter(adapter);
  // Half of the largest buffer: drivers add to a buffer's size, and then refuse one that is just as large as they said.
  const bufferBytes = Math.min(BUDGET.bufferBytes, raw.limits.maxStorageBufferBindingSize, raw.limits.maxBufferSize / 2);
  return {
    instance: gpu,
    ...watch(raw),
    device: describe(adapter),
    software: adapter.info.isFallbackAdapter,
    packedDot: (options.packedDot ?? true) && gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product'),
    budget: { ...BUDGET, bufferBytes, ...options.budget },
  };
}

type Watched = Omit<Gpu, 'instance' | 'device' | 'software' | 'packedDot' | 'budget'>;

/** Notes a device's loss or its first error, and makes later calls fail with it; memory that ran out fails one call. */
function watch(raw: GPUDevice): Watched {
  let fault: DeviceError | null = null;
  let exhausted: DeviceError | null = null;
  const lost = raw.lost.then(({ message }) => {
    const why = message.split('\n')[0] ?? '';
    fault = new DeviceError('lost', `the GPU was lost (${why}): restart the runner, and look into the driver’s log.`);
  });
  raw.onuncapturederror = ({ error }) => {
    if (error.constructor.name === 'GPUOutOfMemoryError') exhausted = tooLittleMemory(text(error));
    else
      fault ??= new DeviceError(
        'lost',
        `the GPU failed in the middle of a job (${text(error)}): restart the runner, and update the driver.`,
      );
  };
  const check = (): void => {
    const once = exhausted;
    exhausted = null;
    if (fault !== null) throw fault;
    if (once !== null) throw once;
  };
  /** What failed because the device is gone fails as that. */
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      check();
      return result;
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      await Promise.race([lost, sleep(LOSS_NEWS_MS)]);
      check();
      throw new DeviceError('lost', `the GPU failed in the middle of a job (${text(error)}): restart the runner.`);
    }
  };
  return { raw, check, ...memoryOf(raw, check, guard), ...workOf(raw, check, guard) };
}

function tooLittleMemory(why: string): DeviceError {
  const mend = 'lower --job-mib, --proof-mib or --fill-mib, or stop what else uses it';
  return new DeviceError('memory', `the GPU has not enough free memory for this job (${why}): ${mend}.`);
}

type Guard = <T>(work: Promise<T>) => Promise<T>;

function memoryOf(raw: GPUDevice, check: () => void, guard: Guard): Pick<Gpu, 'allocate' | 'write' | 'free' | 'read'> {
  const free = (buffers: Iterable<GPUBuffer>): void => {
    for (const buffer of buffers) buffer.destroy();
  };
  return {
    free,
    async allocate(sizes) {
      check();
      const largest = Math.max(...sizes);
      const bytes = sizes.reduce<number>((sum, size) => sum + size, 0);
      const most = raw.limits.maxBufferSize;
      if (largest > most) throw tooLittleMemory(`it takes ${bytes} bytes, and a buffer holds at most ${most}`);
      raw.pushErrorScope('out-of-memory');
      const buffers = sizes.map((size) => raw.createBuffer({ size: 16 * Math.ceil(Math.max(size, 16) / 16), usage: STORAGE }));
      const error = await guard(raw.popErrorScope());
      if (error !== null) {
        free(buffers);
        throw tooLittleMemory(`it takes ${bytes} bytes: ${text(error)}`);
      }
      return buffers as { [index in keyof typeof sizes]: GPUBuffer };
    },
    write(buffer, words, at = 0) {
      raw.queue.writeBuffer(buffer, at, words);
    },
    async read(buffer, at, bytes) {
      check();
      const staging = raw.createBuffer({ size: bytes, usage: STAGING });
      try {
        submit(raw, [{ copy: { from: buffer, fromAt: at, to: staging, toAt: 0, bytes } }]);
        await guard(staging.mapAsync(MAP_READ));
        return new Uint32Array(staging.getMappedRange().slice(0));
      } finally {
        staging.destroy();
      }
    },
  };
}

function workOf(raw: GPUDevice, check: () => void, guard: Guard): Pick<Gpu, 'compile' | 'submit' | 'settle' | 'close'> {
  return {
    async compile(label, code) {
      raw.pushErrorScope('validation');
      const module = raw.createShaderModule({ label, code });
      const refused = await guard(raw.popErrorScope());
      try {
        if (refused !== null) throw new Error(text(refused));
        return await raw.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint: 'main' } });
      } catch (error) {
        check();
        throw new DeviceError('unfit', `the GPU’s driver refuses the kernel "${label}" (${text(error)}): update the driver.`);
      }
    },
    submit(commands) {
      check();
      submit(raw, commands);
    },
    settle: () => guard(raw.queue.onSubmittedWorkDone()),
    close() {
      raw.destroy();
    },
  };
}
