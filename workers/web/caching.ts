// How long an answer may be kept. Bytes with a hash never change; JSON about a posted epoch changes with the API's form only;
// everything else is new after a slot.
import type { EpochClock } from '../../protocol/schedule.ts';
import { fromHex, type Hex } from '../../protocol/bytes.ts';
import { toBase64 } from '../../schema/base64.ts';

const LIVE_SECONDS_MAX = 30;

export const liveCaching = (clock: EpochClock): string => `public, max-age=${Math.min(LIVE_SECONDS_MAX, clock.slotSeconds)}`;
/** What validators ask one another for while rounds of a few seconds run. */
export const PEER_CACHING = 'public, max-age=1';
export const POSTED_CACHING = 'public, max-age=86400, immutable';
export const FOREVER_CACHING = 'public, max-age=31536000, immutable';

/** Headers of bytes that are named by their SHA-256: entity tag, and RFC 9530's digest for whoever checks. */
export function hashHeaders(hash: Hex): Record<string, string> {
  const base64 = toBase64(fromHex(hash, 32));
  return { etag: `"${hash}"`, 'repr-digest': `sha-256=:${base64}:`, 'cache-control': FOREVER_CACHING };
}
