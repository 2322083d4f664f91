// Buffers that outlive a job. What is released while it is used is freed when that use has ended: a command with a freed buffer would
// fail the whole device.
import type { Gpu } from './gpu.ts';

export type Hold = {
  readonly released: boolean;
  /** @throws Error after the release */
  use<T>(work: () => Promise<T>): Promise<T>;
  /** Idempotent. */
  readonly release: () => void;
};

/** @param name of what is held, for the message: "proof" */
export function hold(gpu: Gpu, name: string, buffers: readonly GPUBuffer[]): Hold {
  let released = false;
  let users = 0;
  const free = (): void => {
    if (released && users === 0) gpu.free(buffers);
  };
  return {
    get released() {
      return released;
    },
    async use(work) {
      if (released) throw new Error(`no such ${name}: it was released`);
      users++;
      try {
        return await work();
      } finally {
        users--;
        free();
      }
    },
    release() {
      if (released) return;
      released = true;
      free();
    },
  };
}
