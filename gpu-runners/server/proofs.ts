// Commitments that wait for their opening. Memory is reserved before the work begins, so that finished work always fits; a proof
// is given out once, and released when it was opened or its window has closed. One validator may hold a share of it only.
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { GemmParams } from '../../protocol/challenges/gemm/params.ts';
import type { Proof } from '../backends/backend.ts';
import { OPENING_WINDOW_MS, PROOFS_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { createTally, shareOf, type Sender } from './shares.ts';

export type Held = {
  readonly domain: Domain;
  readonly challengeHash: Hex;
  readonly params: GemmParams;
  readonly proof: Proof;
  /** The address that signed the challenge; the draw must be signed by the same. */
  readonly signer: Hex;
};

export type Proofs = {
  /** Reserves room or throws Refusal('memory-full' | 'share-full'); the returned function gives it back (idempotent). */
  reserve(sender: Sender, bytes: number): () => void;
  /** Keeps a proof from now on for the opening window; `free` is called when it is dropped. */
  keep(held: Held, free: () => void): void;
  find(challengeHash: Hex, commitment: Hex): Held;
  /** Removes it from further use; the caller releases the proof by calling what is returned. */
  take(held: Held): () => void;
  waiting(): number;
  /** Resolves when no commitment waits for its opening any more. */
  empty(): Promise<void>;
  close(): void;
};

const keyOf = (challengeHash: Hex, commitment: Hex): string => challengeHash + commitment;

export function createProofs(bytesMax: number, windowMs: number = OPENING_WINDOW_MS): Proofs {
  const kept = new Map<string, { readonly held: Held; readonly drop: () => void; readonly timer: NodeJS.Timeout }>();
  const wakers: (() => void)[] = [];
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
  /** A first result is never too much: one may be larger than half of the memory. */
  const isOverShare = (sender: Sender, size: number): boolean => {
    const held = countHeld.of(sender.operator);
    if (held === 0) return false;
    return held >= shareOf(PROOFS_MAX, sender) || bytesHeld.of(sender.operator) + size > shareOf(bytesMax, sender);
  };
  return {
    reserve(sender, size) {
      if (bytes + size > bytesMax || count >= PROOFS_MAX) throw new Refusal('memory-full');
      if (isOverShare(sender, size)) throw new Refusal('share-full');
      add(sender, size, 1);
      let reserved = true;
      return () => {
        if (reserved) add(sender, size, -1);
        reserved = false;
      };
    },
    keep(held, free) {
      const key = keyOf(held.challengeHash, held.proof.commitment);
      const drop = (): void => {
        held.proof.release();
        free();
      };
      const timer = setTimeout(() => remove(key)(), windowMs);
      timer.unref();
      kept.set(key, { held, drop, timer });
    },
    find(challengeHash, commitment) {
      const entry = kept.get(keyOf(challengeHash, commitment));
      if (entry === undefined) throw new Refusal('unknown-commitment');
      return entry.held;
    },
    take: (held) => remove(keyOf(held.challengeHash, held.proof.commitment)),
    waiting: () => kept.size,
    empty: () => (kept.size === 0 ? Promise.resolve() : new Promise((resolve) => wakers.push(resolve))),
    close() {
      for (const key of kept.keys()) remove(key)();
    },
  };
}
