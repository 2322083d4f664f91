// What the public routes read of the network: rows that mirroring and agreeing left (workers/services/network). Reads only, and under
// the same visibility rule as ports.ts: whatever speaks of an epoch takes a Horizon and answers for epochs up to `through` only.
// What the chain publishes anyway, the seats of an epoch, is the one exception.
import type { Hex } from '../../../protocol/bytes.ts';
import type {
  Leaves,
  NodeScore,
  NodeService,
  NodeTally,
  ReportEntry,
  Reward,
  Statement,
  ValidatorScore,
} from '../../../protocol/consensus/types.ts';
import type { Disagreement, Fault, Mirror, Objection, PeerSeat, StoredRoot } from '../network/ports.ts';
import type { Horizon } from './visibility.ts';

export type NetworkEpochView = {
  readonly epoch: number;
  readonly policyHash: Hex;
  readonly nodeCount: number;
  /** In seat order. */
  readonly seats: readonly PeerSeat[];
  /** As adopted or disputed here; null while none was. */
  readonly root: StoredRoot | null;
};

/** A place in the ranking: nodes with a tier before those without, then by score, then by index. */
export type RankPlace = { readonly unranked: number; readonly score: number; readonly index: number };
export type FaultPlace = { readonly epoch: number; readonly head: number };
export type PublicFault = Pick<Fault, 'faultKey' | 'kind' | 'offender' | 'epoch' | 'state' | 'detail'>;

/** Sums over the reports of one validator that were found right here. */
export type ValidatorTally = Pick<NodeTally, 'pass' | 'wrong' | 'slow' | 'network' | 'busy' | 'void' | 'present' | 'absent'> & {
  readonly validator: Hex;
};

/** Both lines of a node under a root. */
export type ScoredNode = NodeScore & NodeService;

/** How many lines each part of a root's leaves has; services are as many as scores. */
export type LeafCounts = { readonly scores: number; readonly rewards: number; readonly penalties: number };

/** Every list is bounded by its `limit`, by the seats (31) or by the policy's window. */
export type NetworkViews = {
  /** Newest first, before `before` where given. */
  readonly epochs: (horizon: Horizon, page: { before: number | null; limit: number }) => Promise<NetworkEpochView[]>;
  readonly epoch: (horizon: Horizon, epoch: number) => Promise<NetworkEpochView | null>;
  /** Whether the epoch is public and known to the network's part. */
  readonly knows: (horizon: Horizon, epoch: number) => Promise<boolean>;
  /** The newest root that was computed again here. */
  readonly lastFinal: (horizon: Horizon) => Promise<StoredRoot | null>;
  /** The newest known set not after the epoch. The chain's own word: public at once. */
  readonly seatsAt: (epoch: number) => Promise<{ epoch: number; policyHash: Hex; seats: PeerSeat[] } | null>;
  /** By validator. */
  readonly mirrors: (horizon: Horizon, epoch: number) => Promise<Mirror[]>;
  /** Of several epochs, by epoch and validator: one statement whatever their number. */
  readonly mirrorsIn: (horizon: Horizon, epochs: readonly number[]) => Promise<Mirror[]>;
  /** Of one validator, newest first. */
  readonly mirrorsOf: (horizon: Horizon, validator: Hex, limit: number) => Promise<Mirror[]>;
  readonly mirror: (horizon: Horizon, epoch: number, validator: Hex) => Promise<Mirror | null>;
  readonly statements: (horizon: Horizon, epoch: number, limit: number) => Promise<Statement[]>;
  /** Confirmed here. */
  readonly objections: (horizon: Horizon, epoch: number, limit: number) => Promise<Objection[]>;
  readonly disagreements: (horizon: Horizon, epoch: number, limit: number) => Promise<Disagreement[]>;
  readonly reportSet: (horizon: Horizon, hash: Hex) => Promise<ReportEntry[] | null>;

  /** Of a final root, ascending by node index after `after`. */
  readonly scores: (horizon: Horizon, epoch: number, page: { after: number; limit: number }) => Promise<ScoredNode[]>;
  /** Best first. One pass over the epoch's scores. */
  readonly ranked: (horizon: Horizon, epoch: number, page: { after: RankPlace | null; limit: number }) => Promise<ScoredNode[]>;
  readonly scoresOf: (horizon: Horizon, epoch: number, indices: readonly number[]) => Promise<ScoredNode[]>;
  /** Of one node under final roots, newest first. */
  readonly scoreHistory: (horizon: Horizon, index: number, limit: number) => Promise<ScoredNode[]>;
  /** Nodes by tier. */
  readonly tiers: (horizon: Horizon, epoch: number) => Promise<{ tier: number; nodes: number }[]>;
  /** In seat order. */
  readonly validatorScores: (horizon: Horizon, epoch: number) => Promise<ValidatorScore[]>;
  /** Of one validator under final roots not before `fromEpoch`, newest first. */
  readonly validatorHistory: (horizon: Horizon, validator: Hex, fromEpoch: number) => Promise<ValidatorScore[]>;
  readonly leafCounts: (horizon: Horizon, epoch: number) => Promise<LeafCounts>;
  /** All lines under a final root, in their order. Call `leafCounts` before: this has no bound. */
  readonly leaves: (horizon: Horizon, epoch: number) => Promise<Leaves>;
  /** Cumulative rewards under a final root of these accounts; those without one are missing. */
  readonly rewardsOf: (horizon: Horizon, epoch: number, accounts: readonly Hex[]) => Promise<Reward[]>;
  /** What each validator's verified reports from `fromEpoch` on say of one node. */
  readonly tallies: (horizon: Horizon, index: number, fromEpoch: number) => Promise<ValidatorTally[]>;

  /** Newest epoch first. */
  readonly faults: (horizon: Horizon, page: { before: FaultPlace | null; limit: number }) => Promise<PublicFault[]>;
  /** With the JSON of its proof. */
  readonly fault: (horizon: Horizon, faultKey: Hex) => Promise<(PublicFault & { proof: string }) | null>;

  /** This validator's own signed report: once it is on chain (its seed is public then), else after the reveal. */
  readonly ownReport: (horizon: Horizon, epoch: number) => Promise<{ report: string; signature: Hex; posted: boolean } | null>;
};
