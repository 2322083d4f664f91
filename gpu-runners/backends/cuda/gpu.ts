// The opened device as the jobs see it: memory, kernels by name, and waiting that leaves the event loop free.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { DeviceError } from '../engine.ts';
import type { Driver, Handle, KernelArgument, Pointer } from './driver.ts';

export type Kernel =
  | `expand${'A' | 'B'}${8 | 16}`
  | `multiply${8 | 16 | 'Hopper'}`
  | `values${8 | 16}`
  | 'leafNodes'
  | 'groupNodes'
  | 'treeLevels'
  | 'chainKey'
  | 'expandCache'
  | 'fillPages'
  | 'foldPages';

/** Memory of the device. */
export type Area = { readonly at: Pointer; readonly bytes: number };

export type Gpu = {
  readonly driver: Driver;
  /** @param threads blocks of `perBlock` threads are launched until there are so many */
  readonly launch: (kernel: Kernel, blocks: number, perBlock: number, args: readonly KernelArgument[], shared?: number) => void;
  /** Lets a kernel use so many bytes of dynamic shared memory. */
  readonly allowShared: (kernel: Kernel, bytes: number) => void;
  /** @throws DeviceError memory */
  readonly allocate: (bytes: number) => Area;
  readonly free: (area: Area) => void;
  readonly upload: (to: Pointer, bytes: Uint8Array) => void;
  /** Waits for all work before it. */
  readonly download: (from: Pointer, bytes: number) => Uint8Array;
  /** Marks the place that the device's queue has reached now. */
  readonly mark: () => Handle;
  /** Waits for a mark, which is used up. @throws DeviceError lost */
  readonly reached: (mark: Handle) => Promise<void>;
  /** Bytes allocated now, and the most ever. */
  readonly usage: () => { readonly now: number; readonly peak: number };
};

/** Looks without a pause before the waiting begins: short jobs end within. */
const EAGER_LOOKS = 64;
const LOOK_EVERY_MS = 1;
/** Timed by the bench: no flag that would switch timing off. */
const EVENT_FLAGS = 0;
/** CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES. */
const DYNAMIC_SHARED_BYTES = 8;

export function createGpu(driver: Driver, module: Handle): Gpu {
  const kernels = new Map<Kernel, Handle>();
  const usage = { now: 0, peak: 0 };
  const find = (name: Kernel): Handle => {
    const kernel = kernels.get(name) ?? driver.handle('kernel', module, name);
    kernels.set(name, kernel);
    return kernel;
  };
  return {
    driver,
    launch(kernel, blocks, perBlock, args, shared = 0) {
      driver.launch(find(kernel), blocks, perBlock, shared, args);
    },
    allowShared(kernel, bytes) {
      driver.call('setKernel', find(kernel), DYNAMIC_SHARED_BYTES, bytes);
    },
    allocate(bytes) {
      const at = driver.handle('allocate', Math.max(1, bytes));
      usage.now += bytes;
      usage.peak = Math.max(usage.peak, usage.now);
      return { at, bytes };
    },
    free({ at, bytes }) {
      usage.now -= bytes;
      try {
        driver.call('free', at);
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error; // a lost device has freed everything
      }
    },
    upload(to, bytes) {
      driver.call('upload', to, bytes, bytes.length);
    },
    download(from, bytes) {
      const to = new Uint8Array(new ArrayBuffer(bytes));
      driver.call('download', to, from, bytes);
      return to;
    },
    mark() {
      const event = driver.handle('createEvent', EVENT_FLAGS);
      driver.call('record', event, 0);
      return event;
    },
    async reached(mark) {
      for (let looks = 0; !driver.ready(mark); looks++) {
        if (looks < EAGER_LOOKS) await setImmediate();
        else await setTimeout(LOOK_EVERY_MS);
      }
      driver.call('destroyEvent', mark);
    },
    usage: () => ({ ...usage }),
  };
}

/** Keeps at most `depth` marked steps queued: the driver's own queue is short, and a full one blocks the thread. */
export function createPace(gpu: Gpu, depth = 8): { readonly step: () => Promise<void>; readonly finish: () => Promise<void> } {
  const marks: Handle[] = [];
  const oldest = async (): Promise<void> => {
    const mark = marks.shift();
    if (mark !== undefined) await gpu.reached(mark);
  };
  return {
    async step() {
      marks.push(gpu.mark());
      if (marks.length > depth) await oldest();
    },
    async finish() {
      while (marks.length > 0) await oldest();
    },
  };
}

/** Allocations that are freed together, whatever happens in between. */
export type Areas = { readonly take: (bytes: number) => Area; readonly free: () => void };

export function createAreas(gpu: Gpu): Areas {
  const areas: Area[] = [];
  return {
    take(bytes) {
      const area = gpu.allocate(bytes);
      areas.push(area);
      return area;
    },
    free() {
      for (const area of areas.splice(0)) gpu.free(area);
    },
  };
}

/** Something that is given back once: at `release`, or when the last use of it ends after that. */
export type Hold = { readonly during: <T>(use: () => Promise<T>) => Promise<T>; readonly release: () => void };

export function createHold(giveBack: () => void): Hold {
  let [users, released, given] = [0, false, false];
  const settle = (): void => {
    if (users > 0 || !released || given) return;
    given = true;
    giveBack();
  };
  return {
    async during(use) {
      if (released) throw new Error('it was released');
      users++;
      try {
        return await use();
      } finally {
        users--;
        settle();
      }
    },
    release() {
      released = true;
      settle();
    },
  };
}
