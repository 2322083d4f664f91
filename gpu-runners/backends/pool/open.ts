// Opens a GPU backend: starts its process and waits until it says which device it has, so that an operator whose driver is missing
// learns it at the start, in a sentence, and not from failed audits.
import { DEVICE_OPEN_TIMEOUT_MS } from '../../limits.ts';
import type { Backend } from '../backend.ts';
import { DeviceError } from '../engine.ts';
import { createPool, type PoolOptions } from './pool.ts';

/**
 * Resolves once the first engine is open.
 * @throws DeviceError as the engine gives it; 'lost' if its host ends or says nothing in time
 */
export function openPool(options: Omit<PoolOptions, 'device'>, timeoutMs: number = DEVICE_OPEN_TIMEOUT_MS): Promise<Backend> {
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const fail = (error: DeviceError): void => {
      clearTimeout(timer);
      void pool.close();
      reject(error);
    };
    const pool = createPool({
      ...options,
      device: null,
      onOpened(device) {
        clearTimeout(timer);
        isOpen = true;
        options.onOpened?.(device);
        resolve(pool);
      },
      onLost(error, detail) {
        if (isOpen) options.onLost?.(error, detail);
        else fail(detail === '' ? error : new DeviceError(error.code, `${error.message}: ${detail}`));
      },
    });
    const late = (): void => {
      fail(new DeviceError('lost', `the ${options.name} device was not open after ${String(timeoutMs / 1000)} s`));
    };
    const timer = setTimeout(late, timeoutMs);
  });
}
