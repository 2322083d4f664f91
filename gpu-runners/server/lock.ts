// Which timed jobs (kinds 1 and 2) this node works on: one at a time, whoever asks, since two would slow one another down. A
// challenge that comes meanwhile is told which job it stands back for, where that is an excuse (docs/protocol.md, section 21: a
// rival of the same epoch); else it joins, and the queue is all that orders the two. A job leaves when it is finished, at the latest
// when it is of no use as an excuse any more. Nothing of this outlives the process, and nothing needs to.
import type { Hex } from '../../protocol/bytes.ts';
import { LOCK_BUDGET_MS, LOCK_OVERTIME_MS, LOCK_SHARE, LOCK_WAITERS_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import type { Sender } from './shares.ts';
import { wokenWithin } from './wait.ts';

export type LockJob = {
  readonly challengeHash: Hex;
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly deadline: number;
  /** The challenge message as it was received: what a rival is shown. */
  readonly body: Uint8Array;
};

export type Held = {
  /** The job is finished; idempotent. */
  readonly leave: () => void;
  /** What remains of it keeps nobody out after this time, in Unix milliseconds. */
  readonly leaveBy: (time: number) => void;
};
export type Taken = Held | { readonly rival: LockJob };

export type Lock = {
  /**
   * Takes the lock, if need be after waiting for at most `waitMs`; joins it where no rival would be an excuse.
   * @throws Refusal('share-full') for a validator that has kept others out for longer than its share
   */
  take(sender: Sender, job: LockJob, waitMs: number): Promise<Taken>;
  /** The unfinished job that a challenge of this epoch stands back for; null when it would be taken. */
  rivalAt(epoch: number): LockJob | null;
  isHeld(): boolean;
};

type Entry = { readonly job: LockJob; readonly operator: Hex; until: number };

/** Time that an operator has held the lock: `level` at time `at`, less what it may hold; `contested` once others stood back for it. */
type Use = { level: number; at: number; contested: boolean };

/** How long each operator has held the lock, against its share. */
function createUses(holds: (operator: Hex) => boolean) {
  const uses = new Map<Hex, Use>();
  const settle = (operator: Hex, at: number): Use => {
    const use = uses.get(operator) ?? { level: 0, at, contested: false };
    use.level = Math.max(0, use.level + Math.max(0, at - use.at) * ((holds(operator) ? 1 : 0) - LOCK_SHARE));
    use.at = Math.max(use.at, at);
    if (use.level === 0) use.contested &&= holds(operator);
    uses.set(operator, use);
    return use;
  };
  const forget = (time: number): void => {
    for (const [operator, { level, at }] of uses) {
      if (!holds(operator) && level + (at - time) * LOCK_SHARE <= 0) uses.delete(operator);
    }
  };
  return { settle, forget };
}

/** @param now Unix milliseconds */
export function createLock(now: () => number): Lock {
  const entries = new Map<Hex, Entry>();
  const uses = createUses((operator) => [...entries.values()].some((entry) => entry.operator === operator));
  const wakers = new Set<() => void>();

  const remove = ({ job, operator }: Entry, at: number): void => {
    uses.settle(operator, at);
    entries.delete(job.challengeHash);
    uses.forget(now());
    for (const wake of wakers) wake();
  };
  const expire = (): void => {
    const over = [...entries.values()].filter(({ until }) => until <= now()).sort((a, b) => a.until - b.until);
    for (const entry of over) remove(entry, entry.until);
  };
  /** Of those that can be shown, the one with the most time left. */
  const rivalAt = (epoch: number): Entry | undefined => {
    expire();
    return [...entries.values()].filter(({ job }) => job.epoch === epoch).sort((a, b) => b.until - a.until)[0];
  };
  const join = ({ operator, isAlone }: Sender, job: LockJob): Held => {
    const use = uses.settle(operator, now());
    if (!isAlone && use.contested && use.level > LOCK_BUDGET_MS) throw new Refusal('share-full');
    const entry = { job, operator, until: job.deadline + LOCK_OVERTIME_MS };
    entries.set(job.challengeHash, entry);
    return {
      leave() {
        if (entries.get(job.challengeHash) === entry) remove(entry, Math.min(now(), entry.until));
      },
      leaveBy(time) {
        entry.until = Math.min(entry.until, Math.max(time, now()));
      },
    };
  };
  const attempt = (sender: Sender, job: LockJob): Held | Entry => {
    const rival = rivalAt(job.epoch);
    for (const { operator } of entries.values()) {
      if (operator !== sender.operator) uses.settle(operator, now()).contested = true;
    }
    return rival ?? join(sender, job);
  };
  return {
    async take(sender, job, waitMs) {
      const until = now() + waitMs;
      let taken = attempt(sender, job);
      while ('until' in taken && now() < until && wakers.size < LOCK_WAITERS_MAX) {
        await wokenWithin(wakers, Math.min(until, taken.until) - now()); // the lock may have become free
        taken = attempt(sender, job);
      }
      return 'until' in taken ? { rival: taken.job } : taken;
    },
    rivalAt: (epoch) => rivalAt(epoch)?.job ?? null,
    isHeld() {
      expire();
      return entries.size > 0;
    },
  };
}
