// A registry on the chain that an RPC serves, and the same registry as it was at one block.
import { createClient, custom, numberToHex, type EIP1193RequestFn } from 'viem';
import { assertDeployment, registryClient, rpcClient, servedChain, type RegistryClient } from '../../chain/client.ts';
import { newestBlock } from '../../chain/read.ts';
import type { Hex } from '../../protocol/bytes.ts';

export type Target = {
  /** In order of preference. */
  readonly rpcUrls: readonly string[];
  readonly registry: Hex;
  /** Null takes whatever chain the RPC serves. */
  readonly chainId: number | null;
};

/** @throws ChainError */
export async function connect({ rpcUrls, registry, chainId }: Target): Promise<RegistryClient> {
  const client = registryClient({ rpcUrls, chainId: chainId ?? (await servedChain(rpcClient({ rpcUrls }))), registry });
  await assertDeployment(client);
  return client;
}

/** A client that reads everything at one block, however long the reading takes. */
export async function pinned(client: RegistryClient): Promise<{ readonly client: RegistryClient; readonly block: bigint }> {
  const block = await newestBlock(client);
  const at = numberToHex(block);
  const inner = client.rpc.request as EIP1193RequestFn;
  const request: EIP1193RequestFn = async ({ method, params }) => {
    if (method === 'eth_blockNumber') return at as never;
    const call: unknown = method === 'eth_call' && Array.isArray(params) ? [params[0], at] : params;
    return inner({ method, params: call } as never);
  };
  const rpc = createClient({ transport: custom({ request }, { retryCount: 0 }) });
  return { client: { ...client, rpc }, block };
}
