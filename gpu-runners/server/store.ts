// What waits for a validator's next message: fills for their start, commitments for their opening. Memory is reserved before the work
// begins, so that finished work always fits; each thing is given out once, and dropped when it was used or its time is over. One
// validator may hold a share of it only.
import { Refusal, type ProblemCode } from '../problem.ts';
import { createTally, shareOf, type Sender } from './shares.ts';
import { wokenWithin } from './wait.ts';

export type Store<T> = {
  /** Reserves room or throws Refusal('memory-full' | 'share-full'); the returned function gives it back (idempotent). */
  reserve(sender: Sender, bytes: number): () => void;
  /** The same, after waiting for at most so long until there is room. */
  reserveInTime(sender: Sender, bytes: number, waitMs: number): Promise<() => void>;
  /** Keeps it for so long; `drop` is called when its time is over, or the store is closed. */
  keep(key: string, item: T, drop: () => void, forMs: number): void;
  /** @throws Refusal with the store's own code for a key that it does not hold */
  find(key: string): T;
  /** Removes it from further use; what is returned drops it, and is the caller's to call. */
  take(key: string): () => void;
  waiting(): number;
  /** Bytes that are reserved. */
  bytes(): number;
  /** Resolves when nothing waits any more. */
  empty(): Promise<void>;
  close(): void;
};

export type StoreLimits = { readonly bytesMax: number; readonly countMax: number };

export function createStore<T>(missing: ProblemCode, { bytesMax, countMax }: StoreLimits): Store<T> {
  const kept = new Map<string, { readonly item: T; readonly drop: () => void; readonly timer: NodeJS.Timeout }>();
  const wakers: (() => void)[] = [];
  const waiters = new Set<() => void>();
  const [bytesHeld, countHeld] = [createTally(), createTally()];
  let bytes = 0;
  let count = 0;

  const remove = (key: string): (() => void) => {
    const entry = kept.get(key);
    if (entry === undefined) return () => undefined;
    kept.delete(key);
    clearTimeout(entry.timer);
    if (kept.size === 0) for (const wake of wakers.splice(0)) wake();
    return entry.drop;
  };
  const add = ({ operator }: Sender, size: number, one: 1 | -1): void => {
    bytes += one * size;
    count += one;
    bytesHeld.add(operator, one * size);
    countHeld.add(operator, one);
  };
  /** A first one is never too much: it may be larger than half of the memory. */
  const isOverShare = (sender: Sender, size: number): boolean => {
    const held = countHeld.of(sender.operator);
    if (held === 0) return false;
    return held >= shareOf(countMax, sender) || bytesHeld.of(sender.operator) + size > shareOf(bytesMax, sender);
  };
  const reserve = (sender: Sender, size: number): (() => void) => {
    if (bytes + size > bytesMax || count >= countMax) throw new Refusal('memory-full');
    if (isOverShare(sender, size)) throw new Refusal('share-full');
    add(sender, size, 1);
    let reserved = true;
    return () => {
      if (reserved) add(sender, size, -1);
      reserved = false;
      for (const wake of waiters) wake();
    };
  };
  return {
    reserve,
    async reserveInTime(sender, size, waitMs) {
      const until = performance.now() + waitMs;
      for (;;) {
        try {
          return reserve(sender, size);
        } catch (error) {
          const leftMs = until - performance.now();
          if (leftMs <= 0 || waiters.size >= countMax) throw error;
          await wokenWithin(waiters, leftMs);
        }
      }
    },
    keep(key, item, drop, forMs) {
      const timer = setTimeout(() => {
        remove(key)();
      }, forMs);
      timer.unref();
      kept.set(key, { item, drop, timer });
    },
    find(key) {
      const entry = kept.get(key);
      if (entry === undefined) throw new Refusal(missing);
      return entry.item;
    },
    take: remove,
    waiting: () => kept.size,
    bytes: () => bytes,
    empty: () => (kept.size === 0 ? Promise.resolve() : new Promise((resolve) => wakers.push(resolve))),
    close() {
      for (const key of kept.keys()) remove(key)();
    },
  };
}
