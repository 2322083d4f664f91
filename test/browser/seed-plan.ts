// What a seeded network shall be like, and what its rows are made of.
import type { Hex } from '../../protocol/bytes.ts';
import type { Policy } from '../../protocol/policy.ts';
import type { EpochClock } from '../../protocol/schedule.ts';

export type SeedPlan = {
  readonly nodes: number;
  /** Past epochs, the newest of which is revealed. */
  readonly epochs: number;
  readonly validators: number;
  readonly clock: EpochClock;
  readonly policy: Policy;
  readonly chainId: number;
  readonly registry: Hex;
};

export type Cell = string | number | null;
