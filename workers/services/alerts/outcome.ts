// From the answers of a wave to what is stored: pure, so that every case can be looked at.
import type { Attempted, Due, EndpointAfter, Reply, StoredEndpoint } from './ports.ts';
import { ERROR_CHARS_MAX, FAILING_MS_MAX, REST_MS, WAVE_FAILURES_MAX } from './limits.ts';
import { nextGap, retryAfter } from './schedule.ts';

export type Tried = { readonly due: Due; readonly reply: Reply; readonly atMs: number; readonly endMs: number };

const isSuccess = ({ status }: Reply): boolean => status !== null && status >= 200 && status < 300;
const isGone = ({ status }: Reply): boolean => status === 410;

/** In words, without anything that the receiver wrote. */
function errorOf({ status, error }: Reply): string {
  if (status === null) return (error ?? 'no answer').slice(0, ERROR_CHARS_MAX);
  if (status >= 300 && status < 400)
    return 'The receiver answers with a redirect, which is never followed. Set its final address.';
  if (status === 410) return 'The receiver says that it is gone for good.';
  return `The receiver answers ${String(status)}; any status from 200 to 299 means that it has the event.`;
}

export function attemptedOf({ due, reply, atMs, endMs }: Tried, chance: number): Attempted {
  const base = { place: due.place, attempt: due.attempts + 1, atMs, elapsedMs: Math.max(0, endMs - atMs), status: reply.status };
  const tries = due.tries + 1;
  if (isSuccess(reply)) return { ...base, error: null, state: 'delivered', tries, dueAtMs: 0 };
  const gap = isGone(reply) ? null : nextGap(tries, retryAfter(reply.retryAfter, endMs), chance);
  return { ...base, error: errorOf(reply), state: gap === null ? 'failed' : 'due', tries, dueAtMs: endMs + (gap ?? 0) };
}

const GONE = 'its receiver answered 410 Gone.';
const FAILING = 'nothing could be delivered to it for five days.';

/** What a wave does to its endpoint. */
export function afterWave(endpoint: StoredEndpoint, tried: readonly Tried[], nowMs: number): EndpointAfter {
  const delivered = tried.filter(({ reply }) => isSuccess(reply));
  const failed = tried.filter(({ reply }) => !isSuccess(reply));
  const deliveredAtMs = delivered.length === 0 ? endpoint.deliveredAtMs : Math.max(...delivered.map(({ endMs }) => endMs));
  const began = failed.length === 0 ? null : Math.min(...failed.map(({ atMs }) => atMs));
  const failingSinceMs = delivered.length > 0 ? null : (endpoint.failingSinceMs ?? began);
  const rests = failed.flatMap(({ reply, endMs }) => {
    const asked = retryAfter(reply.retryAfter, endMs);
    return asked === null ? [] : [endMs + asked];
  });
  if (failed.length >= WAVE_FAILURES_MAX) rests.push(nowMs + REST_MS);
  const gone = tried.some(({ reply }) => isGone(reply));
  const worn = failingSinceMs !== null && nowMs - failingSinceMs >= FAILING_MS_MAX;
  const disabled = gone ? { reason: GONE, atMs: nowMs } : worn ? { reason: FAILING, atMs: nowMs } : null;
  return { failingSinceMs, deliveredAtMs, pausedUntilMs: Math.max(0, ...rests), disabled };
}
