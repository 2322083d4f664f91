// The registry's immutable numbers, and the policy that each epoch has.
import type { Hex } from '../protocol/bytes.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { readRegistry } from './read.ts';
import { NEWEST_EPOCH, epochArgument, lower, safeNumber } from './values.ts';

/** `reportSeconds`: how long after an epoch's end its reports are accepted; consensus roots come after that. */
export type RegistryClock = EpochClock & { readonly reportSeconds: number };

/** @throws ChainError unreachable | no_code | bad_response */
export async function readClock(client: RegistryClient): Promise<RegistryClock> {
  const [genesis, slotSeconds, slotsPerEpoch, reportSeconds] = await Promise.all([
    readRegistry(client, 'GENESIS', []),
    readRegistry(client, 'SLOT_SECONDS', []),
    readRegistry(client, 'SLOTS_PER_EPOCH', []),
    readRegistry(client, 'REPORT_SECONDS', []),
  ]);
  return { genesis: safeNumber(genesis, 'genesis'), slotSeconds, slotsPerEpoch, reportSeconds };
}

/** Hash of the policy in force at an epoch; final for epochs up to the current one plus 1. */
export async function readPolicyHash(client: RegistryClient, epoch: number): Promise<Hex> {
  return lower(await readRegistry(client, 'policyAt', [epochArgument(epoch)]));
}

/** Hash of the newest policy on chain, in force already or in two epochs at the latest. */
export async function readNewestPolicyHash(client: RegistryClient): Promise<Hex> {
  return lower(await readRegistry(client, 'policyAt', [epochArgument(NEWEST_EPOCH)]));
}

/** The epoch of the newest block. */
export async function readCurrentEpoch(client: RegistryClient): Promise<number> {
  return safeNumber(await readRegistry(client, 'currentEpoch', []), 'current epoch');
}

/**
 * Passes when the chain, as the RPC sees it, has come so far that what is in effect at `epoch` is final: the epoch before has
 * begun. An RPC that lags behind would otherwise give a set that later blocks change, and a report over it could never be verified.
 * @throws ChainError behind | unreachable | no_code | bad_response
 */
export async function requireFinal(client: RegistryClient, epoch: number): Promise<void> {
  const current = await readRegistry(client, 'currentEpoch', []);
  if (epochArgument(epoch) <= current + 1n) return;
  throw new ChainError(
    'behind',
    `The RPC's newest block is of epoch ${String(current)}; what is in effect at epoch ${String(epoch)} is not final there. Wait, or try another RPC.`,
  );
}
