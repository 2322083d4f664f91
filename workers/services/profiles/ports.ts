// What the profiles part needs from outside: read models of final roots. Reads only; whatever speaks of an epoch takes a Horizon and answers
// for epochs up to `through` only.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Outcome, Reason } from '../../../protocol/verdict.ts';
import type { Sort } from '../../../schema/api/profile.ts';
import type { ScoredNode } from '../views/network-ports.ts';
import type { NodeView } from '../views/node-view.ts';
import type { Horizon } from '../views/visibility.ts';
import type { JobCounts } from './job-epochs.ts';
import type { RegionCounts } from './region-counts.ts';

export type { RegionCounts };

/** What rankings say of a node's claims. */
export type NodeClaims = Omit<NodeView, 'keyX' | 'keyY'>;

/** A node in effect with its line under a root, if it has one. */
export type StandingRow = {
  readonly node: NodeClaims;
  readonly score: ScoredNode | null;
  /** Reports of that epoch that speak of it. */
  readonly validators: number;
  /** Up to the root, as `jobEpochs` says; zeros without a line. */
  readonly jobs: JobCounts;
  readonly nearest: string | null;
  /** Its place in the order asked for: smaller is earlier, two of one key by index. */
  readonly key: number;
};

export type StandingFilter = {
  readonly gpuClass: string | null;
  readonly operator: Hex | null;
  readonly region: string | null;
  /** Numbers of tiers: 0 is too few samples, one above the policy's last is below all. Null for any. */
  readonly tier: number | null;
  /** Lower-case text in id, host, class or operator, or the index. */
  readonly search: string | null;
  readonly index: number | null;
};
export const ANY: StandingFilter = { gpuClass: null, operator: null, region: null, tier: null, search: null, index: null };

export type StandingPage = {
  /** The chain's own, for claims. */
  readonly current: number;
  /** Of the final root; -1 where there is none. */
  readonly root: number;
  readonly sort: Sort;
  readonly filter: StandingFilter;
  readonly after: { readonly key: number; readonly index: number } | null;
  readonly limit: number;
};

/** Sums over some epochs of one node; a stretch without rows is left out. */
export type BarSums = {
  /** floor(epoch / step). */
  readonly place: number;
  readonly pass: number;
  /** Wrong, slow and network together. */
  readonly fail: number;
  readonly present: number;
  readonly absent: number;
};

export type Stretch = BarSums & {
  readonly latencyMs: number | null;
  readonly latencyHighMs: number | null;
  readonly rate: number | null;
  readonly rateLow: number | null;
  readonly scorePpm: number | null;
};

export type RecentRow = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly slot: number;
  readonly draw: number;
  readonly kind: number;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly elapsedMs: number;
  readonly measure: number;
  readonly startedAtMs: number;
};

export type NodeSums = {
  readonly fromEpoch: number | null;
  readonly throughEpoch: number | null;
  readonly pass: number;
  readonly wrong: number;
  readonly fail: number;
  readonly present: number;
  readonly absent: number;
};

/** Of the nodes in effect that are not retired, and of the lines under a root. */
export type Census = {
  readonly nodes: number;
  /** Most frequent first. */
  readonly classes: readonly { readonly name: string | null; readonly nodes: number }[];
  /** Where nodes are nearest, and the mean of their medians from there. */
  readonly regions: readonly { readonly name: string; readonly nodes: number; readonly latencyMs: number }[];
  readonly scored: number;
  readonly jobs: number;
  readonly questions: number;
  /** Over all validators' verified reports of the root's epoch. */
  readonly due: number;
  readonly done: number;
};

/** What a profile shows of one node, apart from who it is. */
export type FacetsAsked = {
  readonly index: number;
  readonly standing: StandingPage;
  readonly sums: { readonly from: number; readonly through: number };
  readonly bars: { readonly from: number; readonly step: number };
  readonly regionsFrom: number;
  readonly recentLimit: number;
};
export type Facets = {
  /** Null where no version of the node is in effect. */
  readonly row: StandingRow | null;
  readonly sums: NodeSums;
  readonly bars: readonly BarSums[];
  readonly regions: readonly RegionCounts[];
  /** Newest first. */
  readonly recent: readonly RecentRow[];
};

export type ProfilePorts = {
  /** One statement: the page, and how many the filter lets through in all. */
  readonly standings: (horizon: Horizon, page: StandingPage) => Promise<{ rows: StandingRow[]; total: number }>;
  readonly stretches: (
    horizon: Horizon,
    index: number,
    range: { readonly from: number; readonly step: number },
  ) => Promise<Stretch[]>;
  readonly facets: (horizon: Horizon, asked: FacetsAsked) => Promise<Facets>;
  /** Chunks of this validator's own revealed epochs from `from` on. */
  readonly ownWork: (horizon: Horizon, from: number) => Promise<{ finished: number; unfinished: number }>;
  /** `root`: epoch of a final root, -1 for none. */
  readonly census: (horizon: Horizon, epochs: { readonly current: number; readonly root: number }) => Promise<Census>;
};
