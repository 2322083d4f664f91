// The job queue: at most `concurrency` jobs run, at most `capacity` more wait, everything beyond is refused at once. A validator
// is better served by an immediate 503 than by an answer after its deadline.
import { Refusal } from '../problem.ts';

export type Queue = {
  /** Runs the job when its turn comes. Throws Refusal('queue-full') synchronously-rejected, before the job is kept. */
  run<T>(job: () => Promise<T>): Promise<T>;
  /** Jobs running and waiting. */
  depth(): number;
  full(): boolean;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
};

export function createQueue(concurrency: number, capacity: number): Queue {
  const waiting: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  let running = 0;

  const next = (): void => {
    running--;
    waiting.shift()?.();
    if (running === 0 && waiting.length === 0) for (const wake of idlers.splice(0)) wake();
  };
  const turn = (): Promise<void> => {
    if (running < concurrency) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      waiting.push(() => {
        running++;
        resolve();
      });
    });
  };
  const full = (): boolean => running >= concurrency && waiting.length >= capacity;
  return {
    full,
    depth: () => running + waiting.length,
    idle: () => (running === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    async run(job) {
      if (full()) throw new Refusal('queue-full');
      await turn();
      try {
        return await job();
      } finally {
        next();
      }
    },
  };
}
