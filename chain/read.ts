// The one place where the registry is read: typed by the ABI, and every failure mapped to a ChainError.
import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  RpcRequestError,
  TimeoutError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
} from 'viem';
import { getBlockNumber, readContract } from 'viem/actions';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';

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
    const call = { address: client.registry, abi: auditRegistryAbi as Abi, functionName, args };
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

/** Any error of viem's, without its message: that may hold the RPC's URL. */
export function asChainError(error: unknown, what: string): ChainError {
  if (error instanceof ChainError) return error;
  if (!(error instanceof BaseError))
    return new ChainError('bad_response', `An RPC's answer to ${what} could not be used. Try another RPC.`);
  const reverted = error.walk((inner) => inner instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) {
    const name = reverted.data?.errorName ?? null;
    return new ChainError('reverted', `The registry refused ${what}${name === null ? '' : ` with ${name}`}.`, name);
  }
  if (error.walk((inner) => inner instanceof ContractFunctionZeroDataError) !== null) {
    return new ChainError('no_code', `No registry answers ${what} at this address. Check the registry's address and the chain.`);
  }
  const network = error.walk(
    (inner) => inner instanceof HttpRequestError || inner instanceof TimeoutError || inner instanceof RpcRequestError,
  );
  return network === null
    ? new ChainError('bad_response', `An RPC's answer to ${what} could not be used. Try another RPC.`)
    : new ChainError('unreachable', `No configured RPC answers ${what}. Check the RPC URLs and the network, or try again.`);
}
