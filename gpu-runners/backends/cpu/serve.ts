// The worker thread's side of the CPU backend: a host whose engine looks into the thread's mailbox while it computes, because
// another job's opening has a deadline of its own.
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { createHost } from '../pool/host.ts';
import type { ToHost } from '../pool/messages.ts';
import { cpuDevice } from './device.ts';
import { cpuEngine } from './engine.ts';
import { HONEST, type Provers } from './provers.ts';

/** @param provers the honest ones unless a dishonest runner brings its own */
export function serveBackend(port: MessagePort, provers: Provers = HONEST): void {
  const look = (): void => {
    for (let mail = receiveMessageOnPort(port); mail !== undefined; mail = receiveMessageOnPort(port))
      handle(mail.message as ToHost);
  };
  const handle = createHost(cpuEngine(provers, look), (message) => {
    port.postMessage(message);
  });
  port.postMessage({ type: 'device', device: cpuDevice() });
  port.on('message', handle);
}
