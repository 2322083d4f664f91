// Posted consensus roots: what the registry stores of one, and the whole of it from the event of the block that posted it.
import { getAbiItem } from 'viem';
import type { Hex } from '../protocol/bytes.ts';
import { rootHash } from '../protocol/consensus/root.ts';
import type { EpochRoot } from '../protocol/consensus/types.ts';
import { auditRegistryAbi as abi } from '../schema/abi/AuditRegistry.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { readEvent } from './events.ts';
import { SEATS_MAX } from './limits.ts';
import { readRegistry } from './read.ts';
import { epochArgument, lower, safeNumber, type RootTuple } from './values.ts';

/** What the registry stores of a root, and when it did. */
export type StoredRoot = {
  readonly rootHash: Hex;
  readonly scoreRoot: Hex;
  readonly rewardRoot: Hex;
  readonly penaltyRoot: Hex;
  readonly round: number;
  /** Fewer than four validators had a seat: no penalties follow from it. */
  readonly provisional: boolean;
  /** Epoch of the root posted before this one; null for the first. */
  readonly previousEpoch: number | null;
  readonly blockNumber: number;
  /** Unix seconds. */
  readonly timestamp: number;
};

export type PostedRoot = StoredRoot & {
  readonly root: EpochRoot;
  /** Bitmap of the seats that signed. */
  readonly seats: number;
  /** 64 bytes r ‖ vs each, by rising seat. */
  readonly signatures: readonly Hex[];
  readonly transactionHash: Hex;
};

const epochPosted = getAbiItem({ abi, name: 'EpochPosted' });

/** Null when no root is posted for that epoch. */
export async function readRoot(client: RegistryClient, epoch: number): Promise<StoredRoot | null> {
  const view = await readRegistry(client, 'rootOf', [epochArgument(epoch)]);
  if (!view.posted) return null;
  return {
    rootHash: lower(view.rootHash),
    scoreRoot: lower(view.scoreRoot),
    rewardRoot: lower(view.rewardRoot),
    penaltyRoot: lower(view.penaltyRoot),
    round: view.round,
    provisional: view.provisional,
    previousEpoch: view.previousEpoch === 0n ? null : safeNumber(view.previousEpoch, 'previous epoch'),
    blockNumber: safeNumber(view.blockNumber, 'block number'),
    timestamp: safeNumber(view.timestamp, 'timestamp'),
  };
}

type Posted = { readonly root: RootTuple; readonly seats: bigint; readonly signatures: Hex };

function toRoot(tuple: RootTuple): EpochRoot {
  return {
    epoch: safeNumber(tuple.epoch, 'epoch'),
    round: tuple.round,
    scoreRoot: lower(tuple.scoreRoot),
    rewardRoot: lower(tuple.rewardRoot),
    penaltyRoot: lower(tuple.penaltyRoot),
    reportSetHash: lower(tuple.reportSetHash),
    nodeSetRoot: lower(tuple.nodeSetRoot),
    previousRoot: lower(tuple.previousRoot),
    policyHash: lower(tuple.policyHash),
  };
}

/** The signatures one by one, when they are as many as the bitmap names. */
function signaturesOf(seats: number, joined: Hex): Hex[] {
  const count = seats.toString(2).replaceAll('0', '').length;
  const digits = lower(joined).slice(2);
  if (digits.length !== 128 * count) {
    throw new ChainError('bad_response', 'The RPC gives a root whose signatures are not those of its seats. Try another RPC.');
  }
  return Array.from({ length: count }, (_, i): Hex => `0x${digits.slice(128 * i, 128 * (i + 1))}`);
}

/**
 * The whole root with who signed it and the transaction that posted it, from the event in the one block that holds it; null when no
 * root is posted for that epoch.
 * @throws ChainError bad_response when the RPC no longer has that block's logs
 */
export async function readPostedRoot(client: RegistryClient, epoch: number): Promise<PostedRoot | null> {
  const stored = await readRoot(client, epoch);
  if (stored === null) return null;
  const { args, transactionHash } = await readEvent<Posted>(
    client,
    epochPosted,
    stored.blockNumber,
    { epoch: epochArgument(epoch) },
    (posted) => rootHash(toRoot(posted.root)) === stored.rootHash,
    'the root',
  );
  if (args.seats >= 2n ** BigInt(SEATS_MAX)) {
    throw new ChainError('bad_response', 'The RPC gives a root with more seats than there can be. Try another RPC.');
  }
  const seats = Number(args.seats);
  return { ...stored, root: toRoot(args.root), seats, signatures: signaturesOf(seats, args.signatures), transactionHash };
}

/** The newest root, or null. */
export async function readLastRoot(client: RegistryClient): Promise<{ readonly epoch: number; readonly rootHash: Hex } | null> {
  const [epoch, hash] = await readRegistry(client, 'lastRoot', []);
  return epoch === 0n ? null : { epoch: safeNumber(epoch, 'last root'), rootHash: lower(hash) };
}
