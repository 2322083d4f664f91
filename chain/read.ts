// The one place where the registry is read: typed by the ABI, and every failure mapped to a ChainError.
import type { ContractFunctionArgs, ContractFunctionName, ContractFunctionReturnType } from 'viem';
import { getBlockNumber, readContract } from 'viem/actions';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
import type { RegistryClient } from './client.ts';
import { asChainError } from './errors.ts';

type Abi = typeof auditRegistryAbi;
export type ViewName = ContractFunctionName<Abi, 'view' | 'pure'>;
export type ViewArgs<Name extends ViewName> = ContractFunctionArgs<Abi, 'view' | 'pure', Name>;
export type ViewResult<Name extends ViewName> = ContractFunctionReturnType<Abi, 'view' | 'pure', Name, ViewArgs<Name>>;

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
  try {
    const call = { address: client.registry, abi: auditRegistryAbi, functionName, args };
    const result: unknown = await readContract(
      client.rpc,
      (blockNumber === undefined ? call : { ...call, blockNumber }) as never,
    );
    return result as ViewResult<Name>; // viem decodes by the same ABI that this type is computed from
  } catch (error) {
    throw asChainError(error, functionName);
  }
}

/** The newest block that the RPC knows. @throws ChainError unreachable */
export async function newestBlock(client: RegistryClient): Promise<bigint> {
  try {
    return await getBlockNumber(client.rpc, { cacheTime: 0 });
  } catch (error) {
    throw asChainError(error, 'eth_blockNumber');
  }
}
