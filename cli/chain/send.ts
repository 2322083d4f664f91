// One transaction to the registry: tried without sending first, so that a refusal costs nothing and has a name. The key comes
// from the environment, is used here, and is in no message.
import { InsufficientFundsError, BaseError, createWalletClient, formatEther, http, type Client, type LocalAccount } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { call, getBalance, waitForTransactionReceipt } from 'viem/actions';
import type { RegistryClient } from '../../chain/client.ts';
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

async function submit(client: RegistryClient, target: Target, account: LocalAccount, data: Hex): Promise<Hex> {
  const to = client.registry;
  await call(client.rpc, { account, to, data });
  const wallet = createWalletClient({ account, transport: http(target.rpcUrls[0]) });
  return wallet.sendTransaction({ to, data, chain: null });
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
  const hash = await submit(client, target, account, data).catch(async (error: unknown) => {
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
