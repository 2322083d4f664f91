// Whose timed jobs (kinds 1 and 2) this node works on: one validator's at a time, since two would slow one another down. Its own
// further challenges join it; another's is told who holds the lock. A job leaves it when it is finished, or when its challenge's
// deadline is near: then it is of no use as an excuse any more. Nothing of this outlives the process, and nothing needs to.
import type { Hex } from '../../protocol/bytes.ts';
import { LOCK_BUDGET_MS, LOCK_MARGIN_MS, LOCK_SHARE, LOCK_WAITERS_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import type { Sender } from './shares.ts';
import { wokenWithin } from './wait.ts';

export type LockJob = {
  readonly challengeHash: Hex;
  /** Unix milliseconds. */
  readonly deadline: number;
  /** The challenge message as it was received: what a rival is shown. */
  readonly body: Uint8Array;
};

/** `leave` says that the job is finished; idempotent. */
export type Taken = { readonly leave: () => void } | { readonly rival: LockJob };

export type Lock = {
  /**
   * Joins or takes the lock, if need be after waiting for at most `waitMs`.
   * @throws Refusal('share-full') for a validator that has kept others out for longer than its share
   */
  take(sender: Sender, job: LockJob, waitMs: number): Promise<Taken>;
  /** The operator that holds it; null when it is free. */
  holder(): Hex | null;
};

/** Time that an operator has held the lock: `level` at time `at`, less what it may hold; `contested` once others stood back for it. */
type Use = { level: number; at: number; contested: boolean };

/** @param now Unix milliseconds */
export function createLock(now: () => number): Lock {
  const jobs = new Map<Hex, LockJob>();
  const uses = new Map<Hex, Use>();
  const wakers = new Set<() => void>();
  let holder: Hex | null = null;

  const endOf = ({ deadline }: LockJob): number => deadline - LOCK_MARGIN_MS;
  const settle = (operator: Hex, at: number, held: boolean): Use => {
    const use = uses.get(operator) ?? { level: 0, at, contested: false };
    use.level = Math.max(0, use.level + Math.max(0, at - use.at) * ((held ? 1 : 0) - LOCK_SHARE));
    use.at = Math.max(use.at, at);
    if (use.level === 0) use.contested = false;
    uses.set(operator, use);
    return use;
  };
  const free = (at: number): void => {
    if (holder !== null) settle(holder, at, true);
    holder = null;
    for (const [operator, use] of uses) if (use.level + (use.at - now()) * LOCK_SHARE <= 0) uses.delete(operator);
    for (const wake of wakers) wake();
  };
  /** Lets go of jobs that are near their deadline; the lock was free from the last one's on. */
  const expire = (): void => {
    const time = now();
    let last = 0;
    for (const job of jobs.values()) {
      last = Math.max(last, endOf(job));
      if (endOf(job) <= time) jobs.delete(job.challengeHash);
    }
    if (holder !== null && jobs.size === 0) free(Math.min(time, last));
  };
  /** The holder's job with the most time left. */
  const rivalOf = (): LockJob | undefined => [...jobs.values()].sort((a, b) => b.deadline - a.deadline)[0];
  const join = ({ operator, isAlone }: Sender, job: LockJob): Taken => {
    const use = settle(operator, now(), holder === operator);
    if (!isAlone && use.contested && use.level > LOCK_BUDGET_MS) throw new Refusal('share-full');
    holder = operator;
    jobs.set(job.challengeHash, job);
    return {
      leave() {
        if (jobs.delete(job.challengeHash) && jobs.size === 0) free(now());
      },
    };
  };
  const attempt = (sender: Sender, job: LockJob): Taken => {
    expire();
    const rival = holder === sender.operator ? undefined : rivalOf();
    if (rival === undefined) return join(sender, job);
    if (holder !== null) settle(holder, now(), true).contested = true;
    return { rival };
  };
  return {
    async take(sender, job, waitMs) {
      const until = now() + waitMs;
      let taken = attempt(sender, job);
      while ('rival' in taken && now() < until && wakers.size < LOCK_WAITERS_MAX) {
        await wokenWithin(wakers, Math.min(until, endOf(taken.rival)) - now()); // the lock may have become free
        taken = attempt(sender, job);
      }
      return taken;
    },
    holder() {
      expire();
      return holder;
    },
  };
}
