// A host in a worker thread of this process: for code that cannot crash the process.
import { Worker } from 'node:worker_threads';
import type { StartLane } from './lane.ts';
import type { FromHost } from './messages.ts';

/** @param url the thread's code; @param options handed to it as `workerData` */
export function workerLane(url: URL, options: Readonly<Record<string, string>>): StartLane {
  return (events) => {
    const worker = new Worker(url, { workerData: options });
    let why: string | undefined;
    worker.on('message', (said: FromHost) => {
      events.message(said);
    });
    worker.on('error', (error) => {
      why = error instanceof Error ? error.message : 'unknown';
    });
    worker.on('exit', (code) => {
      events.ended('a worker thread ended', why ?? `exit code ${String(code)}`);
    });
    return {
      send: (said) => {
        worker.postMessage(said);
      },
      end: async () => {
        await worker.terminate();
      },
    };
  };
}
