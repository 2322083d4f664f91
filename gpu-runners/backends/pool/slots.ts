// The places of a pool's hosts. A host that ends (a crash, a lost device, a job without end) is started again in its place, at first
// at once, then with growing pauses until one finishes a job.
import { RESTART_MS_MAX, RESTART_MS_MIN } from '../../limits.ts';
import type { BackendState } from '../backend.ts';
import { DeviceError, type Device } from '../engine.ts';
import type { StartLane } from './lane.ts';
import type { FromHost, JobMessage } from './messages.ts';
import { startRun, type Run } from './run.ts';

export type SlotsOptions = {
  /** For messages: the backend's. */
  readonly name: string;
  readonly concurrency: number;
  readonly start: StartLane;
  readonly jobTimeoutMs: number;
  /** Hears of each engine that was opened. */
  readonly onOpened: (device: Device) => void;
  /** Hears of each host that ended; `detail` is for the operator alone. */
  readonly onLost: (error: DeviceError, detail: string) => void;
};

/** One host's place, with its present run. */
export type Slot = {
  readonly run: Run;
  readonly ask: (message: JobMessage) => Promise<FromHost>;
  /** It holds what its next job needs, so others are given jobs before it; what is returned ends that (idempotent). */
  readonly reserve: () => () => void;
};

export type Slots = {
  /** One without a job, and one that is not reserved before one that is. @throws DeviceError 'lost' while no host runs; Error when all have jobs, or after `close` */
  idle(): Slot;
  state(): BackendState;
  close(): Promise<void>;
};

/** `isOpen` from the moment its engine is open until its host ends; `failures` in a row, without a finished job. */
type Place = { run: Run; isOpen: boolean; failures: number; reserved: number; timer: NodeJS.Timeout | undefined };

/** The pause before start number `failures` in a row: none, then doubling. */
export function restartDelayMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(RESTART_MS_MIN * 2 ** (failures - 2), RESTART_MS_MAX);
}

export function createSlots({ name, concurrency, start, jobTimeoutMs, onOpened, onLost }: SlotsOptions): Slots {
  let closed = false;
  let lastError: string | null = null;
  let losses = 0;
  const goesOn = (): boolean => !closed;

  const begin = (place: () => Place): Run =>
    startRun(start, {
      opened({ device }) {
        place().isOpen = true;
        onOpened(device);
      },
      ended(error, detail) {
        if (closed) return;
        lastError = error.message;
        losses++;
        onLost(error, detail);
        const here = place();
        here.isOpen = false;
        here.reserved = 0;
        const again = (): void => {
          if (goesOn()) here.run = begin(place);
        };
        here.timer = setTimeout(again, restartDelayMs(++here.failures));
        here.timer.unref();
      },
    });
  const places = Array.from({ length: concurrency }, () => {
    const place: Place = { run: begin(() => place), isOpen: false, failures: 0, reserved: 0, timer: undefined };
    return place;
  });
  const slotOf = (place: Place): Slot => {
    const { run } = place;
    return {
      run,
      async ask(message) {
        const answer = await run.ask(message, jobTimeoutMs);
        place.failures = 0;
        return answer;
      },
      reserve() {
        place.reserved++;
        let isKept = true;
        return () => {
          if (isKept && run.isAlive()) place.reserved--; // with the host's end all that it held was forgotten
          isKept = false;
        };
      },
    };
  };

  return {
    idle() {
      if (closed) throw new Error(`the ${name} backend is closed`);
      const [free] = places.filter(({ run }) => run.isAlive() && run.load() === 0).sort((a, b) => a.reserved - b.reserved);
      if (free !== undefined) return slotOf(free);
      if (places.some(({ run }) => run.isAlive())) throw new Error(`no host of the ${name} backend is free`);
      throw new DeviceError('lost', `${lastError ?? 'the device is gone'}; it is being started again`);
    },
    state: () => ({ isReady: !closed && places.some(({ isOpen }) => isOpen), lastError, losses }),
    async close() {
      closed = true;
      for (const { timer } of places) clearTimeout(timer);
      await Promise.all(places.map(({ run }) => run.end(`the ${name} backend was closed`)));
    },
  };
}
