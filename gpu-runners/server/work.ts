// What the routes of one running server share, and what they know of a request's sender.
import type { Metrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import type { Proofs } from './proofs.ts';
import type { Queue } from './queue.ts';

/** Whoever sent a request. */
export type Peer = {
  /** Whether it has hung up: its job is not worth starting or keeping. */
  readonly isGone: () => boolean;
  /** Its message is accepted: from now on its socket may be silent for as long as a job takes. */
  readonly waitForJob: () => void;
};

export type Work = {
  readonly parts: Parts;
  readonly queue: Queue;
  readonly proofs: Proofs;
  readonly metrics: Metrics;
  /** Whether the runner is being stopped and takes no new challenges. */
  readonly draining: () => boolean;
};
