// The one place where contracts are read: typed by the ABI, and every failure mapped to a ChainError.
import type { Abi, Client, ContractFunctionArgs, ContractFunctionName, ContractFunctionReturnType } from 'viem';
import { getBlockNumber, readContract } from 'viem/actions';
import type { Hex } from '../protocol/bytes.ts';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
import type { RegistryClient } from './client.ts';
import { asChainError } from './errors.ts';

export type ViewOf<A extends Abi> = ContractFunctionName<A, 'view' | 'pure'>;
export type ArgsOf<A extends Abi, Name extends ViewOf<A>> = ContractFunctionArgs<A, 'view' | 'pure', Name>;
export type ResultOf<A extends Abi, Name extends ViewOf<A>> = ContractFunctionReturnType<
  A,
  'view' | 'pure',
  Name,
  ArgsOf<A, Name>
>;

type Registry = typeof auditRegistryAbi;
export type ViewName = ViewOf<Registry>;
export type ViewArgs<Name extends ViewName> = ArgsOf<Registry, Name>;
export type ViewResult<Name extends ViewName> = ResultOf<Registry, Name>;

/**
 * Calls a view of a contract, at a block when one is given.
 * @throws ChainError unreachable | no_code | reverted | bad_response
 */
export async function readView<const A extends Abi, Name extends ViewOf<A>>(
  rpc: Client,
  contract: { readonly address: Hex; readonly abi: A },
  functionName: Name,
  args: ArgsOf<A, Name>,
  blockNumber?: bigint,
): Promise<ResultOf<A, Name>> {
  try {
    const call = { ...contract, functionName, args };
    const result: unknown = await readContract(rpc, (blockNumber === undefined ? call : { ...call, blockNumber }) as never);
    return result as ResultOf<A, Name>; // viem decodes by the same ABI that this type is computed from
  } catch (error) {
    throw asChainError(error, functionName);
  }
}

/**
 * Calls a view of the registry, at a block when one is given.
 * @throws ChainError unreachable | no_code | reverted | bad_response
 */
export async function readRegistry<Name extends ViewName>(
  client: RegistryClient,
  functionName: Name,
  args: ViewArgs<Name>,
  blockNumber?: bigint,
): Promise<ViewResult<Name>> {
  return readView(client.rpc, { address: client.registry, abi: auditRegistryAbi }, functionName, args, blockNumber);
}

/** The newest block that the RPC knows. @throws ChainError unreachable */
export async function newestBlock(client: RegistryClient): Promise<bigint> {
  try {
    return await getBlockNumber(client.rpc, { cacheTime: 0 });
  } catch (error) {
    throw asChainError(error, 'eth_blockNumber');
  }
}
