// One event of one block: what the registry no longer stores of a report or a root is there, and nowhere else on chain.
import type { AbiEvent } from 'viem';
import { getLogs } from 'viem/actions';
import type { Hex } from '../protocol/bytes.ts';
import type { RegistryClient } from './client.ts';
import { ChainError, asChainError } from './errors.ts';

/** An event's decoded fields, with the transaction that emitted it. */
export type Emitted<Args> = { readonly args: Args; readonly transactionHash: Hex };

/**
 * The first such event of the registry in that block which `isWanted` accepts.
 * @param what for messages: "the report", "the root"
 * @throws ChainError bad_response when the RPC no longer has that block's logs
 */
export async function readEvent<Args>(
  client: RegistryClient,
  event: AbiEvent,
  blockNumber: number,
  filter: object,
  isWanted: (args: Args) => boolean,
  what: string,
): Promise<Emitted<Args>> {
  const block = BigInt(blockNumber);
  const place = { address: client.registry, fromBlock: block, toBlock: block };
  const logs = await getLogs(client.rpc, { ...place, event, args: filter as never, strict: true }).catch((error: unknown) => {
    throw asChainError(error, 'eth_getLogs');
  });
  for (const { args, transactionHash } of logs) {
    const decoded = args as Args; // decoded by the event's own ABI; strict, so no field is missing
    if (isWanted(decoded)) return { args: decoded, transactionHash: transactionHash.toLowerCase() as Hex };
  }
  throw new ChainError('bad_response', `The RPC has no log of ${what} in block ${String(block)}. Ask one that keeps older logs.`);
}
