// The port behind which the work is done. A backend gets parameters that were already checked against the protocol's bounds and
// the operator's limits; it must equal the reference prover in protocol/ bit for bit.
import type { Hex } from '../../protocol/bytes.ts';
import type { GemmParams } from '../../protocol/challenges/gemm/params.ts';
import type { Position } from '../../protocol/receipts.ts';

/** One finished computation, kept by the backend until it is released. */
export type Proof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  /** The bytes of the openings at these positions, in this order. */
  open(positions: readonly Position[]): Promise<Uint8Array>;
  /** Frees what the proof holds; idempotent. */
  release(): void;
};

export type Backend = {
  readonly name: string;
  /** Jobs it can compute at the same time. */
  readonly concurrency: number;
  /** Bytes that the computation needs while it runs, and that its proof keeps afterwards. */
  memoryOf(params: GemmParams): { readonly job: number; readonly proof: number };
  commit(params: GemmParams, nonce: Hex): Promise<Proof>;
  close(): Promise<void>;
};
