// Reads of what is final at an epoch, agreed between all configured RPCs: the ones that lag or are down have no say.
import { differentEntry, differentValue, eachClient, readAgreed } from '../../chain/agree.ts';
import type { RegistryClient, RegistryConfig } from '../../chain/client.ts';
import { readPolicyHash, requireFinal } from '../../chain/clock.ts';
import { readNodes } from '../../chain/nodes.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochNode } from '../../protocol/schedule.ts';

export type FinalReads = {
  /** @throws ChainError behind | disagreeing | as `read` */
  readonly final: <T>(
    epoch: number,
    what: string,
    read: (client: RegistryClient, epoch: number) => Promise<T>,
    differs: (a: T, b: T) => string | null,
  ) => Promise<T>;
  readonly policyHash: (epoch: number) => Promise<Hex>;
  readonly nodes: (epoch: number) => Promise<EpochNode[]>;
};

export function finalReads(where: Pick<RegistryConfig, 'rpcUrls' | 'chainId' | 'registry'>): FinalReads {
  const clients = eachClient(where);
  const final: FinalReads['final'] = (epoch, what, read, differs) =>
    readAgreed(clients, {
      what: `${what} of epoch ${String(epoch)}`,
      ready: (client) => requireFinal(client, epoch),
      read: (client) => read(client, epoch),
      differs,
    });
  return {
    final,
    policyHash: (epoch) => final(epoch, 'the policy', readPolicyHash, differentValue),
    nodes: (epoch) => final(epoch, 'the nodes', readNodes, differentEntry),
  };
}
