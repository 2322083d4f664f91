// The port behind which the work is done, as the server sees it. A backend gets parameters that were already checked against the
// protocol's bounds and the operator's limits; it must equal the reference prover in protocol/ bit for bit.
import type { Hex } from '../../protocol/bytes.ts';
import type { GemmParams } from '../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../protocol/challenges/vram/params.ts';
import type { Device, Fill, Proof } from './engine.ts';

export type { Proof } from './engine.ts';

/** Bytes: `proof` is what a proof (or a fill) keeps, `job` what making it takes besides. The sum is the most that it ever holds. */
export type Memory = { readonly job: number; readonly proof: number };

/** What /health says; `lastError` is a short sentence without anything private. */
export type BackendState = {
  /** Whether an engine is open. */
  readonly isReady: boolean;
  readonly lastError: string | null;
  /** How often a device or its host was lost. */
  readonly losses: number;
};

export type BackendName = 'cpu' | 'webgpu' | 'cuda';

export type Backend = {
  readonly name: BackendName;
  readonly device: Device;
  /** Jobs it can compute at the same time. */
  readonly concurrency: number;
  gemmMemory(params: GemmParams): Memory;
  vramMemory(params: VramParams): Memory;
  /** @param stop makes it a job that may be given up: it then rejects, and the device is free, some milliseconds after the signal */
  gemm(params: GemmParams, nonce: Hex, stop?: AbortSignal): Promise<Proof>;
  fill(params: VramParams, nodeId: Hex): Promise<Fill>;
  state(): BackendState;
  close(): Promise<void>;
};
