// What the pool and its worker threads say to each other.
import type { Hex } from '../../../protocol/bytes.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import type { Position } from '../../../protocol/receipts.ts';

export type ToWorker =
  | { readonly type: 'commit'; readonly id: number; readonly params: GemmParams; readonly nonce: Hex }
  | { readonly type: 'open'; readonly id: number; readonly proof: number; readonly positions: readonly Position[] }
  | { readonly type: 'release'; readonly proof: number };

export type FromWorker =
  | { readonly type: 'committed'; readonly id: number; readonly roots: readonly Uint8Array[]; readonly commitment: Hex }
  | { readonly type: 'opened'; readonly id: number; readonly openings: Uint8Array }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
