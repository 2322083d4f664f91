// One transaction to the registry: tried without sending first, so that a refusal costs nothing and has a name. The key comes
// from the environment, is used here, and is in no message.
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

/** Name of the environment variable that holds the operator's key. */
export const KEY_VARIABLE = 'ASSAY_OPERATOR_KEY';

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

async function failure(error: unknown, rpc: Client, sender: Hex): Promise<CliError> {
  if (error instanceof CliError) return error;
  if (!(error instanceof BaseError)) return new CliError('The transaction could not be made. Try again.');
  const refusal = refusalOf(error);
  if (refusal !== null) {
    return new CliError(`The registry refuses this${refusal.name === null ? '' : ` with ${refusal.name}`}. Nothing was sent.`);
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
async function submit({ rpc, registry: to, chainId }: RegistryClient, account: LocalAccount, data: Hex): Promise<Hex> {
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

/** Sends and waits. @param encode from the sender's address and the registry, because proofs are bound to both */
export async function sendToRegistry(
  target: Target,
  io: Io,
  encode: (client: RegistryClient, sender: Hex) => Hex,
): Promise<void> {
  const account = operatorAccount(io.env);
  const client = await connect(target);
  const sender = account.address.toLowerCase() as Hex;
  const data = encode(client, sender);
  const hash = await submit(client, account, data).catch(async (error: unknown) => {
    throw await failure(error, client.rpc, sender);
  });
  io.out(`sent ${hash} from ${sender}`);
  const receipt = await waitForTransactionReceipt(client.rpc, { hash, timeout: RECEIPT_TIMEOUT_MS }).catch(() => {
    throw new CliError(
      `${hash} is not mined after ${String(RECEIPT_TIMEOUT_MS / 1000)} seconds. It may still be: look it up before sending again.`,
    );
  });
  if (receipt.status !== 'success')
    throw new CliError(`${hash} was mined and reverted: something changed in between. Try again.`);
  io.out(`mined in block ${String(receipt.blockNumber)}`);
  io.out('It takes effect two epochs after the current one.');
}
