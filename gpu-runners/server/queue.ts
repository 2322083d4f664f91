// The job queue: at most `concurrency` jobs run, at most `capacity` more wait, and of these places at most a share is one
// validator's; everything beyond is refused at once. A validator is better served by an immediate 503 than by an answer after its
// deadline. A place can be reserved for the second half of a job; with one place only there is nothing to reserve, and who comes
// meanwhile runs.
import { Refusal } from '../problem.ts';
import { createTally, shareOf, type Sender } from './shares.ts';

export type Queue = {
  /** Runs the job when its turn comes. Rejects as `requirePlace` throws, before the job is kept. */
  run<T>(sender: Sender, job: () => Promise<T>): Promise<T>;
  /** The same for the second half of a job that was taken: before all others that wait, and never refused. */
  runNext<T>(job: () => Promise<T>): Promise<T>;
  /** Keeps a place for `runNext` that no other job takes, unless it is the only one; what is returned gives it back (idempotent). */
  reserve(): () => void;
  /** Jobs running and waiting. */
  depth(): number;
  /** Passes when the sender's next job would be taken. Throws Refusal('queue-full' | 'share-full'). */
  requirePlace(sender: Sender): void;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
};

export function createQueue(concurrency: number, capacity: number): Queue {
  const waiting: (() => void)[] = [];
  const urgent: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  const places = createTally();
  let running = 0;
  let reserved = 0;

  const hasPlace = (): boolean => running < Math.max(1, concurrency - reserved);
  const depth = (): number => running + waiting.length + urgent.length;
  /** Begins what may begin now, what is urgent before all else. */
  const advance = (): void => {
    for (;;) {
      const begin = running < concurrency && urgent.length > 0 ? urgent.shift() : hasPlace() ? waiting.shift() : undefined;
      if (begin === undefined) break;
      running++;
      begin();
    }
    if (depth() === 0) for (const wake of idlers.splice(0)) wake();
  };
  const turn = (line: (() => void)[]): Promise<void> =>
    new Promise((resolve) => {
      line.push(resolve);
      advance();
    });
  const end = (): void => {
    running--;
    advance();
  };
  const requirePlace = (sender: Sender): void => {
    if (!hasPlace() && waiting.length >= capacity) throw new Refusal('queue-full');
    if (places.of(sender.operator) >= shareOf(concurrency + capacity, sender)) throw new Refusal('share-full');
  };
  return {
    requirePlace,
    depth,
    reserve() {
      reserved++;
      let isKept = true;
      return () => {
        if (isKept) reserved--;
        isKept = false;
        advance();
      };
    },
    idle: () => (depth() === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    async run(sender, job) {
      requirePlace(sender);
      places.add(sender.operator, 1);
      await turn(waiting);
      try {
        return await job();
      } finally {
        places.add(sender.operator, -1);
        end();
      }
    },
    async runNext(job) {
      await turn(urgent);
      try {
        return await job();
      } finally {
        end();
      }
    },
  };
}
