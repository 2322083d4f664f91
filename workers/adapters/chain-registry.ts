// The registry's real side: chain/ over the configured RPCs. The client lives for one invocation.
import { assertDeployment, registryClient, type RegistryConfig } from '../../chain/client.ts';
import { readClock, readPolicyHash, requireFinal } from '../../chain/clock.ts';
import { readNodes } from '../../chain/nodes.ts';
import { readLastReport, readReport, readSeedBase } from '../../chain/reports.ts';
import { encodePostReport } from '../../chain/transactions.ts';
import { readValidator, readValidatorCount } from '../../chain/validators.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Registry } from '../services/ports.ts';

type Where = Pick<RegistryConfig, 'rpcUrls' | 'chainId' | 'registry'>;

/** Which network the registry is of: all that a gateway asks of it as a member. */
export function chainDeployment({ rpcUrls, chainId, registry }: Where): Pick<Registry, 'deployment'> {
  const client = registryClient({ rpcUrls, chainId, registry });
  return {
    deployment: async () => {
      await assertDeployment(client);
      const [{ reportSeconds, ...clock }, policyHash] = await Promise.all([readClock(client), readPolicyHash(client, 0)]);
      return { domain: { chainId, registry }, clock, reportSeconds, policyHash };
    },
  };
}

export function chainRegistry({ rpcUrls, chainId, registry, validator }: Where & { readonly validator: Hex }): Registry {
  const client = registryClient({ rpcUrls, chainId, registry });
  return {
    ...chainDeployment({ rpcUrls, chainId, registry }),
    policyHash: (epoch) => readPolicyHash(client, epoch),
    nodes: async (epoch) => {
      await requireFinal(client, epoch);
      return readNodes(client, epoch);
    },
    validatorCount: (epoch) => readValidatorCount(client, epoch),
    signer: async (epoch) => {
      const found = await readValidator(client, validator, epoch);
      return found?.active === true ? found.signer : null;
    },
    seedBase: (epoch) => readSeedBase(client, validator, epoch),
    lastReport: () => readLastReport(client, validator),
    report: (epoch) => readReport(client, validator, epoch),
    postCall: (report, signature) => ({ to: registry, data: encodePostReport(report, signature) }),
  };
}
