// The backend that the server sees: jobs given to hosts with an engine of their own, and what they keep until it is released. What a
// host kept is lost when it ends; everything else goes on.
import { JOB_TIMEOUT_MS, OPEN_TIMEOUT_MS } from '../../limits.ts';
import type { Backend, BackendName, Proof } from '../backend.ts';
import type { Device, Fill } from '../engine.ts';
import type { FromHost } from './messages.ts';
import type { Run } from './run.ts';
import { createSlots, type Slot, type SlotsOptions } from './slots.ts';

export type PoolOptions = Pick<Backend, 'concurrency' | 'gemmMemory' | 'vramMemory'> &
  Pick<SlotsOptions, 'start'> &
  Partial<Pick<SlotsOptions, 'onOpened' | 'onLost' | 'jobTimeoutMs'>> & {
    readonly name: BackendName;
    /** Null until a host has found it. */
    readonly device: Device | null;
  };

const UNKNOWN: Device = { name: 'unknown', memoryBytes: null, driver: 'unknown' };

function expectType<T extends FromHost['type']>(message: FromHost, type: T): FromHost & { readonly type: T } {
  const fits = (said: FromHost): said is FromHost & { readonly type: T } => said.type === type;
  if (fits(message)) return message;
  throw new Error(`unexpected answer of a device’s host: ${message.type}`);
}

/** Starts all hosts; they may still be opening their engines when this returns. */
export function createPool(options: PoolOptions): Backend {
  const { name, concurrency, gemmMemory, vramMemory, start, jobTimeoutMs = JOB_TIMEOUT_MS } = options;
  const { onOpened, onLost = () => undefined } = options;
  let device = options.device ?? UNKNOWN;
  let ids = 0;
  const slots = createSlots({
    ...{ name, concurrency, start, jobTimeoutMs, onLost },
    onOpened(found) {
      device = found;
      onOpened?.(found);
    },
  });

  const proofOf = (run: Run, id: number, answer: FromHost, kept: number): Proof => {
    const { roots, commitment } = expectType(answer, 'committed');
    return {
      roots,
      commitment,
      release: () => {
        run.release(kept);
      },
      async open(positions) {
        const opened = await run.ask({ type: 'open', id: ++ids, proof: id, positions }, OPEN_TIMEOUT_MS);
        return expectType(opened, 'opened').openings;
      },
    };
  };
  const fillIn = ({ run, ask, reserve }: Slot, fill: number): Fill => {
    const giveBack = reserve();
    return {
      release() {
        giveBack();
        run.release(fill);
      },
      async pass(startKey, nonce) {
        const id = ++ids;
        const passed = ask({ type: 'pass', id, fill, start: startKey, nonce });
        giveBack(); // it has its job
        return proofOf(run, id, await passed, fill);
      },
    };
  };

  return {
    name,
    get device() {
      return device;
    },
    concurrency,
    gemmMemory,
    vramMemory,
    state: () => slots.state(),
    async gemm(params, nonce, stop) {
      const slot = slots.idle();
      const id = ++ids;
      const cancel = (): void => {
        slot.run.cancel(id);
      };
      stop?.addEventListener('abort', cancel, { once: true });
      try {
        const answer = await slot.ask({ type: 'gemm', id, params, nonce, mayBeGivenUp: stop !== undefined });
        return proofOf(slot.run, id, answer, id);
      } finally {
        stop?.removeEventListener('abort', cancel);
      }
    },
    async fill(params, nodeId) {
      const slot = slots.idle();
      const id = ++ids;
      expectType(await slot.ask({ type: 'fill', id, params, nodeId }), 'filled');
      return fillIn(slot, id);
    },
    close: () => slots.close(),
  };
}
