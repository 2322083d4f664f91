// What chain/ throws: a closed set of codes, each with a sentence that names the cause and the mend. Messages never hold an
// RPC's URL or a library's own message, because such URLs often contain an API key and messages are logged and shown.
import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  RpcRequestError,
  TimeoutError,
} from 'viem';

export type ChainErrorCode =
  /** No RPC answered, or each answered with an error of its own. */
  | 'unreachable'
  /** The RPC serves another chain than the configuration says. */
  | 'wrong_chain'
  /** Nothing is deployed at the registry's address. */
  | 'no_code'
  /** Something is deployed there, but it doesn't answer like this registry. */
  | 'not_registry'
  /** Contracts that ought to belong together don't. */
  | 'wrong_deployment'
  /** The RPC's newest block is too old to answer for good. */
  | 'behind'
  /** Two RPCs say different things of what is final. */
  | 'disagreeing'
  /** The validator isn't active at the epoch in question. */
  | 'not_registered'
  /** The registry refused a call; `revert` says with which error. */
  | 'reverted'
  /** An answer that no registry of ours gives. */
  | 'bad_response'
  /** More entries than this software handles. */
  | 'too_many'
  /** An argument that can't be encoded. */
  | 'bad_argument';

export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly code: ChainErrorCode;
  /** The custom error's name, for `reverted`. */
  readonly revert: string | null;

  constructor(code: ChainErrorCode, message: string, revert: string | null = null) {
    super(message);
    this.code = code;
    this.revert = revert;
  }
}

/** Any error of viem's, without its message: that may hold the RPC's URL. */
export function asChainError(error: unknown, what: string): ChainError {
  if (error instanceof ChainError) return error;
  if (!(error instanceof BaseError))
    return new ChainError('bad_response', `An RPC's answer to ${what} could not be used. Try another RPC.`);
  const reverted = error.walk((inner) => inner instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) {
    const name = reverted.data?.errorName ?? null;
    return new ChainError('reverted', `The registry refused ${what}${name === null ? '' : ` with ${name}`}.`, name);
  }
  if (error.walk((inner) => inner instanceof ContractFunctionZeroDataError) !== null) {
    return new ChainError('no_code', `No registry answers ${what} at this address. Check the registry's address and the chain.`);
  }
  const network = error.walk(
    (inner) => inner instanceof HttpRequestError || inner instanceof TimeoutError || inner instanceof RpcRequestError,
  );
  return network === null
    ? new ChainError('bad_response', `An RPC's answer to ${what} could not be used. Try another RPC.`)
    : new ChainError('unreachable', `No configured RPC answers ${what}. Check the RPC URLs and the network, or try again.`);
}
