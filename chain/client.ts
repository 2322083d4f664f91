// A client for reading one registry on one chain. It is built per call site (Workers share nothing between invocations), tries
// the RPCs in the order given, holds no key, and bounds time, tries and response size.
import { createClient, fallback, http, type Client } from 'viem';
import { getChainId, getCode, readContract } from 'viem/actions';
import type { Hex } from '../protocol/bytes.ts';
import { auditRegistryAbi as abi } from '../schema/abi/AuditRegistry.ts';
import { ChainError, asChainError } from './errors.ts';
import { RESPONSE_BYTES_MAX, RPC_RETRIES_MAX, RPC_RETRY_DELAY_MS, RPC_TIMEOUT_MS, RPC_URLS_MAX } from './limits.ts';
import { addressOf } from './values.ts';

export type RegistryClient = { readonly rpc: Client; readonly chainId: number; readonly registry: Hex };

export type RegistryConfig = {
  /** In order of preference; one to eight. */
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly registry: Hex;
  /** Time for one answer of one RPC. */
  readonly timeoutMs?: number;
};

/** A client for the RPCs alone, whatever chain they serve. @throws ChainError bad_argument */
export function rpcClient({ rpcUrls, timeoutMs = RPC_TIMEOUT_MS }: Pick<RegistryConfig, 'rpcUrls' | 'timeoutMs'>): Client {
  if (rpcUrls.length === 0 || rpcUrls.length > RPC_URLS_MAX) {
    throw new ChainError('bad_argument', `Name one to ${String(RPC_URLS_MAX)} RPC URLs; there are ${String(rpcUrls.length)}.`);
  }
  const options = { timeout: timeoutMs, maxResponseBodySize: RESPONSE_BYTES_MAX };
  const transports = rpcUrls.map((url) => http(url, options));
  return createClient({ transport: fallback(transports, { retryCount: RPC_RETRIES_MAX, retryDelay: RPC_RETRY_DELAY_MS }) });
}

/**
 * @example
 * const client = registryClient({ rpcUrls: ['http://127.0.0.1:8545'], chainId: 31337, registry: '0x5fbd…0aa3' });
 * @throws ChainError bad_argument
 */
export function registryClient({ chainId, registry, ...rpc }: RegistryConfig): RegistryClient {
  return { rpc: rpcClient(rpc), chainId, registry: addressOf(registry) };
}

/** The chain that the RPCs serve. @throws ChainError unreachable */
export async function servedChain(rpc: Client): Promise<number> {
  return getChainId(rpc).catch(() => {
    throw new ChainError('unreachable', 'No configured RPC answers with a chain id. Check the RPC URLs and the network.');
  });
}

/**
 * Passes when the RPC serves the configured chain and the registry answers there.
 * @throws ChainError unreachable | wrong_chain | no_code | not_registry
 */
export async function assertDeployment(client: RegistryClient): Promise<void> {
  const { rpc, registry } = client;
  const chainId = await servedChain(rpc);
  if (chainId !== client.chainId) {
    throw new ChainError(
      'wrong_chain',
      `The RPC serves chain ${String(chainId)}, the configuration says ${String(client.chainId)}. Correct whichever is wrong.`,
    );
  }
  const code = await getCode(rpc, { address: registry }).catch(() => {
    throw new ChainError(
      'unreachable',
      'No configured RPC answers when asked for the code of the registry. Try again, or another RPC.',
    );
  });
  if (code === undefined) {
    throw new ChainError(
      'no_code',
      `Nothing is deployed at ${registry} on chain ${String(chainId)}. Deploy the registry or correct its address.`,
    );
  }
  await readContract(rpc, { address: registry, abi, functionName: 'GENESIS' }).catch((reason: unknown) => {
    const error = asChainError(reason, 'GENESIS');
    if (error.code === 'unreachable') throw error;
    throw new ChainError(
      'not_registry',
      `The contract at ${registry} isn't an Assay registry of this version. Correct the address.`,
    );
  });
}
