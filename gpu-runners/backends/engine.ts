// What computes on one device: the inner port. An engine lives in the thread or process that owns its device and does one job at
// a time; the pool around it (pool/) is what the server sees, and what survives when a device, a driver or a process is lost.
import type { Hex } from '../../protocol/bytes.ts';
import type { GemmParams } from '../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../protocol/challenges/vram/params.ts';
import type { Position } from '../../protocol/receipts.ts';

/** The device that an engine found. */
export type Device = {
  /** As its driver calls it: "NVIDIA H100 80GB HBM3", "SwiftShader Device". */
  readonly name: string;
  /** Bytes of memory that it can be asked to fill; null where the driver does not say. */
  readonly memoryBytes: number | null;
  /** Driver and version, or what stands for it. */
  readonly driver: string;
};

/** One finished computation, kept by the backend until it is released. */
export type Proof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  /** The bytes of the openings at these positions, in this order. */
  open(positions: readonly Position[]): Promise<Uint8Array>;
  /** Frees what the proof holds; idempotent. */
  release(): void;
};

/** A node's memory, filled: waits for its start. */
export type Fill = {
  /** Folds all passes under keys from the start, once. */
  pass(start: Hex, nonce: Hex): Promise<Proof>;
  /** Frees the memory; idempotent. Also ends what `pass` gave. */
  release(): void;
};

/** Whether a job is no longer wanted: asked between pieces of its work, each of them some milliseconds long. */
export type IsGivenUp = () => boolean;

/** What a job ends with that was given up for another. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError';

  constructor() {
    super('the job was given up');
  }
}

export type Engine = {
  readonly device: Device;
  /** @param isGivenUp of a job that another may push aside; such a one keeps nothing of its own beyond its end */
  gemm(params: GemmParams, nonce: Hex, isGivenUp?: IsGivenUp): Promise<Proof>;
  fill(params: VramParams, nodeId: Hex): Promise<Fill>;
  close(): Promise<void>;
};

/** 'absent': no driver, library or device · 'unfit': found, but lacks what is needed · 'memory': too little of it · 'lost': it was there and is gone. */
export type DeviceErrorCode = 'absent' | 'unfit' | 'memory' | 'lost';

/** What a device could not do, in a sentence for the operator that names the mend. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: DeviceErrorCode;

  constructor(code: DeviceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
