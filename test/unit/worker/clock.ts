// A clock that jumps: work runs until it waits, then time moves to the earliest of those who wait.
import type { Clock } from '../../../workers/services/ports.ts';

export type VirtualClock = Clock & {
  /** Moves the time without waking anybody. */
  readonly set: (timeMs: number) => void;
  /** Runs work to its end, moving the time whenever nothing else can go on. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function virtualClock(startMs: number): VirtualClock {
  let now = startMs;
  const waiting: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    nowMs: () => now,
    set: (timeMs) => {
      now = timeMs;
    },
    until: (timeMs) =>
      timeMs <= now
        ? Promise.resolve()
        : new Promise((wake) => {
            waiting.push({ at: timeMs, wake });
          }),
    run: async (work) => {
      const state = { done: false };
      const finished = work.finally(() => {
        state.done = true;
      });
      finished.catch(() => undefined); // the caller gets it below
      for (;;) {
        await settle();
        if (state.done) return finished;
        waiting.sort((a, b) => a.at - b.at);
        const next = waiting.shift();
        if (next === undefined) throw new Error('everything waits for something that is not time');
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}
