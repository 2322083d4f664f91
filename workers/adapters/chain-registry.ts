// The registry's real side: chain/ over the configured RPCs. What a validator signs challenges by is asked of all of them, the rest of
// the first that answers. The clients live for one invocation.
import { differentEntry, differentField, differentValue, eachClient, readAgreed } from '../../chain/agree.ts';
import { assertDeployment, registryClient, type RegistryClient, type RegistryConfig } from '../../chain/client.ts';
import { readClock, readPolicyHash } from '../../chain/clock.ts';
import { readLastReport, readReport, readSeedBase, type SeedBase } from '../../chain/reports.ts';
import { encodePostReport } from '../../chain/transactions.ts';
import { readActiveSet, readValidator } from '../../chain/validators.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { verifySeed } from '../../protocol/seed.ts';
import type { Registry, SeatSigner } from '../services/ports.ts';
import { finalReads } from './final-reads.ts';

type Where = Pick<RegistryConfig, 'rpcUrls' | 'chainId' | 'registry'>;

/** Which network the registry is of: all that a gateway asks of it as a member. */
export function chainDeployment({ rpcUrls, chainId, registry }: Where): Pick<Registry, 'deployment'> {
  const clients = eachClient({ rpcUrls, chainId, registry });
  return {
    deployment: async () => {
      const found = await readAgreed(clients, {
        what: 'the registry’s clock and first policy',
        ready: assertDeployment,
        read: async (client) => {
          const [clock, policyHash] = await Promise.all([readClock(client), readPolicyHash(client, 0)]);
          return { ...clock, policyHash };
        },
        differs: (a, b) => {
          const field = differentField(a, b);
          return field === null ? null : `not the same ${field}`;
        },
      });
      const { reportSeconds, policyHash, ...clock } = found;
      return { domain: { chainId, registry }, clock, reportSeconds, policyHash };
    },
  };
}

/** A report moves the base, and one RPC may know of it before another: then the newer one's seed leads to the older one's. */
function differentBase(a: SeedBase | null, b: SeedBase | null): string | null {
  if (a === null || b === null) return a === b ? null : 'one has none';
  const [older, newer] = a.epoch <= b.epoch ? [a, b] : [b, a];
  const same = older.epoch === newer.epoch ? older.seed === newer.seed : verifySeed(newer.seed, newer.epoch, older);
  return same ? null : `those of epochs ${String(older.epoch)} and ${String(newer.epoch)} are not of one chain`;
}

async function seatSigners(client: RegistryClient, epoch: number): Promise<SeatSigner[]> {
  const seats = await readActiveSet(client, epoch);
  return seats.map(({ operator, signer }) => ({ operator, signer }));
}

export function chainRegistry({ rpcUrls, chainId, registry, validator }: Where & { readonly validator: Hex }): Registry {
  const client = registryClient({ rpcUrls, chainId, registry });
  const shared = finalReads({ rpcUrls, chainId, registry });
  return {
    ...chainDeployment({ rpcUrls, chainId, registry }),
    policyHash: shared.policyHash,
    nodes: shared.nodes,
    signers: (epoch) => shared.final(epoch, 'the seats', seatSigners, differentEntry),
    signer: (epoch) =>
      shared.final(
        epoch,
        'this validator’s signer',
        async (one) => {
          const found = await readValidator(one, validator, epoch);
          return found?.active === true ? found.signer : null;
        },
        differentValue,
      ),
    seedBase: (epoch) => shared.final(epoch, 'the seed’s base', (one) => readSeedBase(one, validator, epoch), differentBase),
    lastReport: () => readLastReport(client, validator),
    report: (epoch) => readReport(client, validator, epoch),
    postCall: (report, signature) => ({ to: registry, data: encodePostReport(report, signature) }),
  };
}
