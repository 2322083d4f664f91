// One device behind several identities: every answer is right and honestly computed, one after the other or each at a share of the speed.
// Asked alone, each identity has the device to itself; asked together, they don't.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../../backends/backend.ts';
import type { Fill } from '../../backends/engine.ts';
import { withBackend, type Behaviour, type Options } from '../behaviour.ts';
import { lineAt, type Line, type Place } from '../shared-device.ts';

/** Runs a timed job on the device. */
type Turn = <T>(job: () => Promise<T>) => Promise<T>;

async function atLeast<T>(ms: number, job: () => Promise<T>): Promise<T> {
  const [result] = await Promise.all([job(), sleep(ms)]);
  return result;
}

/** Resolves when nobody is before it. */
async function foremost(place: Place): Promise<void> {
  while (place.standing().before > 0) await place.change();
}

/** One after the other, in the order of arrival. */
function inTurn(line: Line, deviceMs: number): Turn {
  return async (job) => {
    const place = await line.join();
    try {
      await foremost(place);
      return await atLeast(deviceMs, job);
    } finally {
      place.leave();
    }
  };
}

/** All at once, each with its share of the device. */
function sliced(line: Line, deviceMs: number): Turn {
  return async (job) => {
    const place = await line.join();
    try {
      const began = performance.now();
      let [served, at] = [0, began];
      const serve = (): void => {
        const now = performance.now();
        served += (now - at) / place.standing().together;
        at = now;
      };
      let together = place.standing().together;
      const result = await job();
      const needed = Math.max(deviceMs, (performance.now() - began) / together);
      serve();
      while (served < needed) {
        ({ together } = place.standing());
        await Promise.race([sleep(Math.max(1, (needed - served) * together)), place.change()]);
        serve();
      }
      return result;
    } finally {
      place.leave();
    }
  };
}

function during(turn: Turn, fill: Fill): Fill {
  return {
    release() {
      fill.release();
    },
    pass: (start, nonce) => turn(() => fill.pass(start, nonce)),
  };
}

function lineOf({ sharedDevice }: Options): Line {
  return lineAt(sharedDevice ?? 20_000 + randomInt(40_000)); // alone unless told where the others are
}

function sharing(turnOf: typeof inTurn): Behaviour {
  return withBackend((backend, options) => {
    const line = lineOf(options);
    const turn = turnOf(line, options.deviceMs ?? 0);
    return {
      gemm: (params, nonce) => turn(() => backend.gemm(params, nonce)),
      fill: async (params, nodeId) => during(turn, await backend.fill(params, nodeId)),
      close: () => Promise.all([backend.close(), line.close()]).then(() => undefined),
    };
  });
}

export const oneDevice = sharing(inTurn);
export const slowTogether = sharing(sliced);

/** The device has room for one fill: the next one waits until the memory of the one before is free. */
async function fillWhenFree(backend: Backend, line: Line, deviceMs: number, ...of: Parameters<Backend['fill']>): Promise<Fill> {
  const place = await line.join();
  try {
    await foremost(place);
    const fill = await backend.fill(...of);
    const alone: Turn = (job) => atLeast(deviceMs, job);
    return {
      ...during(alone, fill),
      release() {
        fill.release();
        place.leave();
      },
    };
  } catch (error) {
    place.leave();
    throw error;
  }
}

export const oneMemory = withBackend((backend, options) => {
  const line = lineOf(options);
  const deviceMs = options.deviceMs ?? 0;
  const turn = inTurn(line, deviceMs);
  return {
    gemm: (params, nonce) => turn(() => backend.gemm(params, nonce)),
    fill: (params, nodeId) => fillWhenFree(backend, line, deviceMs, params, nodeId),
    close: () => Promise.all([backend.close(), line.close()]).then(() => undefined),
  };
});
