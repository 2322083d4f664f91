// Deliveries on their way out: behind the guard, which is asked before every attempt, never following a redirect, bounded in time and size.
// Nothing that a receiver wrote is kept.
import { ANSWER_BYTES_MAX, ATTEMPT_MS_MAX } from '../services/alerts/limits.ts';
import type { DeliveryPorts } from '../services/alerts/ports.ts';
import type { Resolve } from '../services/guard.ts';
import { readBounded } from './body.ts';
import { guarded } from './guarded.ts';

type Send = DeliveryPorts['send'];
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const none = (error: string): Awaited<ReturnType<Send>> => ({ status: null, retryAfter: null, error });
const LATE = `No whole answer came within ${String(ATTEMPT_MS_MAX / 1000)} seconds.`;

/** @param fetcher the outermost edge: the platform's own, but in tests */
export function webhookSender(
  allowHttpHosts: ReadonlySet<string>,
  resolve: Resolve,
  fetcher: Fetch = (url, init) => fetch(url, init),
): Send {
  const check = guarded(allowHttpHosts, resolve);
  return async ({ url, headers, body }) => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      controller.abort();
    }, ATTEMPT_MS_MAX);
    try {
      const word = await check(url);
      if (!word.ok) return none(`No request is sent to this address: ${word.why}.`);
      const init = { method: 'POST', headers, body, redirect: 'manual', signal: controller.signal } as const;
      const response = await fetcher(word.url.href, init);
      // Read, so that the connection can be used again; more than that is cut off.
      await readBounded(response, ANSWER_BYTES_MAX);
      return { status: response.status, retryAfter: response.headers.get('retry-after'), error: null };
    } catch {
      return none(controller.signal.aborted ? LATE : 'The receiver could not be reached.');
    } finally {
      clearTimeout(timer);
    }
  };
}
