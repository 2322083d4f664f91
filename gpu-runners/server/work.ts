// What the routes of one running server share, and what they know of a request's sender.
import { Refusal } from '../problem.ts';
import type { Metrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import type { HeldFill, HeldProof } from './held.ts';
import type { Lock } from './lock.ts';
import type { Rate } from './rate.ts';
import type { Queue } from './queue.ts';
import type { Spots } from './spots.ts';
import type { Store } from './store.ts';

/** Whoever sent a request. */
export type Peer = {
  /** Whether it has hung up: its job is not worth starting or keeping. */
  readonly isGone: () => boolean;
  /** Its message is accepted: from now on its socket may be silent for as long as a job takes. */
  readonly waitForJob: () => void;
};

/** @throws Refusal('failed') for a peer that has hung up */
export function requirePeer(peer: Peer): void {
  if (peer.isGone()) throw new Refusal('failed', 'The peer hung up');
}

export type Work = {
  readonly parts: Parts;
  readonly queue: Queue;
  readonly lock: Lock;
  readonly fills: Store<HeldFill>;
  readonly proofs: Store<HeldProof>;
  readonly presence: Rate;
  /** What is computed outside of the schedule. */
  readonly spots: Spots;
  readonly metrics: Metrics;
  /** Whether the runner is being stopped and takes no new challenges. */
  readonly draining: () => boolean;
};
