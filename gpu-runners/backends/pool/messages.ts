// What the pool and its hosts say to each other: the same words over a worker thread's port and over a child process's channel.
import type { Hex } from '../../../protocol/bytes.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../protocol/challenges/vram/params.ts';
import type { Position } from '../../../protocol/receipts.ts';
import type { Device, DeviceErrorCode } from '../engine.ts';

/** Takes the device for as long as it runs: a host does one after the other. `id` is the name of what it leaves behind. */
export type JobMessage =
  | {
      readonly type: 'gemm';
      readonly id: number;
      readonly params: GemmParams;
      readonly nonce: Hex;
      /** Whether `cancel` may follow. */
      readonly mayBeGivenUp: boolean;
    }
  | { readonly type: 'fill'; readonly id: number; readonly params: VramParams; readonly nodeId: Hex }
  | { readonly type: 'pass'; readonly id: number; readonly fill: number; readonly start: Hex; readonly nonce: Hex };

export type OpenMessage = {
  readonly type: 'open';
  readonly id: number;
  readonly proof: number;
  readonly positions: readonly Position[];
};

export type ToHost =
  | JobMessage
  | OpenMessage
  | { readonly type: 'release'; readonly kept: number }
  /** The job is no longer wanted; it answers with `failed`, unless it was done. */
  | { readonly type: 'cancel'; readonly id: number };

export type FromHost =
  | { readonly type: 'device'; readonly device: Device }
  /** The engine could not be opened; the host ends. */
  | { readonly type: 'unable'; readonly code: DeviceErrorCode; readonly message: string }
  | { readonly type: 'committed'; readonly id: number; readonly roots: readonly Uint8Array[]; readonly commitment: Hex }
  | { readonly type: 'filled'; readonly id: number }
  | { readonly type: 'opened'; readonly id: number; readonly openings: Uint8Array }
  /** `code` is null for what is not the device's fault. */
  | { readonly type: 'failed'; readonly id: number; readonly code: DeviceErrorCode | null; readonly message: string };
