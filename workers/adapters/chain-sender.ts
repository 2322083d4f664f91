// The sender's chain: viem for fees, signing and receipts, every RPC error mapped to what the state machine can act on.
import { BaseError, TransactionReceiptNotFoundError, keccak256 } from 'viem';
import { estimateFeesPerGas, estimateGas, getTransactionCount, getTransactionReceipt, sendRawTransaction } from 'viem/actions';
import { privateKeyToAccount } from 'viem/accounts';
import { registryClient } from '../../chain/client.ts';
import { asChainError } from '../../chain/errors.ts';
import { refusalOf } from '../../chain/refusals.ts';
import { toHex } from '../../protocol/bytes.ts';
import type { Config, Keys } from '../config.ts';
import { GAS_HEADROOM_PERCENT } from '../limits.ts';
import type { Broadcast, Estimate, TxChain } from '../services/sending/ports.ts';

function broadcastResult(error: unknown): Broadcast {
  const text = (error instanceof BaseError ? `${error.shortMessage} ${error.details}` : '').toLowerCase();
  if (/already known|already imported|known transaction/.test(text)) return 'known';
  if (/nonce too low|nonce is too low|nonce provided for the transaction is lower/.test(text)) return 'nonce_too_low';
  if (/underpriced|replacement/.test(text)) return 'underpriced';
  if (/insufficient funds|insufficient balance|exceeds the balance/.test(text)) return 'unfunded';
  return 'failed';
}

export function chainSender({ rpcUrls, chainId, registry }: Config, { signerKey, signer }: Keys): TxChain {
  const { rpc } = registryClient({ rpcUrls, chainId, registry });
  const account = privateKeyToAccount(toHex(signerKey));
  return {
    nonce: () =>
      getTransactionCount(rpc, { address: signer, blockTag: 'latest' }).catch((error: unknown) => {
        throw asChainError(error, 'eth_getTransactionCount');
      }),
    estimate: async ({ to, data }): Promise<Estimate> => {
      try {
        const [gas, fees] = await Promise.all([
          estimateGas(rpc, { account: signer, to, data }),
          estimateFeesPerGas(rpc, { chain: null, type: 'eip1559' }),
        ]);
        return { ok: true, fees: { gas: (gas * (100n + GAS_HEADROOM_PERCENT)) / 100n, ...fees } };
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal !== null) return { ok: false, revert: refusal.name ?? 'a revert without a known error' };
        throw asChainError(error, 'eth_estimateGas');
      }
    },
    sign: async ({ to, data }, nonce, { gas, maxFeePerGas, maxPriorityFeePerGas }) => {
      const raw = await account.signTransaction({
        type: 'eip1559',
        chainId,
        to,
        data,
        nonce,
        gas,
        maxFeePerGas,
        maxPriorityFeePerGas,
      });
      return { raw, hash: keccak256(raw) };
    },
    broadcast: async (raw) => {
      try {
        await sendRawTransaction(rpc, { serializedTransaction: raw });
        return 'accepted';
      } catch (error) {
        return broadcastResult(error);
      }
    },
    receipt: async (hash) => {
      try {
        const receipt = await getTransactionReceipt(rpc, { hash });
        return { blockNumber: Number(receipt.blockNumber), ok: receipt.status === 'success' };
      } catch (error) {
        if (error instanceof BaseError && error.walk((inner) => inner instanceof TransactionReceiptNotFoundError) !== null)
          return null;
        throw asChainError(error, 'eth_getTransactionReceipt');
      }
    },
  };
}
