// What a backend could not do, as a refusal: the peer learns the kind of it, the log the sentence.
import { DeviceError } from '../backends/engine.ts';
import { Refusal } from '../problem.ts';
import type { Parts } from './parts.ts';

/** Runs work of the backend. @throws Refusal for a DeviceError, else what the work throws */
export async function failOf<T>({ log }: Pick<Parts, 'log'>, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    log('device', { error: error.message, code: error.code });
    throw new Refusal(error.code === 'memory' ? 'memory-full' : 'device-lost');
  }
}
