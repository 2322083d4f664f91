// Objects by their hash, from whoever has them: what is stored here, the owner, other seats in an order that nobody can foresee. The
// hash makes it irrelevant who answered; sizes and times are ours.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { MIRROR_DEADLINE_MS, MIRROR_SOURCES_MAX } from '../../limits.ts';
import type { NetworkContext, PeerSeat } from './ports.ts';

export type Fetching = {
  readonly context: NetworkContext;
  readonly seats: readonly PeerSeat[];
  /** Whose archive it is. */
  readonly owner: PeerSeat;
  readonly epoch: number;
  /** Unix milliseconds at which nobody is asked any more. */
  readonly until: number;
};

export type Wanted = {
  readonly sha256: Hex;
  readonly bytesMax: number;
  /** Where its owner serves it. */
  readonly ownerPath: string;
  /** Whoever said to have it, asked right after the owner. */
  readonly first?: Hex;
};

/** `source` is null for what was stored here. */
export type Fetched =
  | { readonly bytes: Uint8Array; readonly source: Hex | null }
  | { readonly bytes: null; readonly asked: number; readonly wrong: readonly Hex[] };

/** Where an object with this hash is kept and served from. */
export const objectKey = (hash: Hex): string => `archive/${hash.slice(2)}`;
export const objectPath = (hash: Hex): string => `/v1/objects/${hash}`;

/** The items in an order drawn now. */
export function shuffled<T>({ ports }: NetworkContext, items: readonly T[]): T[] {
  const words = new DataView(ports.random(6 * items.length).slice().buffer);
  const ranked = items.map((item, i) => ({ item, rank: words.getUint32(6 * i) * 2 ** 16 + words.getUint16(6 * i + 4) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

/** Who is asked, in order; never ourselves. */
function sources({ context, seats, owner }: Fetching, first: Hex | undefined): PeerSeat[] {
  const own = context.ports.member?.operator;
  const others = seats.filter(({ operator }) => operator !== own && operator !== owner.operator);
  const named = others.filter(({ operator }) => operator === first);
  const rest = shuffled(
    context,
    others.filter(({ operator }) => operator !== first),
  );
  return [...(owner.operator === own ? [] : [owner]), ...[...named, ...rest].slice(0, MIRROR_SOURCES_MAX)];
}

/** Never throws for what a peer does. */
export async function fetchObject(fetching: Fetching, wanted: Wanted): Promise<Fetched> {
  const { ports } = fetching.context;
  const stored = await ports.objects.get(objectKey(wanted.sha256));
  if (stored !== null && toHex(sha256(stored)) === wanted.sha256) return { bytes: stored, source: null };
  const wrong: Hex[] = [];
  let asked = 0;
  for (const seat of sources(fetching, wanted.first)) {
    const left = fetching.until - ports.clock.nowMs();
    if (left <= 0) break;
    const path = seat.operator === fetching.owner.operator ? wanted.ownerPath : objectPath(wanted.sha256);
    const limits = { bytesMax: wanted.bytesMax, deadlineMs: Math.min(MIRROR_DEADLINE_MS, left) };
    asked++;
    const bytes = await ports.peers.get(seat.url, path, limits);
    if (bytes === null) continue;
    if (bytes.length <= wanted.bytesMax && toHex(sha256(bytes)) === wanted.sha256) return { bytes, source: seat.operator };
    wrong.push(seat.operator);
  }
  return { bytes: null, asked, wrong };
}

/** Why there is no such object, in one line. */
export function missingText(what: string, hash: Hex, { asked, wrong }: { asked: number; wrong: readonly Hex[] }): string {
  const liars = wrong.length === 0 ? '' : `; ${wrong.join(', ')} served other bytes`;
  return `${what}: nobody serves ${hash} (${String(asked)} asked${liars})`;
}
