// A gateway's requests to the validators that its operator named, each with the key that was made for it there: behind the guard, bounded,
// never following a redirect, which would carry the key elsewhere. Keys are in no error and no log.
import type { Resolve } from '../services/guard.ts';
import { UPSTREAM_BYTES_MAX, UPSTREAM_DEADLINE_MS } from '../services/spots/limits.ts';
import type { Upstreams } from '../services/spots/ports.ts';
import { readBounded } from './body.ts';
import { guarded } from './guarded.ts';

/** Where it is, and the key that it gave the gateway. */
type Upstream = { readonly url: string; readonly key: string };
type Sent = { readonly status: number; readonly bytes: Uint8Array };
type Asked = {
  readonly path: string;
  readonly init: { readonly method: 'GET' | 'POST'; readonly headers?: Record<string, string>; readonly body?: string };
  readonly bytesMax: number;
};

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** @param allowHttpHosts lower-case host names that may be plain http and private */
export function spotUpstreams(upstreams: readonly Upstream[], allowHttpHosts: ReadonlySet<string>, resolve: Resolve): Upstreams {
  const check = guarded(allowHttpHosts, resolve);
  const send = async (place: number, { path, init, bytesMax }: Asked): Promise<Sent | null> => {
    const upstream = upstreams[place];
    const checked = upstream === undefined ? null : await check(upstream.url);
    // A path that another service named must be one of its own.
    if (upstream === undefined || checked?.ok !== true || !path.startsWith('/v1/audits')) return null;
    try {
      const response = await fetch(`${checked.url.href.replace(/\/$/, '')}${path}`, {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.timeout(UPSTREAM_DEADLINE_MS),
        headers: { ...init.headers, authorization: `Bearer ${upstream.key}`, 'accept-encoding': 'identity' },
      });
      const bytes = await readBounded(response, bytesMax);
      return bytes === null ? null : { status: response.status, bytes };
    } catch {
      return null; // no connection, a broken one, or too late
    }
  };
  return {
    count: upstreams.length,
    ask: async (place, { method, path, body, key }) => {
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const sent = await send(place, { path, init, bytesMax: UPSTREAM_BYTES_MAX });
      return sent === null ? null : { status: sent.status, json: jsonOf(sent.bytes) };
    },
    bytes: async (place, path, bytesMax) => {
      const sent = await send(place, { path, init: { method: 'GET' }, bytesMax });
      return sent?.status === 200 ? sent.bytes : null;
    },
  };
}
