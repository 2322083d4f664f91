// Requests of audits on demand to nodes: as everywhere behind the guard, bounded in time and size, without redirects; and of a refusal the
// runner's own reason is read, as a node that has scheduled work is at no fault.
import type { Resolve } from '../services/guard.ts';
import type { SpotAnswer, SpotTransport } from '../services/spots/ports.ts';
import { PROBLEM_BYTES_MAX } from '../services/spots/limits.ts';
import { readBounded } from './body.ts';
import { guarded, NO_TIME } from './guarded.ts';
import { reasonOf } from './http-transport.ts';

const BUSY: ReadonlySet<string> = new Set([
  'busy',
  'preempted',
  'too-often',
  'spots-spent',
  'draining',
  'queue-full',
  'memory-full',
  'share-full',
]);
const PREFIX = 'urn:assay:runner:';

/** The runner's word for its refusal; empty for anything else. */
function codeOf(bytes: Uint8Array | null): string {
  if (bytes === null) return '';
  try {
    const problem: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const type = typeof problem === 'object' && problem !== null && 'type' in problem ? problem.type : '';
    return typeof type === 'string' && type.startsWith(PREFIX) ? type.slice(PREFIX.length) : '';
  } catch {
    return '';
  }
}

async function answered(response: Response, bytesMax: number): Promise<SpotAnswer> {
  if (response.status === 200) {
    const bytes = await readBounded(response, bytesMax);
    return bytes === null ? { ok: false, reason: 'oversize' } : { ok: true, bytes };
  }
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return { ok: false, reason: 'redirect' };
  }
  const code = codeOf(await readBounded(response, PROBLEM_BYTES_MAX));
  if (response.status === 503 && BUSY.has(code)) return { ok: false, reason: 'busy' };
  return { ok: false, reason: response.status === 404 && code === 'not-found' ? 'unsupported' : 'refused' };
}

/** @param allowHttpHosts lower-case host names that may be plain http and private */
export function spotTransport(allowHttpHosts: ReadonlySet<string>, resolve: Resolve): SpotTransport {
  const check = guarded(allowHttpHosts, resolve);
  return {
    prepare: async (url) => (await check(url)) !== NO_TIME,
    post: async (base, path, body, { bytesMax, deadlineMs }) => {
      const checked = await check(base);
      if (!checked.ok) return { ok: false, reason: 'unreachable' };
      const controller = new AbortController();
      const timer = setTimeout(() => {
        controller.abort();
      }, deadlineMs);
      try {
        const response = await fetch(`${checked.url.href.replace(/\/$/, '')}${path}`, {
          method: 'POST',
          body,
          redirect: 'manual',
          signal: controller.signal,
          headers: { 'content-type': 'application/octet-stream', 'accept-encoding': 'identity' },
        });
        return await answered(response, bytesMax);
      } catch (error) {
        return { ok: false, reason: reasonOf(error, controller.signal.aborted) };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
