// Report sets and leaves by their hashes: from the store, else from whichever peer has them. A hash makes it irrelevant who that is.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { rootsOf } from '../../../protocol/consensus/leaves.ts';
import { reportSetHash, sortEntries } from '../../../protocol/consensus/sets.ts';
import type { EpochRoot, Leaves, ReportEntry } from '../../../protocol/consensus/types.ts';
import { LEAVES_BYTES_MAX, PEER_JSON_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { parseLeaves, parseReportSet, tellable } from '../../../schema/wire/network.ts';
import { LEAVES_DEADLINE_MS, LEAVES_SEARCH_MS_MAX } from '../../limits.ts';
import { shuffled } from './mirror-fetch.ts';
import type { Mirror, NetworkContext, PeerSeat, StoredRoot } from './ports.ts';
import { askUntil } from './statements-ask.ts';

/** Where the leaves of a root that was proposed or taken in here lie. */
export const leavesKey = (rootHash: Hex): string => `consensus/${rootHash.slice(2)}`;

/** Puts a root's lines where whoever asks for them by the root's hash finds them, however many they are. */
export async function keepLeaves({ ports }: NetworkContext, rootHash: Hex, leaves: Leaves, epoch: number): Promise<void> {
  await ports.objects.put(leavesKey(rootHash), utf8ToBytes(JSON.stringify(tellable(leaves))), epoch);
}

/** Takes the entries as the set with that hash if they are. @returns them in order, else null */
export async function keepSet(
  { ports }: NetworkContext,
  entries: readonly ReportEntry[],
  hash: Hex,
  epoch: number,
): Promise<readonly ReportEntry[] | null> {
  if (!eachOnce(entries) || reportSetHash(entries) !== hash) return null;
  const sorted = sortEntries(entries);
  await ports.store.keepReportSet(hash, sorted, epoch);
  return sorted;
}

const eachOnce = (entries: readonly ReportEntry[]): boolean =>
  new Set(entries.map(({ epoch, validator }) => `${String(epoch)}/${validator}`)).size === entries.length;

/** The set with this hash, in order, each report once; null while nobody has it. */
export async function reportSetOf(
  context: NetworkContext,
  hash: Hex,
  epoch: number,
  peers: readonly PeerSeat[],
): Promise<readonly ReportEntry[] | null> {
  const { store } = context.ports;
  const known = await store.reportSet(hash);
  if (known !== null) return known;
  const found = await askUntil(context, peers, `/v1/report-sets/${hash}`, {
    bytesMax: PEER_JSON_BYTES_MAX,
    read: (bytes) => {
      const told = parseReportSet(bytes);
      return told !== null && reportSetHash(told) === hash ? told : null;
    },
  });
  return found === null ? null : keepSet(context, found, hash, epoch);
}

type TreeRoots = Pick<EpochRoot, 'scoreRoot' | 'rewardRoot' | 'penaltyRoot'>;

export function sameTrees(a: TreeRoots, b: TreeRoots): boolean {
  return a.scoreRoot === b.scoreRoot && a.rewardRoot === b.rewardRoot && a.penaltyRoot === b.penaltyRoot;
}

/** All lines under a root: kept here, or from any peer that has lines which give its three trees. */
export async function leavesOf(
  context: NetworkContext,
  root: EpochRoot,
  rootHash: Hex,
  peers: readonly PeerSeat[],
  bytesMax: number = LEAVES_BYTES_MAX,
): Promise<Leaves | null> {
  const base = `/v1/consensus/${String(root.epoch)}/leaves`;
  const read = (bytes: Uint8Array): Leaves | null => {
    const told = parseLeaves(bytes);
    return told !== null && sameTrees(rootsOf(told), root) ? told : null;
  };
  const kept = await context.ports.objects.get(leavesKey(rootHash));
  const own = kept === null ? null : read(kept);
  if (own !== null) return own;
  const question = { bytesMax, deadlineMs: LEAVES_DEADLINE_MS, searchMs: LEAVES_SEARCH_MS_MAX, read };
  // In another order each time: slow peers must not stand before an honest one for ever.
  return askUntil(context, shuffled(context, peers), `${base}?root=${rootHash}`, question);
}

/** What may be proposed: everything verified here. */
export function entriesOf(mirrors: readonly Mirror[]): readonly ReportEntry[] {
  return sortEntries(
    mirrors.flatMap(({ epoch, validator, state, reportHash }) =>
      state === 'verified' && reportHash !== null ? [{ epoch, validator, reportHash }] : [],
    ),
  );
}

export const previousHash = (last: StoredRoot | null): Hex => last?.rootHash ?? ZERO32;
