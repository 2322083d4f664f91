// What the consensus rule takes and gives (docs/protocol.md, section 16). Amounts are in units of 10⁻¹⁸ token, rates in millionths.
import type { Hex } from '../bytes.ts';
import type { Policy } from '../policy.ts';

/** What one report says about one node. The first six counts and the medians' samples are of kinds 1 and 2. */
export type NodeTally = {
  readonly nodeIndex: number;
  readonly pass: number;
  /** FAIL of an answer that a receipt of the node covers: reasons 7 to 13 with an openingHash other than zero32. */
  readonly wrong: number;
  /** FAIL below_claim. */
  readonly slow: number;
  /** FAIL on the auditor's word: reasons 1 to 6, those of 7 to 13 with an openingHash of zero32. */
  readonly network: number;
  /** VOIDs `busy`; counts.ts turns those beyond the ration into failures of the network. */
  readonly busy: number;
  /** All other VOIDs. */
  readonly void: number;
  /** Lower medians over PASS records of kind 1; 0 if there are none. */
  readonly medianMeasure: number;
  readonly medianElapsedMs: number;
  /** PASS and FAIL of kind 5. */
  readonly present: number;
  readonly absent: number;
  /** Lower median and 95th percentile of the round trips of what is present, milliseconds; 0 if nothing is. */
  readonly latencyMs: number;
  readonly latencyHighMs: number;
  /** PASS of kind 2 (counted in `pass`, too). */
  readonly fills: number;
  /** Lower median of what those proved, bytes a second; 0 if there are none. */
  readonly bandwidth: number;
};

/** One line of a report set. */
export type ReportEntry = { readonly epoch: number; readonly validator: Hex; readonly reportHash: Hex };

export type ConsensusReport = ReportEntry & {
  readonly due: number;
  readonly done: number;
  readonly tallies: readonly NodeTally[];
};

/** A seat of the active set, in seat order. */
export type Seat = { readonly operator: Hex; readonly signer: Hex; readonly stake: bigint };

export type ConsensusNode = {
  readonly index: number;
  readonly nodeId: Hex;
  readonly operator: Hex;
  readonly retired: boolean;
};

/** Line of the score tree for a node. */
export type NodeScore = {
  readonly epoch: number;
  readonly nodeIndex: number;
  readonly nodeId: Hex;
  readonly scorePpm: number;
  readonly ratePpm: number;
  readonly correctPpm: number;
  readonly samples: number;
  readonly effectiveSamples: number;
  readonly measure: number;
  readonly elapsedMs: number;
  /** 0: not enough data; 1: the policy's first tier; one above the last: below all. */
  readonly tier: number;
};

/** Line of the score tree for a node beside its score: how it is reached, and how fast its memory is. */
export type NodeService = {
  readonly epoch: number;
  readonly nodeIndex: number;
  readonly nodeId: Hex;
  readonly uptimePpm: number;
  /** Wilson's lower bound of it, one-sided 95 %. */
  readonly uptimeLowPpm: number;
  readonly uptimeSamples: number;
  readonly latencyMs: number;
  readonly latencyHighMs: number;
  /** Bytes a second. */
  readonly bandwidth: number;
};

/** Line of the score tree for a validator with a seat. */
export type ValidatorScore = {
  readonly epoch: number;
  readonly validator: Hex;
  /** Its share of the capped stake. */
  readonly weightPpm: number;
  readonly accuracyPpm: number;
  readonly agreementPpm: number;
  readonly coveragePpm: number;
  /** Of this root alone. */
  readonly reward: bigint;
};

/** Line of the reward tree (pool 0). */
export type Reward = { readonly account: Hex; readonly cumulative: bigint };
/** Line of the penalty tree. */
export type Penalty = { readonly owner: Hex; readonly nodeId: Hex; readonly cumulative: bigint };

/** All lines under a consensus root. Scores and services by node index, validators in seat order, the others by address, then nodeId. */
export type Leaves = {
  readonly scores: readonly NodeScore[];
  readonly services: readonly NodeService[];
  readonly validators: readonly ValidatorScore[];
  readonly rewards: readonly Reward[];
  readonly penalties: readonly Penalty[];
};

/** The posted root that this one follows. */
export type PreviousRoot = { readonly epoch: number; readonly rootHash: Hex; readonly leaves: Leaves };

export type ConsensusInput = {
  readonly epoch: number;
  readonly policy: Policy;
  readonly seats: readonly Seat[];
  /** Every index in effect at the epoch, retired ones included. */
  readonly nodes: readonly ConsensusNode[];
  /** The reports of this root's report set. */
  readonly fresh: readonly ConsensusReport[];
  /** Reports of earlier posted roots' sets, inside the window. */
  readonly window: readonly ConsensusReport[];
  readonly previous: PreviousRoot | null;
};

export type EpochRoot = {
  readonly epoch: number;
  readonly round: number;
  readonly scoreRoot: Hex;
  readonly rewardRoot: Hex;
  readonly penaltyRoot: Hex;
  readonly reportSetHash: Hex;
  readonly nodeSetRoot: Hex;
  /** Struct hash of the last posted root; zero32 before the first. */
  readonly previousRoot: Hex;
  readonly policyHash: Hex;
};

/** What follows from an input, but for the round and the policy that are proposed with it. */
export type ConsensusResult = {
  readonly leaves: Leaves;
  /** Fewer than four seats: no penalties. */
  readonly provisional: boolean;
  readonly roots: Pick<EpochRoot, 'scoreRoot' | 'rewardRoot' | 'penaltyRoot' | 'reportSetHash' | 'nodeSetRoot' | 'previousRoot'>;
};

/** One validator's word on one root. */
export type Statement = {
  readonly validator: Hex;
  readonly root: EpochRoot;
  /** 65 bytes r ‖ s ‖ v by the validator's signer of the root's epoch. */
  readonly signature: Hex;
};
