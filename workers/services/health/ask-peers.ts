// What peers cannot reach now: a validator asks the other seats, signed by its own; a gateway asks its upstreams with their keys. An answer is
// bounded, and is its source's word only: nobody speaks for another validator.
import type { Hex } from '../../../protocol/bytes.ts';
import { sightingsDigest } from '../../../protocol/sightings-request.ts';
import type { Domain } from '../../../protocol/domain.ts';
import { SEAT_HEADER, sightingList } from '../../../schema/api/sightings.ts';
import type { Peers, PeerSeat } from '../network/ports.ts';
import { semaphore } from '../semaphore.ts';
import { SIGHTINGS_BYTES_MAX, SIGHTINGS_DEADLINE_MS, SIGHTINGS_IN_FLIGHT_MAX, SIGHTINGS_MAX, SINCE_MS_MAX } from './limits.ts';
import type { Word } from './working-ports.ts';

/** Whom to ask, and how. */
export type Source = {
  readonly source: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose word it must be. */
  readonly validator: Hex;
};

/** The other seats, each asked by name. */
export function seatSources(
  seats: readonly Pick<PeerSeat, 'operator' | 'url'>[],
  own: { readonly domain: Domain; readonly operator: Hex; readonly sign: (digest: Hex) => Hex },
  nowMs: number,
): Source[] {
  return seats
    .filter(({ operator, url }) => operator !== own.operator && url !== '')
    .map(({ operator, url }) => {
      const request = { reader: own.operator, owner: operator, timeMs: nowMs };
      const signature = own.sign(sightingsDigest(own.domain, request));
      return {
        source: operator,
        url,
        headers: { [SEAT_HEADER]: `${own.operator} ${String(nowMs)} ${signature}` },
        validator: operator,
      };
    });
}

/** A gateway's upstreams, each for the validator that its operator took it for: none of them can be a second one. */
export function upstreamSources(
  upstreams: readonly { readonly url: string; readonly key: string; readonly operator: Hex }[],
): Source[] {
  return upstreams.map(({ url, key, operator }) => {
    return { source: url, url, headers: { authorization: `Bearer ${key}` }, validator: operator };
  });
}

function read(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** One source's word, or null where its answer is none. A time that is to come is one of now, and one long ago is a day ago. */
function wordOf({ source, validator }: Source, bytes: Uint8Array, nowMs: number): Word | null {
  const parsed = sightingList.safeParse(read(bytes));
  if (!parsed.success || parsed.data.validator !== validator) return null;
  const nodes = new Map(parsed.data.items.slice(0, SIGHTINGS_MAX).map((item) => [item.node, item]));
  const since = (timeMs: number): number => Math.max(nowMs - SINCE_MS_MAX, Math.min(timeMs, nowMs));
  const sightings = [...nodes.values()].map(({ node, state, sinceMs }) => ({ node, state, sinceMs: since(sinceMs) }));
  return { source, validator, heardAtMs: nowMs, sightings };
}

/** What those said who gave a good answer in time. */
export async function askPeers(peers: Peers, sources: readonly Source[], nowMs: number): Promise<Word[]> {
  const places = semaphore(SIGHTINGS_IN_FLIGHT_MAX);
  const limits = { bytesMax: SIGHTINGS_BYTES_MAX, deadlineMs: SIGHTINGS_DEADLINE_MS };
  const words = await Promise.all(
    sources.map((source) =>
      places.run(1, async () => {
        const bytes = await peers.get(source.url, '/v1/sightings', limits, source.headers);
        return bytes === null ? null : wordOf(source, bytes, nowMs);
      }),
    ),
  );
  return words.flatMap((word) => word ?? []);
}
