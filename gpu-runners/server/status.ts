// GET /health and /metrics: what anybody may know of a running runner.
import type { ServerResponse } from 'node:http';
import { METRICS_TYPE } from './metrics.ts';
import type { Work } from './work.ts';

type Send = (response: ServerResponse, status: number, type: string, body: string) => void;

const capacity = ({ parts }: Work): number => parts.settings.queue + parts.backend.concurrency;

export function sendHealth(work: Work, response: ServerResponse, send: Send): void {
  const { signer, settings, backend } = work.parts;
  const { isReady, lastError } = backend.state();
  const body = {
    status: work.draining() ? 'draining' : 'ok',
    nodeId: signer.nodeId,
    class: settings.gpuClass,
    queue: work.queue.depth(),
    capacity: capacity(work),
    lock: work.lock.isHeld() ? 'held' : 'free',
    jobs: work.metrics.jobs(),
    backend: backend.name,
    device: { name: backend.device.name, driver: backend.device.driver, isReady, lastError },
  };
  send(response, 200, 'application/json', JSON.stringify(body));
}

export function sendMetrics(work: Work, response: ServerResponse, send: Send): void {
  const { backend } = work.parts;
  const { isReady, losses } = backend.state();
  const text = work.metrics.text({
    queue: work.queue.depth(),
    capacity: capacity(work),
    waiting: work.proofs.waiting(),
    fills: work.fills.waiting(),
    fillBytes: work.fills.bytes(),
    proofBytes: work.proofs.bytes(),
    isLocked: work.lock.isHeld(),
    isReady,
    losses,
    backend: backend.name,
    device: backend.device.name,
  });
  send(response, 200, METRICS_TYPE, text);
}
