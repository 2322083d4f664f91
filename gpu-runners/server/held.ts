// What waits for a validator's next message, as it is kept.
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { Fill, Proof } from '../backends/engine.ts';
import type { Accepted } from './checks.ts';
import type { VramJob } from './job.ts';

/** How many positions a draw has, and below what they lie. */
export type Shape = { readonly positions: number; readonly rounds: number; readonly leaves: number };

export type HeldProof = {
  readonly domain: Domain;
  readonly challengeHash: Hex;
  readonly shape: Shape;
  readonly proof: Proof;
  /** The address that signed the challenge; the draw must be signed by the same. */
  readonly signer: Hex;
};

/** Filled memory that waits for its start. */
export type HeldFill = {
  readonly accepted: Accepted<VramJob>;
  readonly fill: Fill;
  /** Gives back the place that is reserved for its pass; idempotent. */
  readonly giveBack: () => void;
};
