// What is computed outside of the schedule (docs/protocol.md, section 22): one at a time, and only until a scheduled job comes. A spot
// takes no place in the queue and no lock, so that nobody can be told that the node is busy because of it; whatever it has, a running
// product or one that waits for its opening, is given up before a scheduled job begins.
import type { Hex } from '../../protocol/bytes.ts';
import { PREEMPTED_MAX } from '../limits.ts';
import { createRate, type Rate } from './rate.ts';
import { createSpotBudget, type SpotBudget } from './spot-budget.ts';
import type { HeldProof } from './held.ts';
import { createStore, type Store } from './store.ts';

/** The one spot that is computed now. */
type Running = { readonly challengeHash: Hex; readonly stop: AbortController; readonly ended: Promise<void> };

export type Spots = {
  /** How often each validator may have something computed. */
  readonly rate: Rate;
  /** What all of them together may have of this node's time. */
  readonly budget: SpotBudget;
  /** How often each validator may ask for presence. */
  readonly presence: Rate;
  /** Finished, waiting for its opening; one at most. */
  readonly proofs: Store<HeldProof>;
  /** Whether one is computed or waits for its opening. */
  isTaken(): boolean;
  /** Computes under a signal that is given when a scheduled job comes. The caller has found the place free. */
  run<T>(challengeHash: Hex, compute: (stop: AbortSignal) => Promise<T>): Promise<T>;
  /** Notes the key of what now waits, to be dropped with the rest. */
  waits(challengeHash: Hex, key: string): void;
  /** Ends what there is; resolves when the device is free. */
  giveUp(): Promise<void>;
  /** Whether this challenge was begun and given up. */
  wasGivenUp(challengeHash: Hex): boolean;
};

export function createSpots(rate: Rate, budget: SpotBudget = createSpotBudget()): Spots {
  const proofs = createStore<HeldProof>('unknown-commitment', { bytesMax: Infinity, countMax: 1 });
  const gone = new Set<Hex>();
  let running: Running | null = null;
  let waiting: { readonly challengeHash: Hex; readonly key: string } | null = null;

  const note = (challengeHash: Hex): void => {
    gone.add(challengeHash);
    const [oldest] = gone;
    if (gone.size > PREEMPTED_MAX && oldest !== undefined) gone.delete(oldest);
  };
  return {
    rate,
    budget,
    presence: createRate(),
    proofs,
    isTaken: () => running !== null || proofs.waiting() > 0,
    async run(challengeHash, compute) {
      const ended = Promise.withResolvers<undefined>();
      const own = { challengeHash, stop: new AbortController(), ended: ended.promise };
      running = own;
      try {
        return await compute(own.stop.signal);
      } finally {
        if (running === own) running = null;
        ended.resolve(undefined);
      }
    },
    waits(challengeHash, key) {
      waiting = { challengeHash, key };
    },
    async giveUp() {
      if (running !== null) {
        note(running.challengeHash);
        running.stop.abort();
        await running.ended;
      }
      // One that was done at that very moment waits by now.
      if (waiting !== null && proofs.waiting() > 0) {
        note(waiting.challengeHash);
        proofs.take(waiting.key)();
      }
      waiting = null;
    },
    wasGivenUp: (challengeHash) => gone.has(challengeHash),
  };
}
