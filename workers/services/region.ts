// What a region's object does: sends one small request to a node from where it is, and takes the time there. It is given an address and
// bytes, no secret, and trusts its caller no further than these bounds.
import {
  LOOK_UP_MS_MAX,
  REGION_ANSWER_BYTES_MAX,
  REGION_DEADLINE_MS_MAX,
  REGION_REQUEST_BYTES_MAX,
  REGION_URL_BYTES_MAX,
} from '../limits.ts';
import type { Clock, RegionAnswer, Transport } from './ports.ts';
import type { Semaphore } from './semaphore.ts';

export type RegionRequest = {
  readonly url: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly limits: { readonly bytesMax: number; readonly deadlineMs: number; readonly sendBeforeMs: number };
};

export type RegionPorts = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly transport: Transport;
  /** All requests of one object share its connections. */
  readonly places: Semaphore;
};

/** Presence of the schedule, and presence asked beside it (docs/protocol.md, sections 20 and 22). */
const PATHS: readonly string[] = ['/v1/challenges', '/v1/spots/challenges'];

function within(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}

/** @throws RangeError for a request that no presence challenge makes */
function requireSmall({ url, path, body, limits }: RegionRequest): void {
  const sizes = body.length <= REGION_REQUEST_BYTES_MAX && url.length <= REGION_URL_BYTES_MAX;
  const bounds = within(limits.bytesMax, REGION_ANSWER_BYTES_MAX) && within(limits.deadlineMs, REGION_DEADLINE_MS_MAX);
  if (!PATHS.includes(path) || !sizes || !bounds) throw new RangeError('A region sends presence challenges, and nothing larger.');
}

/**
 * Null when we were late: it had no place in time, or a look-up outlasted its own limit. How long the node's name servers took within that
 * limit is the node's affair, and whether they answered at all: or whoever runs one could turn an absence into a VOID.
 * @throws RangeError for a request that no presence challenge makes
 */
export async function postFromRegion(
  { clock, transport, places }: RegionPorts,
  request: RegionRequest,
): Promise<RegionAnswer | null> {
  requireSmall(request);
  const { url, path, body, limits } = request;
  return places.run(1, async () => {
    const placedAt = clock.nowMs();
    if (placedAt >= limits.sendBeforeMs) return null;
    await transport.prepare(url);
    const sentAt = clock.nowMs();
    if (sentAt - placedAt > LOOK_UP_MS_MAX) return null;
    const answer = await transport.post(url, path, body, { bytesMax: limits.bytesMax, deadlineMs: limits.deadlineMs });
    return { answer, elapsedMs: Math.max(1, Math.ceil(clock.nowMs() - sentAt)) };
  });
}
