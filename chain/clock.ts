// The registry's immutable numbers: the clock and the policy that reports must name.
import type { Hex } from '../protocol/bytes.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { readRegistry } from './read.ts';
import { epochArgument, lower, safeNumber } from './values.ts';

export type RegistryClock = EpochClock & { readonly policyHash: Hex };

/** @throws ChainError unreachable | no_code | bad_response */
export async function readClock(client: RegistryClient): Promise<RegistryClock> {
  const [genesis, slotSeconds, slotsPerEpoch, policyHash] = await Promise.all([
    readRegistry(client, 'GENESIS', []),
    readRegistry(client, 'SLOT_SECONDS', []),
    readRegistry(client, 'SLOTS_PER_EPOCH', []),
    readRegistry(client, 'POLICY_HASH', []),
  ]);
  return { genesis: safeNumber(genesis, 'genesis'), slotSeconds, slotsPerEpoch, policyHash: lower(policyHash) };
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
