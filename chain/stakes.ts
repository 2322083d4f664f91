// Stakes, bonds and queued slashes as the chain has them. Amounts are in the token's smallest unit.
import { erc20Abi } from 'viem';
import { ZERO32, type Hex } from '../protocol/bytes.ts';
import type { RegistryClient } from './client.ts';
import { readProver, readStakes, type Contracts } from './contracts.ts';
import { ChainError } from './errors.ts';
import { SLASHES_MAX, SYMBOL_CHARS_MAX } from './limits.ts';
import { readEach } from './pages.ts';
import { readView } from './read.ts';
import { ZERO_ADDRESS, addressOf, lower, safeNumber } from './values.ts';

/** The account id of a validator's stake; a node's bond has the nodeId. */
export const VALIDATOR_STAKE: Hex = ZERO32;

export type StakeAccount = {
  readonly bonded: bigint;
  readonly unbonding: bigint;
  /** Unix seconds from which `unbonding` can be withdrawn; 0 if nothing ever was unbonding. */
  readonly availableAt: number;
  readonly pendingSlashes: number;
};

/** What the stake manager's deployment fixed. */
export type StakeRules = {
  readonly validatorMin: bigint;
  readonly nodeMin: bigint;
  readonly unbondingSeconds: number;
  readonly slashDelaySeconds: number;
  /** Millionths of what a bond holds that the penalties of one root may take. */
  readonly penaltyCapPpm: number;
};

export type QueuedSlash = {
  readonly slashId: number;
  readonly owner: Hex;
  /** zero32: the owner's stake as a validator; else a nodeId. */
  readonly id: Hex;
  /** Millionths of what the account holds when it is executed; 0 for a penalty, which is `amount` or what is left of it. */
  readonly ppm: number;
  readonly amount: bigint;
  /** Unix seconds. */
  readonly executableAt: number;
  readonly executed: boolean;
  /** Null for a penalty. */
  readonly reporter: Hex | null;
  readonly faultKey: Hex;
};

type Place = Pick<Contracts, 'stakes'>;

/** @param id VALIDATOR_STAKE or a nodeId */
export async function readStake(client: RegistryClient, { stakes }: Place, owner: Hex, id: Hex): Promise<StakeAccount> {
  const { bonded, unbonding, availableAt, pendingSlashes } = await readStakes(client, stakes, 'accountOf', [
    addressOf(owner),
    id,
  ]);
  return { bonded, unbonding, availableAt: safeNumber(availableAt, 'time of withdrawal'), pendingSlashes };
}

export async function readStakeRules(client: RegistryClient, { stakes }: Place): Promise<StakeRules> {
  const [validatorMin, nodeMin, unbonding, delay, penaltyCapPpm] = await Promise.all([
    readStakes(client, stakes, 'VALIDATOR_MIN', []),
    readStakes(client, stakes, 'NODE_MIN', []),
    readStakes(client, stakes, 'UNBONDING_SECONDS', []),
    readStakes(client, stakes, 'SLASH_DELAY_SECONDS', []),
    readStakes(client, stakes, 'PENALTY_CAP_PPM', []),
  ]);
  return {
    ...{ validatorMin, nodeMin, unbondingSeconds: safeNumber(unbonding, 'unbonding delay') },
    ...{ slashDelaySeconds: safeNumber(delay, 'delay of slashes'), penaltyCapPpm },
  };
}

/** What the owner has of the token, and what the stake manager may take of it. */
export async function readToken(
  client: RegistryClient,
  { stakes, token }: Pick<Contracts, 'stakes' | 'token'>,
  owner: Hex,
): Promise<{ readonly balance: bigint; readonly allowance: bigint; readonly symbol: string; readonly decimals: number }> {
  const contract = { address: token, abi: erc20Abi };
  const account = addressOf(owner);
  const [balance, allowance, symbol, decimals] = await Promise.all([
    readView(client.rpc, contract, 'balanceOf', [account]),
    readView(client.rpc, contract, 'allowance', [account, stakes]),
    readView(client.rpc, contract, 'symbol', []),
    readView(client.rpc, contract, 'decimals', []),
  ]);
  return { balance, allowance, symbol: symbol.slice(0, SYMBOL_CHARS_MAX), decimals };
}

/** By how much an account was penalised so far, queued or taken, and the epoch of the newest root that did it; null before the first. */
export async function readPenalised(
  client: RegistryClient,
  { stakes }: Place,
  owner: Hex,
  id: Hex,
): Promise<{ readonly amount: bigint; readonly epoch: number | null }> {
  const [amount, epoch] = await readStakes(client, stakes, 'penaltyOf', [addressOf(owner), id]);
  return { amount, epoch: epoch === 0n ? null : safeNumber(epoch, 'epoch of a penalty') };
}

export async function readSlash(client: RegistryClient, { stakes }: Place, slashId: number): Promise<QueuedSlash> {
  const slash = await readStakes(client, stakes, 'slashOf', [BigInt(slashId)]);
  const reporter = lower(slash.reporter);
  return {
    ...{ slashId, owner: lower(slash.owner), id: lower(slash.id), ppm: slash.ppm, amount: slash.amount },
    ...{ executableAt: safeNumber(slash.executableAt, 'time of a slash'), executed: slash.executed },
    ...{ reporter: reporter === ZERO_ADDRESS ? null : reporter, faultKey: lower(slash.faultKey) },
  };
}

/** How many slashes were ever queued; ids count from 0. */
export async function readSlashCount(client: RegistryClient, { stakes }: Place): Promise<number> {
  return safeNumber(await readStakes(client, stakes, 'slashCount', []), 'number of slashes');
}

/**
 * The newest slashes, oldest of them first.
 * @param limit at most so many
 */
export async function readSlashes(client: RegistryClient, place: Place, limit: number = SLASHES_MAX): Promise<QueuedSlash[]> {
  if (limit < 0 || limit > SLASHES_MAX)
    throw new ChainError('bad_argument', `At most ${String(SLASHES_MAX)} slashes are read at once.`);
  const count = await readSlashCount(client, place);
  const from = Math.max(0, count - limit);
  const ids = Array.from({ length: count - from }, (_, i) => from + i);
  return readEach(ids, (slashId) => readSlash(client, place, slashId));
}

/** Whether the fault with this key was proven. */
export async function readProven(client: RegistryClient, { prover }: Pick<Contracts, 'prover'>, faultKey: Hex): Promise<boolean> {
  return readProver(client, prover, 'proven', [faultKey]);
}
