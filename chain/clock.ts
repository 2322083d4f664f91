// The registry's immutable numbers: the clock and the policy that reports must name.
import type { Hex } from '../protocol/bytes.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import type { RegistryClient } from './client.ts';
import { readRegistry } from './read.ts';
import { lower, safeNumber } from './values.ts';

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
