// Requests to nodes: behind the guard, never following a redirect, headers and body under one deadline, body capped while it
// streams. Whatever happens is one of the closed reasons.
import type { Resolve } from '../services/guard.ts';
import type { Answer, NetworkReason, Transport } from '../services/ports.ts';
import { readBounded } from './body.ts';
import { NO_TIME, guarded } from './guarded.ts';

const fail = (reason: NetworkReason): Answer => ({ ok: false, reason });

/** What a request that failed is said to have failed with. */
export function reasonOf(error: unknown, aborted: boolean): NetworkReason {
  if (aborted) return 'timeout';
  const text = error instanceof Error ? error.message : '';
  return /\b(tls|ssl|certificate)\b/i.test(text) ? 'tls' : 'unreachable';
}

async function answer(response: Response, bytesMax: number): Promise<Answer> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return fail('redirect');
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    return fail('refused');
  }
  const bytes = await readBounded(response, bytesMax);
  return bytes === null ? fail('oversize') : { ok: true, bytes };
}

export function httpTransport(allowHttpHosts: ReadonlySet<string>, resolve: Resolve): Transport {
  const check = guarded(allowHttpHosts, resolve);
  return {
    prepare: async (base, beginBeforeMs) => (await check(base, beginBeforeMs)) !== NO_TIME,
    post: async (base, path, body, { bytesMax, deadlineMs }) => {
      const checked = await check(base);
      if (!checked.ok) return fail('unreachable'); // an address that no auditor may reach is one that none can reach
      const target = `${checked.url.href.replace(/\/$/, '')}${path}`;
      const controller = new AbortController();
      const timer = setTimeout(() => {
        controller.abort();
      }, deadlineMs);
      try {
        const response = await fetch(target, {
          method: 'POST',
          body,
          redirect: 'manual',
          signal: controller.signal,
          headers: { 'content-type': 'application/octet-stream', 'accept-encoding': 'identity' },
        });
        return await answer(response, bytesMax);
      } catch (error) {
        return fail(reasonOf(error, controller.signal.aborted));
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
