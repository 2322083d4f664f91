// The CPU backend: one worker thread a concurrent job, so that the main thread answers /health while they compute.
import type { Backend } from '../backend.ts';
import { createPool, type PoolOptions } from '../pool/pool.ts';
import { workerLane } from '../pool/worker-lane.ts';
import { cpuDevice } from './device.ts';
import { gemmMemory, vramMemory } from './memory.ts';
import { WORKER_URL } from './worker-url.ts';

/** @param url the worker's code; @param options handed to it as `workerData` */
export function cpuBackend(
  concurrency: number,
  url: URL = WORKER_URL,
  options: Readonly<Record<string, string>> = {},
  onLost?: PoolOptions['onLost'],
): Backend {
  return createPool({
    name: 'cpu',
    device: cpuDevice(),
    concurrency,
    gemmMemory,
    vramMemory,
    start: workerLane(url, options),
    ...(onLost === undefined ? {} : { onLost }),
  });
}
