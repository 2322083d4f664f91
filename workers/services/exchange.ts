// One request to a node whose time counts, and whether its answer is one: complete, and by the deadline of the request.
import type { Reason } from '../../protocol/verdict.ts';
import { AUDITOR_LAG_MS_MAX } from '../limits.ts';
import type { Answer, Clock, Transport } from './ports.ts';

/** `elapsedMs`: from sending to the last byte, rounded up, at least 1. */
export type Exchanged =
  { readonly ok: true; readonly bytes: Uint8Array; readonly elapsedMs: number } | { readonly ok: false; readonly reason: Reason };

/** @param tookMs from sending to the last byte or to the failure */
export function timely(answer: Answer, tookMs: number, deadlineMs: number): Exchanged {
  const elapsedMs = Math.max(1, Math.ceil(tookMs));
  // A timer that fires far too late is ours; an answer that was received, but not by the deadline of the request, is the node's.
  const timeout = elapsedMs - deadlineMs > AUDITOR_LAG_MS_MAX ? 'auditor_fault' : 'timeout';
  if (!answer.ok) return { ok: false, reason: answer.reason === 'timeout' ? timeout : answer.reason };
  return elapsedMs > deadlineMs ? { ok: false, reason: timeout } : { ok: true, bytes: answer.bytes, elapsedMs };
}

export type Request = {
  readonly url: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly limits: { readonly bytesMax: number; readonly deadlineMs: number };
};

/** The request's clock begins here. */
export async function exchange(
  { clock, transport }: { readonly clock: Clock; readonly transport: Transport },
  { url, path, body, limits }: Request,
): Promise<Exchanged> {
  const sentAt = clock.nowMs();
  const answer = await transport.post(url, path, body, limits);
  return timely(answer, clock.nowMs() - sentAt, limits.deadlineMs);
}
