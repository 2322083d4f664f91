// The job queue: at most `concurrency` jobs run, at most `capacity` more wait, and of these places at most a share is one
// validator's; everything beyond is refused at once. A validator is better served by an immediate 503 than by an answer after its
// deadline.
import { Refusal } from '../problem.ts';
import { createTally, shareOf, type Sender } from './shares.ts';

export type Queue = {
  /** Runs the job when its turn comes. Rejects as `requirePlace` throws, before the job is kept. */
  run<T>(sender: Sender, job: () => Promise<T>): Promise<T>;
  /** The same for the second half of a job that was taken: before all others that wait, and never refused. */
  runNext<T>(job: () => Promise<T>): Promise<T>;
  /** Jobs running and waiting. */
  depth(): number;
  /** Passes when the sender's next job would be taken. Throws Refusal('queue-full' | 'share-full'). */
  requirePlace(sender: Sender): void;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
};

export function createQueue(concurrency: number, capacity: number): Queue {
  const waiting: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  const places = createTally();
  let running = 0;

  const next = (): void => {
    running--;
    waiting.shift()?.();
    if (running === 0 && waiting.length === 0) for (const wake of idlers.splice(0)) wake();
  };
  const turn = (line: (begin: () => void) => void): Promise<void> => {
    if (running < concurrency) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      line(() => {
        running++;
        resolve();
      });
    });
  };
  const requirePlace = (sender: Sender): void => {
    if (running >= concurrency && waiting.length >= capacity) throw new Refusal('queue-full');
    if (places.of(sender.operator) >= shareOf(concurrency + capacity, sender)) throw new Refusal('share-full');
  };
  return {
    requirePlace,
    depth: () => running + waiting.length,
    idle: () => (running === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    async run(sender, job) {
      requirePlace(sender);
      places.add(sender.operator, 1);
      await turn((begin) => void waiting.push(begin));
      try {
        return await job();
      } finally {
        places.add(sender.operator, -1);
        next();
      }
    },
    async runNext(job) {
      await turn((begin) => void waiting.unshift(begin));
      try {
        return await job();
      } finally {
        next();
      }
    },
  };
}
