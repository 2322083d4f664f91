// Stakes step by step: what is there, what is missing, and the transactions that close the gap. Repeating it does nothing twice.
import { readContracts, type Contracts } from '../../chain/contracts.ts';
import { encodeApprove, encodeDeposit } from '../../chain/stake-calls.ts';
import { VALIDATOR_STAKE, readStake, readStakeRules, readToken, type StakeAccount } from '../../chain/stakes.ts';
import type { RegistryClient } from '../../chain/client.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { CliError } from '../command.ts';
import { amountText, unitsOf, type TokenName, type Wanted } from './amounts.ts';
import type { Session } from './send.ts';

/** An account with the token that it is counted in. */
export type Staked = {
  readonly contracts: Contracts;
  readonly token: TokenName;
  readonly account: StakeAccount;
  readonly min: bigint;
};

/** @param id VALIDATOR_STAKE or a nodeId. @throws ChainError */
export async function readStaked(client: RegistryClient, owner: Hex, id: Hex): Promise<Staked> {
  const contracts = await readContracts(client);
  const [account, rules, token] = await Promise.all([
    readStake(client, contracts, owner, id),
    readStakeRules(client, contracts),
    readToken(client, contracts, owner),
  ]);
  return { contracts, token, account, min: id === VALIDATOR_STAKE ? rules.validatorMin : rules.nodeMin };
}

/** What an account is called in messages. */
export function accountName(id: Hex): string {
  return id === VALIDATOR_STAKE ? 'the stake as a validator' : `the bond of node ${id}`;
}

/** Adds so much of the sender's tokens to an account; approves first what is not approved. @throws CliError | ChainError */
export async function deposit(session: Session, contracts: Contracts, owner: Hex, id: Hex, amount: bigint): Promise<void> {
  const { client, sender } = session;
  const token = await readToken(client, contracts, sender);
  const text = amountText(amount, token);
  if (token.balance < amount) {
    throw new CliError(
      `${sender} has ${amountText(token.balance, token)}, and ${text} are to be deposited. Send it some of the token ${contracts.token}.`,
    );
  }
  if (token.allowance < amount) {
    const data = encodeApprove(contracts.stakes, amount);
    await session.send({ what: `approving ${text}`, to: contracts.token, data, contract: 'token' });
  }
  const data = encodeDeposit(owner, id, amount);
  await session.send({ what: `depositing ${text}`, to: contracts.stakes, data, contract: 'stake manager' });
}

/** Deposits what is missing until the sender's account holds at least so much. @throws CliError | ChainError | UsageError */
export async function ensureStake(session: Session, id: Hex, wanted: Wanted<'min'>): Promise<void> {
  const { contracts, token, account, min } = await readStaked(session.client, session.sender, id);
  const goal = wanted.word === null ? unitsOf(wanted.digits, '--stake', token.decimals) : min;
  if (goal < min) {
    throw new CliError(
      `At least ${amountText(min, token)} are needed as ${accountName(id)}; --stake says ${amountText(goal, token)}.`,
    );
  }
  if (account.bonded >= goal) {
    session.say(`${amountText(account.bonded, token)} are ${accountName(id)} already: nothing to deposit.`);
    return;
  }
  await deposit(session, contracts, session.sender, id, goal - account.bonded);
}
