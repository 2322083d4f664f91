// The registry as it is on chain.
import { registryClient } from '../../chain/client.ts';
import { readClock } from '../../chain/clock.ts';
import { readActiveSet } from '../../chain/validators.ts';
import type { Domain } from '../../protocol/domain.ts';
import { REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { RegistrySource } from './registry.ts';

export function chainRegistry(rpcUrls: readonly string[], { chainId, registry }: Domain): RegistrySource {
  const client = registryClient({ rpcUrls, chainId, registry, timeoutMs: REGISTRY_TIMEOUT_MS });
  return {
    clock: () => readClock(client),
    async signersAt(epoch) {
      // At most 31 seats, each behind a stake: strangers cannot make this list long.
      const seats = await readActiveSet(client, epoch);
      return new Map(seats.map(({ signer, operator }) => [signer, operator]));
    },
  };
}
