// Calldata for the token, the stakes and the rewards: pure encoding. Amounts are in the token's smallest unit; an account's id is
// zero32 for the owner's stake as a validator, else a nodeId.
import { encodeFunctionData, erc20Abi } from 'viem';
import type { Hex } from '../protocol/bytes.ts';
import { rewardDistributorAbi } from '../schema/abi/RewardDistributor.ts';
import { stakeManagerAbi as abi } from '../schema/abi/StakeManager.ts';
import { addressOf, epochArgument } from './values.ts';

/** To the token: lets `spender` take as much from the sender. */
export function encodeApprove(spender: Hex, amount: bigint): Hex {
  return encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [addressOf(spender), amount] });
}

/** To the stakes: adds the sender's tokens to an account, its own or another's. */
export function encodeDeposit(owner: Hex, id: Hex, amount: bigint): Hex {
  return encodeFunctionData({ abi, functionName: 'depositFor', args: [addressOf(owner), id, amount] });
}

/** To the stakes: stops counting so much of the sender's account, and starts the delay. */
export function encodeUnbond(id: Hex, amount: bigint): Hex {
  return encodeFunctionData({ abi, functionName: 'unbond', args: [id, amount] });
}

/** To the stakes: pays the sender what has waited long enough. */
export function encodeWithdraw(id: Hex): Hex {
  return encodeFunctionData({ abi, functionName: 'withdraw', args: [id] });
}

export function encodeExecuteSlash(slashId: number): Hex {
  return encodeFunctionData({ abi, functionName: 'executeSlash', args: [epochArgument(slashId)] });
}

/** A leaf of an epoch's penalty tree, with its proof. */
export type PenaltyClaim = {
  readonly epoch: number;
  readonly owner: Hex;
  readonly nodeId: Hex;
  readonly cumulative: bigint;
  readonly proof: readonly Hex[];
};

export function encodeQueuePenalty({ epoch, owner, nodeId, cumulative, proof }: PenaltyClaim): Hex {
  const args = [epochArgument(epoch), addressOf(owner), nodeId, cumulative, [...proof]] as const;
  return encodeFunctionData({ abi, functionName: 'queuePenalty', args });
}

/** A leaf of an epoch's reward tree, with its proof. */
export type RewardClaim = {
  readonly epoch: number;
  readonly account: Hex;
  readonly cumulative: bigint;
  readonly proof: readonly Hex[];
};

/** To the distributor: pays the account what it has earned and was not paid. Anybody may send it. */
export function encodeClaim({ epoch, account, cumulative, proof }: RewardClaim): Hex {
  const args = [epochArgument(epoch), addressOf(account), cumulative, [...proof]] as const;
  return encodeFunctionData({ abi: rewardDistributorAbi, functionName: 'claim', args });
}
