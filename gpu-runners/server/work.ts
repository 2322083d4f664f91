// The state of one running server that its routes share.
import type { Metrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import type { Proofs } from './proofs.ts';
import type { Queue } from './queue.ts';

export type Work = {
  readonly parts: Parts;
  readonly queue: Queue;
  readonly proofs: Proofs;
  readonly metrics: Metrics;
  /** Whether the runner is being stopped and takes no new challenges. */
  readonly draining: () => boolean;
};
