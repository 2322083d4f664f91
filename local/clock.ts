// The cron of the embedded network: one delivery a slot, at the slot's start, as production's cron delivers one a minute. A
// delivery never waits for the one before it, and never more than a few are under way.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochClock } from '../protocol/schedule.ts';
import { messageOf } from './errors.ts';

export type Clock = {
  /** From now on ticks go elsewhere, or nowhere while the edge is down. */
  setTarget(tick: ((at: Date) => Promise<void>) | null): void;
  stop(): Promise<void>;
};

/** A tick over a silent chain lasts up to a minute, and production's deliveries have no such bound. */
const IN_FLIGHT_MAX = 12;
/** After the start of the slot, so that the Worker's clock never reads the slot before. */
const LATE_MS = 20;

export function startClock(clock: EpochClock, onTrouble: (text: string) => void): Clock {
  const stopped = new AbortController();
  const slotMs = 1000 * clock.slotSeconds;
  const underway = new Set<Promise<void>>();
  let target: ((at: Date) => Promise<void>) | null = null;

  const fire = (): void => {
    if (target === null || underway.size >= IN_FLIGHT_MAX) return;
    const delivery: Promise<void> = target(new Date())
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) onTrouble(`a tick failed: ${messageOf(error)}`);
      })
      .finally(() => underway.delete(delivery));
    underway.add(delivery);
  };
  const run = async (): Promise<void> => {
    for (;;) {
      const into = (Date.now() - 1000 * clock.genesis) % slotMs;
      const rest = slotMs - ((into + slotMs) % slotMs) + LATE_MS;
      await sleep(rest, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      fire();
    }
  };
  const running = run();
  return {
    setTarget(tick) {
      target = tick;
      if (tick !== null) fire();
    },
    async stop() {
      stopped.abort();
      target = null;
      await running;
    },
  };
}
