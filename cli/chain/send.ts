// Transactions, one after the other, of whoever holds the key: each tried without sending first, so that a refusal costs nothing and
// has a name. The key comes from the environment, is used here, and is in no message.
import { InsufficientFundsError, BaseError, formatEther, formatGwei, type Client, type LocalAccount } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import {
  call,
  estimateFeesPerGas,
  estimateGas,
  getBalance,
  getTransactionCount,
  sendRawTransaction,
  waitForTransactionReceipt,
} from 'viem/actions';
import type { RegistryClient } from '../../chain/client.ts';
import { FEE_PER_GAS_MAX } from '../../chain/limits.ts';
import { refusalOf } from '../../chain/refusals.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { CliError, type Io } from '../command.ts';
import { RECEIPT_TIMEOUT_MS } from '../limits.ts';
import { connect, type Target } from './connect.ts';
import { refusalMend } from './refusals.ts';

/** Name of the environment variable that holds the operator's key. */
export const KEY_VARIABLE = 'ASSAY_OPERATOR_KEY';

/** One transaction to make. */
export type Call = {
  /** What it does, as a line of progress: "depositing 5 TEST". */
  readonly what: string;
  readonly to: Hex;
  readonly data: Hex;
  /** What is called, for messages. */
  readonly contract: 'registry' | 'token' | 'stake manager' | 'fault prover' | 'reward distributor';
};
export type Sent = { readonly what: string; readonly hash: Hex; readonly block: number };

/** The sender's account on one chain, with what it sent so far. */
export type Session = {
  readonly client: RegistryClient;
  readonly sender: Hex;
  readonly say: (line: string) => void;
  /** Sends and waits until it is mined. @throws CliError */
  readonly send: (call: Call) => Promise<Sent>;
  readonly sent: readonly Sent[];
};

/** @throws CliError, without the value */
export function operatorAccount(env: Io['env']): LocalAccount {
  const text = (env[KEY_VARIABLE] ?? '').trim();
  if (text === '') throw new CliError(`Set ${KEY_VARIABLE} to the operator's private key (0x and 64 hexadecimal digits).`);
  try {
    return privateKeyToAccount((text.startsWith('0x') ? text : `0x${text}`) as Hex);
  } catch {
    throw new CliError(`${KEY_VARIABLE} is not a private key. It must be 0x and 64 hexadecimal digits.`);
  }
}

async function failure(error: unknown, rpc: Client, sender: Hex, contract: Call['contract']): Promise<CliError> {
  if (error instanceof CliError) return error;
  if (!(error instanceof BaseError)) return new CliError('The transaction could not be made. Try again.');
  const refusal = refusalOf(error);
  if (refusal !== null) {
    const { name } = refusal;
    const mend = name === null ? '' : refusalMend(name);
    return new CliError(`The ${contract} refuses this${name === null ? '' : ` with ${name}`}. Nothing was sent.${mend}`);
  }
  const balance = await getBalance(rpc, { address: sender }).catch(() => null);
  if (balance === 0n || error.walk((inner) => inner instanceof InsufficientFundsError) !== null) {
    const has = balance === null ? '' : `; it has ${formatEther(balance)}`;
    return new CliError(`${sender} cannot pay for the transaction${has}. Send it some of the chain's coin.`);
  }
  return new CliError('The RPC did not take the transaction. Check --rpc and the network, then try again.');
}

/** What the RPC says that one gas costs. @throws CliError where that is beyond all reason */
async function marketFees(rpc: Client): Promise<{ readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }> {
  const { maxFeePerGas, maxPriorityFeePerGas } = await estimateFeesPerGas(rpc, { chain: null, type: 'eip1559' });
  const most = maxFeePerGas > maxPriorityFeePerGas ? maxFeePerGas : maxPriorityFeePerGas;
  if (most > FEE_PER_GAS_MAX) {
    throw new CliError(
      `The RPC asks ${formatGwei(most)} gwei for one gas; at most ${formatGwei(FEE_PER_GAS_MAX)} are paid. Nothing was sent. Try another RPC, or later.`,
    );
  }
  return { maxFeePerGas, maxPriorityFeePerGas };
}

/** Signs for the chain that was checked when the client was made, whatever the RPC says now. */
async function submit({ rpc, chainId }: RegistryClient, account: LocalAccount, { to, data }: Call): Promise<Hex> {
  const transaction = { to, data };
  await call(rpc, { account, ...transaction });
  const [fees, gas, nonce] = await Promise.all([
    marketFees(rpc),
    estimateGas(rpc, { account: account.address, ...transaction }),
    getTransactionCount(rpc, { address: account.address, blockTag: 'pending' }),
  ]);
  const serializedTransaction = await account.signTransaction({ type: 'eip1559', chainId, ...transaction, nonce, gas, ...fees });
  return sendRawTransaction(rpc, { serializedTransaction });
}

async function waitMined({ rpc }: RegistryClient, hash: Hex): Promise<number> {
  const receipt = await waitForTransactionReceipt(rpc, { hash, timeout: RECEIPT_TIMEOUT_MS }).catch(() => {
    throw new CliError(
      `${hash} is not mined after ${String(RECEIPT_TIMEOUT_MS / 1000)} seconds. It may still be: look it up before sending again.`,
    );
  });
  if (receipt.status !== 'success')
    throw new CliError(`${hash} was mined and reverted: something changed in between. Try again.`);
  return Number(receipt.blockNumber);
}

/** @param say where progress goes. @throws CliError | ChainError */
export async function openSession(target: Target, env: Io['env'], say: (line: string) => void): Promise<Session> {
  const account = operatorAccount(env);
  const client = await connect(target);
  const sender = account.address.toLowerCase() as Hex;
  const sent: Sent[] = [];
  const send = async (wanted: Call): Promise<Sent> => {
    say(`${wanted.what} …`);
    const hash = await submit(client, account, wanted).catch(async (error: unknown) => {
      throw await failure(error, client.rpc, sender, wanted.contract);
    });
    say(`sent ${hash} from ${sender}`);
    const done = { what: wanted.what, hash, block: await waitMined(client, hash) };
    say(`mined in block ${String(done.block)}`);
    sent.push(done);
    return done;
  };
  return { client, sender, say, send, sent };
}
