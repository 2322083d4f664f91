// One running runner: the server, its queue and its proofs, and the way it stops. While it drains it takes no new challenge but
// still opens what it has committed to, since a commitment without an opening counts against the node.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHttpServer } from './http.ts';
import { createMetrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import { createLock } from './lock.ts';
import { createRate, type Rate } from './rate.ts';
import { createSpotBudget } from './spot-budget.ts';
import { createSpots } from './spots.ts';
import { createStore } from './store.ts';
import { FILLS_MAX, PROOFS_MAX, SPOT_BURST_MAX, SPOT_EVERY_MS } from '../limits.ts';
import type { HeldFill, HeldProof } from './held.ts';
import type { Work } from './work.ts';
import { createQueue } from './queue.ts';

export type Runner = {
  readonly port: number;
  /** Stops: finishes and opens what was begun for at most `graceMs`, then closes. True if nothing was cut off. Idempotent. */
  stop(graceMs: number): Promise<boolean>;
};

function within(ms: number, done: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  return Promise.race([done.then(() => true), late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Resolves when nothing is computed any more, nothing waits for a start, and nothing for an opening. */
async function finish({ queue, fills, proofs }: Work): Promise<void> {
  while (queue.depth() > 0 || fills.waiting() > 0) {
    await Promise.all([queue.idle(), fills.empty()]);
    await nextTurn(); // the result of the last job is kept a turn later
  }
  await nextTurn();
  await proofs.empty();
}

/**
 * @param spotRate how often one validator may have something computed outside of the schedule
 * @param spotBudget what all of that together may have of the time
 */
export async function startRunner(
  parts: Parts,
  spotRate: Rate = createRate(SPOT_BURST_MAX, SPOT_EVERY_MS),
  spotBudget = createSpotBudget(),
): Promise<Runner> {
  let stopping: Promise<boolean> | undefined;
  const queue = createQueue(parts.backend.concurrency, parts.settings.queue);
  const { fillBytesMax, proofBytesMax } = parts.settings;
  const work: Work = {
    parts,
    queue,
    lock: createLock(parts.now),
    fills: createStore<HeldFill>('unknown-fill', { bytesMax: fillBytesMax, countMax: FILLS_MAX }),
    proofs: createStore<HeldProof>('unknown-commitment', { bytesMax: proofBytesMax, countMax: PROOFS_MAX }),
    presence: createRate(),
    spots: createSpots(spotRate, spotBudget),
    metrics: createMetrics(),
    draining: () => stopping !== undefined,
  };
  const { fills, proofs } = work;
  const server = createHttpServer(work, parts.http, parts.settings.tls);
  const port = await parts.listen(server, parts.settings);

  const stop = async (graceMs: number): Promise<boolean> => {
    parts.log('stopping', { jobs: queue.depth(), waiting: fills.waiting() + proofs.waiting() });
    void work.spots.giveUp();
    const opened = finish(work);
    const finished = await within(graceMs, opened);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections(); // an answer that is being written may finish
    const clean = (await within(finished ? graceMs : 0, closed)) && finished;
    server.closeAllConnections();
    fills.close();
    proofs.close();
    await parts.backend.close();
    parts.log('stopped', { clean });
    return clean;
  };
  return { port, stop: (graceMs) => (stopping ??= stop(graceMs)) };
}
