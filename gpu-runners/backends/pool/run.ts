// One run of a host, from its start to its end: who waits for which answer. When it ends everybody who waits is told why, and all
// that it kept is gone.
import { DeviceError } from '../engine.ts';
import type { Lane, StartLane } from './lane.ts';
import type { FromHost, JobMessage, OpenMessage } from './messages.ts';

type Waiting = { readonly resolve: (message: FromHost) => void; readonly reject: (error: Error) => void };

export type Run = {
  /** False from its end on, or from the moment at which it was given up. */
  isAlive(): boolean;
  /** Jobs that it has and has not answered. */
  load(): number;
  /** Rejects with the host's error, with DeviceError 'lost' when the host ends before, or when the time is up. */
  ask(message: JobMessage | OpenMessage, timeoutMs: number): Promise<FromHost>;
  release(kept: number): void;
  /** Tells the host that a job is no longer wanted; nothing for one that has answered. */
  cancel(id: number): void;
  /** Ends the host. @param why what those who wait are told */
  end(why: string): Promise<void>;
};

export type RunEvents = {
  /** The engine is open. */
  opened(message: FromHost & { type: 'device' }): void;
  /** Once. @param detail what the host itself said last; for the log only */
  ended(error: DeviceError, detail: string): void;
};

export function startRun(start: StartLane, events: RunEvents): Run {
  const pending = new Map<number, Waiting>();
  let jobs = 0;
  let alive = true;
  let unable: DeviceError | undefined;

  const die = (error: DeviceError, detail: string): void => {
    if (!alive) return;
    alive = false;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    events.ended(error, detail);
  };
  const take = (message: FromHost & { readonly id: number }): void => {
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.type !== 'failed') {
      waiting?.resolve(message);
      return;
    }
    const lost = message.code === 'lost' ? new DeviceError('lost', message.message) : undefined;
    waiting?.reject(
      lost ?? (message.code === null ? new Error(message.message) : new DeviceError(message.code, message.message)),
    );
    if (lost !== undefined) void end(lost.message);
  };
  const lane: Lane = start({
    message(message) {
      if (message.type === 'device') events.opened(message);
      else if (message.type === 'unable') unable = new DeviceError(message.code, message.message);
      else take(message);
    },
    ended(why, detail) {
      die(unable ?? new DeviceError('lost', why), detail);
    },
  });
  const end = (why: string): Promise<void> => {
    die(new DeviceError('lost', why), '');
    return lane.end();
  };
  const answerOf = (message: JobMessage | OpenMessage): Promise<FromHost> =>
    new Promise((resolve, reject) => {
      pending.set(message.id, { resolve, reject });
      lane.send(message);
    });

  return {
    isAlive: () => alive,
    load: () => jobs,
    end,
    release(kept) {
      if (alive) lane.send({ type: 'release', kept });
    },
    cancel(id) {
      if (alive && pending.has(id)) lane.send({ type: 'cancel', id });
    },
    async ask(message, timeoutMs) {
      if (!alive) throw new DeviceError('lost', 'what held this result has ended');
      const isJob = message.type !== 'open';
      if (isJob) jobs++;
      const timer = setTimeout(() => void end(`no answer to "${message.type}" in ${String(timeoutMs / 1000)} s`), timeoutMs);
      try {
        return await answerOf(message);
      } finally {
        clearTimeout(timer);
        if (isJob) jobs--;
      }
    },
  };
}
