// One running runner: the server, its queue and its proofs, and the way it stops. While it drains it takes no new challenge but
// still opens what it has committed to, since a commitment without an opening counts against the node.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHttpServer } from './http.ts';
import { createMetrics } from './metrics.ts';
import type { Parts } from './parts.ts';
import { createProofs } from './proofs.ts';
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

export async function startRunner(parts: Parts): Promise<Runner> {
  let stopping: Promise<boolean> | undefined;
  const queue = createQueue(parts.backend.concurrency, parts.settings.queue);
  const proofs = createProofs(parts.settings.proofBytesMax);
  const work = { parts, queue, proofs, metrics: createMetrics(), draining: () => stopping !== undefined };
  const server = createHttpServer(work, parts.http, parts.settings.tls);
  const port = await parts.listen(server, parts.settings);

  const stop = async (graceMs: number): Promise<boolean> => {
    parts.log('stopping', { jobs: queue.depth(), waiting: proofs.waiting() });
    // A turn later, the result of the last job is among the proofs.
    const opened = queue
      .idle()
      .then(() => nextTurn())
      .then(() => proofs.empty());
    const finished = await within(graceMs, opened);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections(); // an answer that is being written may finish
    const clean = (await within(finished ? graceMs : 0, closed)) && finished;
    server.closeAllConnections();
    proofs.close();
    await parts.backend.close();
    parts.log('stopped', { clean });
    return clean;
  };
  return { port, stop: (graceMs) => (stopping ??= stop(graceMs)) };
}
