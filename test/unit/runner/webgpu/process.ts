// Starts child.ts with an environment of the test's choice and asks it.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Failure, Request } from './child.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

type Reply = { readonly id: number; readonly result?: unknown; readonly failure?: Failure };
export type Asked = {
  ask<T>(request: Request): Promise<T>;
  /** The failure of what should not succeed. */
  refusal(request: Request): Promise<Failure>;
  stop(): Promise<void>;
};

class ChildFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Settles when the child has ended, whatever had come of it. */
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

export function startProcess(env: NodeJS.ProcessEnv): Asked {
  // Dawn writes warnings of its own, about libraries that it did not find, to standard error.
  const child = fork(CHILD, { env, serialization: 'advanced', stdio: ['ignore', 'inherit', 'ignore', 'ipc'], execArgv: [] });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let ids = 0;
  child.on('message', (message) => {
    const { id, result, failure } = message as Reply;
    if (failure === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new ChildFailure(failure));
    waiting.delete(id);
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`the child ended (${String(signal ?? code)})`));
    waiting.clear();
  });
  const send = (request: Request): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++ids;
      waiting.set(id, { resolve, reject });
      child.send({ id, request });
    });
  return {
    ask: async <T>(request: Request) => (await send(request)) as T,
    async refusal(request) {
      try {
        await send(request);
      } catch (error) {
        if (error instanceof ChildFailure) return error.failure;
        throw error;
      }
      throw new Error('it succeeded');
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended(child);
    },
  };
}
