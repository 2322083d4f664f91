// What a refusal by the registry looks like inside viem's errors, whoever tried the transaction and however.
import { BaseError, ContractFunctionRevertedError, ExecutionRevertedError } from 'viem';
import type { Hex } from '../protocol/bytes.ts';
import { revertName } from './transactions.ts';

/** `name` is that of the registry's custom error; null for a revert that carries none of them. */
export type Refusal = { readonly name: string | null };

/** Null when `error` is no revert: a network, an RPC or an account that failed. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof BaseError)) return null;
  const holder = error.walk((inner) => typeof (inner as { data?: unknown }).data === 'string');
  const name = holder === null ? null : revertName((holder as unknown as { data: Hex }).data);
  if (name !== null) return { name };
  const reverted = error.walk(
    (inner) => inner instanceof ExecutionRevertedError || inner instanceof ContractFunctionRevertedError,
  );
  return reverted === null ? null : { name: null };
}
