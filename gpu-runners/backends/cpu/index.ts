// The CPU backend: one worker thread a concurrent job, so that the main thread answers /health while they compute. A thread that
// dies fails its own jobs and is replaced at the next one; proofs it held are lost with it.
import { Worker } from 'node:worker_threads';
import { leavesPerRound } from '../../../protocol/challenges/gemm/params.ts';
import { OPEN_TIMEOUT_MS } from '../../limits.ts';
import type { Backend } from '../backend.ts';
import { packedBytes } from './matrix.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { WORKER_URL } from './worker-url.ts';

/** A leaf's digest, its hash and its share of the tree, as JavaScript objects. */
const LEAF_BYTES = 600;

type Thread = {
  readonly worker: Worker;
  readonly pending: Map<number, { resolve: (message: FromWorker) => void; reject: (error: Error) => void }>;
  alive: boolean;
  busy: boolean;
};
type Asked = ToWorker & { readonly id: number };

function startThread(url: URL, options: Readonly<Record<string, string>>): Thread {
  const thread: Thread = { worker: new Worker(url, { workerData: options }), pending: new Map(), alive: true, busy: false };
  thread.worker.on('message', (message: FromWorker) => {
    const waiting = thread.pending.get(message.id);
    thread.pending.delete(message.id);
    if (message.type === 'failed') waiting?.reject(new Error(message.message));
    else waiting?.resolve(message);
  });
  const die = (why: string): void => {
    thread.alive = false;
    for (const { reject } of thread.pending.values()) reject(new Error(why));
    thread.pending.clear();
  };
  thread.worker.on('error', (error) => {
    die(error instanceof Error ? error.message : 'the worker thread failed');
  });
  thread.worker.on('exit', () => {
    die('the worker thread ended');
  });
  return thread;
}

function ask(thread: Thread, message: Asked, timeoutMs?: number): Promise<FromWorker> {
  const answer = new Promise<FromWorker>((resolve, reject) => {
    if (!thread.alive) {
      reject(new Error('the worker thread ended'));
      return;
    }
    thread.pending.set(message.id, { resolve, reject });
    thread.worker.postMessage(message);
  });
  if (timeoutMs === undefined) return answer;
  const timer = setTimeout(() => {
    thread.pending.get(message.id)?.reject(new Error('the worker thread does not answer'));
    thread.pending.delete(message.id);
  }, timeoutMs);
  return answer.finally(() => {
    clearTimeout(timer);
  });
}

/** @param url the worker's code; @param options handed to it as `workerData` */
export function cpuBackend(concurrency: number, url: URL = WORKER_URL, options: Readonly<Record<string, string>> = {}): Backend {
  const threads = Array.from({ length: concurrency }, () => startThread(url, options));
  let ids = 0;
  let closed = false;

  const idleThread = (): Thread => {
    for (const [i, thread] of threads.entries()) {
      if (closed || (thread.alive && thread.busy)) continue;
      if (thread.alive) return thread;
      return (threads[i] = startThread(url, options));
    }
    throw new Error('no worker thread is free');
  };
  return {
    name: 'cpu',
    concurrency,
    memoryOf: (params) => ({
      job: packedBytes(params),
      proof: params.rounds * (4 * params.rows * params.columns + LEAF_BYTES * leavesPerRound(params)),
    }),
    async commit(params, nonce) {
      const thread = idleThread();
      const id = ++ids;
      thread.busy = true;
      try {
        const answer = await ask(thread, { type: 'commit', id, params, nonce });
        if (answer.type !== 'committed') throw new Error('unexpected answer of the worker thread');
        return {
          roots: answer.roots,
          commitment: answer.commitment,
          async open(positions) {
            const opened = await ask(thread, { type: 'open', id: ++ids, proof: id, positions }, OPEN_TIMEOUT_MS);
            if (opened.type !== 'opened') throw new Error('unexpected answer of the worker thread');
            return opened.openings;
          },
          release: () => {
            thread.worker.postMessage({ type: 'release', proof: id } satisfies ToWorker);
          },
        };
      } finally {
        thread.busy = false;
      }
    },
    async close() {
      closed = true;
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
