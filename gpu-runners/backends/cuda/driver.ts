// The CUDA driver API (libcuda), as much of it as the backend uses. Each call's error becomes a DeviceError: out of memory is one that
// the next job may not meet; any other after the device was opened means that its context is gone, and every later call is refused.
import { DeviceError } from '../engine.ts';
import type { AddressOf, Foreign, Library } from './foreign.ts';

/** An address in the device's memory. */
export type Pointer = bigint;
/** A handle of the driver's. */
export type Handle = bigint;
export type KernelArgument = number | Pointer;

const OUT_OF_MEMORY = 2;
const NO_DEVICE = 100;
const DRIVER_MISMATCH = 803;
const NOT_READY = 600;
/** Arguments of the kernel that has the most. */
const ARGUMENTS_MAX = 8;
const NAME_BYTES = 256;

const PROTOTYPES = {
  init: 'int cuInit(unsigned int flags)',
  version: 'int cuDriverGetVersion(_Out_ int *version)',
  count: 'int cuDeviceGetCount(_Out_ int *count)',
  device: 'int cuDeviceGet(_Out_ int *device, int ordinal)',
  name: 'int cuDeviceGetName(void *name, int length, int device)',
  totalMemory: 'int cuDeviceTotalMem_v2(_Out_ uint64_t *bytes, int device)',
  attribute: 'int cuDeviceGetAttribute(_Out_ int *value, int attribute, int device)',
  retain: 'int cuDevicePrimaryCtxRetain(_Out_ uint64_t *context, int device)',
  releaseContext: 'int cuDevicePrimaryCtxRelease_v2(int device)',
  setCurrent: 'int cuCtxSetCurrent(uint64_t context)',
  loadModule: 'int cuModuleLoadData(_Out_ uint64_t *module, void *image)',
  unloadModule: 'int cuModuleUnload(uint64_t module)',
  kernel: 'int cuModuleGetFunction(_Out_ uint64_t *kernel, uint64_t module, const char *name)',
  setKernel: 'int cuFuncSetAttribute(uint64_t kernel, int attribute, int value)',
  allocate: 'int cuMemAlloc_v2(_Out_ uint64_t *pointer, uint64_t bytes)',
  free: 'int cuMemFree_v2(uint64_t pointer)',
  memory: 'int cuMemGetInfo_v2(_Out_ uint64_t *left, _Out_ uint64_t *total)',
  upload: 'int cuMemcpyHtoD_v2(uint64_t to, void *from, uint64_t bytes)',
  download: 'int cuMemcpyDtoH_v2(void *to, uint64_t from, uint64_t bytes)',
  copy: 'int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, uint64_t bytes, uint64_t stream)',
  launch:
    'int cuLaunchKernel(uint64_t kernel, unsigned int x, unsigned int y, unsigned int z, unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared, uint64_t stream, void *parameters, uint64_t extra)',
  createEvent: 'int cuEventCreate(_Out_ uint64_t *event, unsigned int flags)',
  destroyEvent: 'int cuEventDestroy_v2(uint64_t event)',
  record: 'int cuEventRecord(uint64_t event, uint64_t stream)',
  query: 'int cuEventQuery(uint64_t event)',
  elapsed: 'int cuEventElapsedTime(_Out_ float *ms, uint64_t from, uint64_t to)',
  errorName: 'int cuGetErrorName(int error, _Out_ const char **name)',
} as const;

type Name = keyof typeof PROTOTYPES;

export type Driver = {
  /** Calls and throws unless it succeeds. @throws DeviceError memory, lost (absent before `opened`) */
  readonly call: (name: Name, ...args: readonly unknown[]) => void;
  /** The same of a function whose first parameter is an `int` that it writes. */
  readonly number: (name: Name, ...args: readonly unknown[]) => number;
  /** The same of a function whose first parameter is 64 bits that it writes. */
  readonly handle: (name: Name, ...args: readonly unknown[]) => bigint;
  readonly launch: (kernel: Handle, blocks: number, threads: number, shared: number, args: readonly KernelArgument[]) => void;
  /** Whether the event has come. */
  readonly ready: (event: Handle) => boolean;
  readonly nameOf: (device: number) => string;
  /** Milliseconds between two events that have come. */
  readonly elapsedMs: (from: Handle, to: Handle) => number;
  /** Free and total bytes of the device. */
  readonly memory: () => { readonly free: number; readonly total: number };
  /** From here on a failure means that the device is lost. */
  readonly opened: () => void;
};

function bindAll(library: Library): ReadonlyMap<string, Foreign> {
  try {
    return new Map(Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.bind(prototype)]));
  } catch {
    throw new DeviceError('absent', 'libcuda lacks functions of CUDA 11 and newer: update the NVIDIA driver.');
  }
}

const absentReasons: Readonly<Record<number, string>> = {
  [NO_DEVICE]: 'The NVIDIA driver sees no device: check nvidia-smi, and that the container was started with access to a GPU.',
  [DRIVER_MISMATCH]: 'The NVIDIA driver and its kernel module are of different versions: restart the machine.',
};

/** What an out parameter was given. */
const written = (out: readonly unknown[]): unknown => out[0];
const asBigInt = (value: unknown): bigint => (typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n);

/** One block of arguments, used again for every launch: the driver copies them before it returns. */
function argumentBlock(addressOf: AddressOf): { readonly fill: (args: readonly KernelArgument[]) => Uint8Array } {
  const slots = new DataView(new ArrayBuffer(8 * ARGUMENTS_MAX));
  const pointers = new Uint8Array(new ArrayBuffer(8 * ARGUMENTS_MAX));
  const first = addressOf(new Uint8Array(slots.buffer));
  const table = new DataView(pointers.buffer);
  for (let i = 0; i < ARGUMENTS_MAX; i++) table.setBigUint64(8 * i, first + BigInt(8 * i), true);
  return {
    fill(args) {
      if (args.length > ARGUMENTS_MAX) throw new Error('a kernel with too many arguments');
      // A 32-bit parameter is read from its slot's first four bytes: little-endian, like every machine that CUDA runs on.
      for (const [i, value] of args.entries()) slots.setBigUint64(8 * i, BigInt(value), true);
      return pointers;
    },
  };
}

/** @throws DeviceError absent where the library is too old */
export function openDriver(library: Library, addressOf: AddressOf): Driver {
  const functions = bindAll(library);
  const block = argumentBlock(addressOf);
  let stage: 'opening' | 'open' | 'lost' = 'opening';

  const raw = (name: Name, args: readonly unknown[]): number => {
    const result = functions.get(name)?.(...args);
    return typeof result === 'number' ? result : Number.NaN;
  };
  const errorName = (error: number): string => {
    const out = [null];
    return raw('errorName', [error, out]) === 0 ? String(written(out)) : `error ${error}`;
  };
  const fail = (name: Name, error: number): DeviceError => {
    if (error === OUT_OF_MEMORY)
      return new DeviceError('memory', 'The device has too little free memory for this job: end what else uses it.');
    const what = `${PROTOTYPES[name].slice(4).split('(')[0] ?? name} failed with ${errorName(error)}`;
    if (stage === 'opening') return new DeviceError('absent', absentReasons[error] ?? `The device can't be used: ${what}.`);
    stage = 'lost';
    return new DeviceError('lost', `The device is lost: ${what}. Look into the kernel's log ("Xid") and start the runner again.`);
  };
  const call: Driver['call'] = (name, ...args) => {
    // After a failure the context only repeats its error, and memory that it held may be anybody's.
    if (stage === 'lost') throw new DeviceError('lost', 'The device was lost earlier: start the runner again.');
    const error = raw(name, args);
    if (error !== 0) throw fail(name, error);
  };
  const out = (name: Name, args: readonly unknown[]): unknown => {
    const value = [null];
    call(name, value, ...args);
    return written(value);
  };
  return {
    call,
    number: (name, ...args) => Number(out(name, args)),
    handle: (name, ...args) => asBigInt(out(name, args)),
    launch(kernel, blocks, threads, shared, args) {
      call('launch', kernel, blocks, 1, 1, threads, 1, 1, shared, 0, block.fill(args), 0);
    },
    ready(event) {
      if (stage === 'lost') call('query', event);
      const error = raw('query', [event]);
      if (error !== 0 && error !== NOT_READY) throw fail('query', error);
      return error === 0;
    },
    nameOf(device) {
      const bytes = new Uint8Array(new ArrayBuffer(NAME_BYTES));
      call('name', bytes, NAME_BYTES, device);
      return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
    },
    elapsedMs: (from, to) => Number(out('elapsed', [from, to])),
    memory() {
      const [free, total] = [[null], [null]];
      call('memory', free, total);
      return { free: Number(written(free)), total: Number(written(total)) };
    },
    opened() {
      stage = 'open';
    },
  };
}
