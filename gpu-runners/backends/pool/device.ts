// The child process of a GPU backend: opens its engine and serves it over the channel to the runner, until the runner is gone.
import { DeviceError, type Engine } from '../engine.ts';
import { createHost } from './host.ts';
import type { FromHost, ToHost } from './messages.ts';

/** Native libraries are loaded here only, in a process of their own. */
const ENGINES: Readonly<Record<DeviceName, () => Promise<Engine>>> = {
  webgpu: async () => (await import('../webgpu/index.ts')).openWebGpu(),
  cuda: async () => (await import('../cuda/index.ts')).openCuda(),
};
export type DeviceName = 'webgpu' | 'cuda';
export const isDeviceName = (name: string): name is DeviceName => Object.hasOwn(ENGINES, name);

async function say(message: FromHost): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send === undefined) resolve();
    else
      process.send(message, undefined, undefined, () => {
        resolve();
      });
  });
}

/** Never returns before the runner has gone. @param open the engine's own way in */
export async function serveEngine(open: () => Promise<Engine>): Promise<void> {
  const early: ToHost[] = [];
  let handle = (message: ToHost): void => void early.push(message);
  const ended = new Promise((resolve) => process.once('disconnect', resolve));
  process.on('message', (message) => {
    handle(message as ToHost);
  });
  let engine: Engine;
  try {
    engine = await open();
  } catch (error) {
    const code = error instanceof DeviceError ? error.code : 'unfit';
    await say({ type: 'unable', code, message: error instanceof Error ? error.message : 'the engine could not be opened' });
    process.exit(1);
  }
  await say({ type: 'device', device: engine.device });
  handle = createHost(engine, (message) => void say(message));
  for (const message of early) handle(message);
  await ended;
  await engine.close();
  process.exit(0);
}

/** @throws what the engine's module throws when it is loaded */
export async function serveDevice(name: DeviceName): Promise<void> {
  await serveEngine(ENGINES[name]);
}
