// Reads other validators' public APIs: behind the guard, never following a redirect, headers and body under one deadline, the body
// capped while it streams. Whatever goes wrong is the same to the caller: there is no good answer.
import type { Resolve } from '../services/guard.ts';
import type { Peers } from '../services/network/ports.ts';
import { readBounded } from './body.ts';
import { guarded } from './guarded.ts';

type Limits = Parameters<Peers['get']>[2];

/** Resolves to null when the time is up, whatever the work does. */
async function within<T>(deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, deadlineMs);
  const late = new Promise<null>((resolve) => {
    controller.signal.addEventListener('abort', () => {
      resolve(null);
    });
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

type Headers = Parameters<Peers['get']>[3];
type Asked = { readonly bytesMax: number; readonly signal: AbortSignal; readonly headers: Headers };

async function fetchBytes(url: string, { bytesMax, signal, headers }: Asked): Promise<Uint8Array | null> {
  const response = await fetch(url, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity', ...headers } });
  if (response.status === 200) return readBounded(response, bytesMax);
  await response.body?.cancel();
  return null;
}

/** @param allowHttpHosts lower-case host names that may be plain http and private */
export function guardedPeers(allowHttpHosts: ReadonlySet<string>, resolve: Resolve): Peers {
  const check = guarded(allowHttpHosts, resolve);
  return {
    get: async (base, path, { bytesMax, deadlineMs }: Limits, headers?: Headers) => {
      try {
        return await within(deadlineMs, async (signal) => {
          const checked = await check(base);
          if (!checked.ok || signal.aborted) return null;
          return fetchBytes(`${checked.url.href.replace(/\/$/, '')}${path}`, { bytesMax, signal, headers });
        });
      } catch {
        return null; // no connection, a broken one, or an answer that is none
      }
    },
  };
}
