// Stakes and bonds: looking, adding, taking out.
import { encodeUnbond, encodeWithdraw } from '../../chain/stake-calls.ts';
import { VALIDATOR_STAKE } from '../../chain/stakes.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { amountFlag, amountText, unitsOf } from '../chain/amounts.ts';
import { connect } from '../chain/connect.ts';
import { accountName, deposit, readStaked, type Staked } from '../chain/stakes.ts';
import { CliError, hexFlag, required, type Command } from '../command.ts';
import { readFlags, targetOf, usageOf, writeCommand, type Told, type Values } from './writes.ts';

const nodeText = "a node's bond instead of the stake as a validator (may be left out)";
const ownerText = 'whose account, if not the sender’s (may be left out)';

const idOf = (values: Values): Hex =>
  values['node-id'] === undefined ? VALIDATOR_STAKE : hexFlag(values['node-id'], '--node-id', 32);

/** A Unix time for people. */
export function timeText(seconds: number): string {
  return new Date(1000 * seconds).toISOString().replace('.000Z', 'Z');
}

/** What there is after a transaction, in lines and fields. */
function tellAccount(say: (line: string) => void, { token, account, min }: Staked, id: Hex): Told {
  const { bonded, unbonding, availableAt, pendingSlashes } = account;
  say(`${amountText(bonded, token)} are ${accountName(id)} now (at least ${amountText(min, token)} are needed to count).`);
  if (unbonding > 0n) say(`${amountText(unbonding, token)} can be withdrawn from ${timeText(availableAt)} on.`);
  if (pendingSlashes > 0) say(`Slashes that wait: ${String(pendingSlashes)}. Nothing can be withdrawn before they are executed.`);
  return { id, bonded: String(bonded), unbonding: String(unbonding), availableAt, pendingSlashes, min: String(min) };
}

const accountFlags = { owner: "the account's owner", 'node-id': nodeText };

const accountCommand: Command = {
  name: 'account',
  summary: 'Shows a stake or a bond.',
  usage: usageOf(accountFlags),
  run: async (args, io) => {
    const { values, isJson } = readFlags(args, accountFlags);
    const owner = hexFlag(required(values['owner'], '--owner'), '--owner', 20);
    const id = idOf(values);
    const client = await connect(targetOf(values));
    const told = tellAccount(
      (line) => {
        if (!isJson) io.out(line);
      },
      await readStaked(client, owner, id),
      id,
    );
    if (isJson) io.out(JSON.stringify({ ok: true, chainId: client.chainId, registry: client.registry, owner, ...told }));
    return 0;
  },
};

const stakeCommand = writeCommand({
  name: 'stake',
  summary: 'Adds to a stake or a bond.',
  flags: { amount: 'tokens to add; `min`: what is missing to the least', 'node-id': nodeText, owner: ownerText },
  more: 'Each run adds --amount again; `--amount min` adds nothing once the least is there.',
  prepare: (values) => {
    const wanted = amountFlag(required(values['amount'], '--amount'), '--amount', 'min');
    const id = idOf(values);
    const other = values['owner'] === undefined ? null : hexFlag(values['owner'], '--owner', 20);
    return async (session) => {
      const owner = other ?? session.sender;
      const before = await readStaked(session.client, owner, id);
      const { contracts, token, account, min } = before;
      const amount = wanted.word === null ? unitsOf(wanted.digits, '--amount', token.decimals) : min - account.bonded;
      if (amount > 0n) await deposit(session, contracts, owner, id, amount);
      return { owner, ...tellAccount(session.say, await readStaked(session.client, owner, id), id) };
    };
  },
});

const unbondCommand = writeCommand({
  name: 'unbond',
  summary: 'Stops counting a part of the sender’s stake or bond, and starts the delay.',
  flags: { amount: 'tokens; `all`: everything', 'node-id': nodeText },
  more: 'The delay starts anew for all that is unbonding already. A slash still reaches what is unbonding.',
  prepare: (values) => {
    const wanted = amountFlag(required(values['amount'], '--amount'), '--amount', 'all');
    const id = idOf(values);
    return async (session) => {
      const { contracts, token, account } = await readStaked(session.client, session.sender, id);
      const amount = wanted.word === null ? unitsOf(wanted.digits, '--amount', token.decimals) : account.bonded;
      if (amount === 0n) throw new CliError(`Nothing is ${accountName(id)}, so nothing can be unbonded.`);
      const what = `unbonding ${amountText(amount, token)}`;
      await session.send({ what, to: contracts.stakes, data: encodeUnbond(id, amount), contract: 'stake manager' });
      return tellAccount(session.say, await readStaked(session.client, session.sender, id), id);
    };
  },
});

const withdrawCommand = writeCommand({
  name: 'withdraw',
  summary: 'Pays the sender what has been unbonding long enough.',
  flags: { 'node-id': nodeText },
  prepare: (values) => {
    const id = idOf(values);
    return async (session) => {
      const { contracts, token, account } = await readStaked(session.client, session.sender, id);
      const what = `withdrawing ${amountText(account.unbonding, token)}`;
      await session.send({ what, to: contracts.stakes, data: encodeWithdraw(id), contract: 'stake manager' });
      return tellAccount(session.say, await readStaked(session.client, session.sender, id), id);
    };
  },
});

export const stakeCommands: readonly Command[] = [accountCommand, stakeCommand, unbondCommand, withdrawCommand];
