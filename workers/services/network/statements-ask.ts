// One question to many peers: a few at a time, each with a deadline of its own, so that a silent one delays nobody else's answer.
import type { Hex } from '../../../protocol/bytes.ts';
import { PEERS_IN_FLIGHT_MAX, PEER_DEADLINE_MS } from '../../limits.ts';
import { semaphore } from '../semaphore.ts';
import type { NetworkContext, PeerSeat } from './ports.ts';

export type PeerAnswer = { readonly from: Hex; readonly bytes: Uint8Array };

/** Everybody else's seat. */
export function peersOf({ ports }: NetworkContext, seats: readonly PeerSeat[]): PeerSeat[] {
  return seats.filter(({ operator }) => operator !== ports.member?.operator);
}

/** What peers answered, in the order of `peers`; those without a good answer are left out. */
export async function askAll(
  { ports }: NetworkContext,
  peers: readonly PeerSeat[],
  path: string,
  bytesMax: number,
): Promise<PeerAnswer[]> {
  const places = semaphore(PEERS_IN_FLIGHT_MAX);
  const answers = await Promise.all(
    peers.map(({ operator, url }) =>
      places.run(1, async () => ({
        from: operator,
        bytes: await ports.peers.get(url, path, { bytesMax, deadlineMs: PEER_DEADLINE_MS }),
      })),
    ),
  );
  return answers.flatMap(({ from, bytes }) => (bytes === null ? [] : [{ from, bytes }]));
}

export type Question<T> = {
  readonly bytesMax: number;
  /** For one peer; a peer's usual time if it is not said. */
  readonly deadlineMs?: number;
  /** After so long nobody else is asked. */
  readonly searchMs?: number;
  readonly read: (bytes: Uint8Array) => T | null;
};

/** The first answer that `read` accepts, peer after peer: for what is large, or checked by its hash. */
export async function askUntil<T>(
  { ports }: NetworkContext,
  peers: readonly PeerSeat[],
  path: string,
  { bytesMax, deadlineMs = PEER_DEADLINE_MS, searchMs = Number.POSITIVE_INFINITY, read }: Question<T>,
): Promise<T | null> {
  const end = ports.clock.nowMs() + searchMs;
  for (const { url } of peers) {
    if (ports.clock.nowMs() >= end) return null;
    const bytes = await ports.peers.get(url, path, { bytesMax, deadlineMs });
    const value = bytes === null ? null : read(bytes);
    if (value !== null) return value;
  }
  return null;
}
