// What the public routes need. Reads only: stored rows and stored objects, never the chain and never a secret.
//
// The visibility rule lives here: everything below that speaks of an epoch takes a Horizon, and answers for epochs that are
// sealed or posted and not after `through` only. Nothing about any other epoch may come out, not even in a sum.
import type { Hex } from '../../../protocol/bytes.ts';
import type { AuditRecord } from '../../../protocol/record.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { EpochClock } from '../../../protocol/schedule.ts';
import type { Outcome, Reason } from '../../../protocol/verdict.ts';
import type { Tally } from '../../../schema/api/values.ts';
import type { AccountPorts } from '../accounts/ports.ts';
import type { AlertPorts } from '../alerts/ports.ts';
import type { HealthPorts } from '../health/ports.ts';
import type { ProfilePorts } from '../profiles/ports.ts';
import type { SpotPorts } from '../spots/ports.ts';
import type { NetworkViews } from './network-ports.ts';
import type { NodeView } from './node-view.ts';
import type { Horizon } from './visibility.ts';

export type { Horizon, NodeView };

export type WebPorts = {
  /** A validator's own audits; on a gateway they are empty. */
  readonly views: Views;
  /** What is known of all validators; in both roles. */
  readonly network: NetworkViews;
  readonly objects: PublicObjects;
  readonly accounts: AccountPorts;
  readonly spots: SpotPorts;
  readonly health: HealthPorts;
  readonly alerts: AlertPorts;
  readonly profiles: ProfilePorts;
  readonly nowMs: () => number;
  readonly settings: WebSettings;
};

export type WebSettings = {
  readonly role: 'validator' | 'gateway';
  readonly version: string;
  readonly chainId: number;
  readonly registry: Hex;
  /** Operator address: the validator's identity, and part of every leaf; null on a gateway, which audits nobody. */
  readonly validator: Hex | null;
  readonly signer: Hex | null;
  /** In force now; an epoch's own is found by the hash that its row names. */
  readonly policy: Policy;
  readonly policyHash: Hex;
  readonly clock: EpochClock;
  /** Where this Worker is reached; null where its operator does not say. */
  readonly publicUrl: string | null;
  /** An RPC that readers' browsers may use; null for none. */
  readonly publicRpcUrl: string | null;
};

/** The only keys that a route can reach; `secret/…` is none of them. */
export type PublicKey = `archive/${string}` | `transcripts/${string}` | `tree/${string}` | `consensus/${string}`;

export type PublicObjects = {
  /** The epoch that an object belongs to, by its metadata; null where there is no such object, or none that names its epoch. */
  readonly epochOf: (key: PublicKey) => Promise<number | null>;
  /** null where there is no such object, or where it ends before the range does. */
  readonly get: (key: PublicKey, range?: { readonly offset: number; readonly length: number }) => Promise<StoredObject | null>;
};

export type StoredObject = {
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes in `body`. */
  readonly size: number;
};

export type EpochView = {
  readonly epoch: number;
  readonly state: 'sealed' | 'posted';
  readonly nodeCount: number;
  readonly validatorCount: number;
  readonly beaconRound: number;
  readonly beaconSignature: Hex | null;
  readonly due: number;
  readonly done: number;
  readonly tally: Tally;
  readonly auditRoot: Hex;
  readonly summaryRoot: Hex;
  readonly archiveHash: Hex;
  readonly sealedAtMs: number | null;
  /** JSON of the signed report. */
  readonly report: string | null;
  readonly reportHash: Hex | null;
  readonly signature: Hex | null;
  readonly transactionHash: Hex | null;
  readonly blockNumber: number | null;
  readonly postedAtMs: number | null;
};

/** A place within an epoch. */
export type AuditDrawn = { readonly slot: number; readonly draw: number };
export type AuditPlace = { readonly epoch: number; readonly slot: number; readonly draw: number };
export type AuditView = Omit<AuditRecord, 'validator'> & {
  readonly nodeIndex: number;
  readonly chunk: number | null;
  readonly transcriptOffset: number | null;
  readonly transcriptLength: number | null;
  readonly treePlace: number | null;
  /** Place in the policy's regions; null for kinds other than presence. */
  readonly region: number | null;
};

/** What one region's questions for a node's presence came to. */
export type PresenceView = {
  readonly region: number;
  readonly present: number;
  readonly absent: number;
  /** Lower median and 95th percentile of the round trips; 0 if it was never reached. */
  readonly latencyMs: number;
  readonly latencyHighMs: number;
};

/** What a window of epochs holds for some nodes, presence left out; each list may lack nodes that have nothing. */
export type NodeResults = {
  readonly totals: readonly { readonly index: number; readonly tally: Tally }[];
  readonly failures: readonly { readonly index: number; readonly reason: Reason; readonly count: number }[];
  readonly last: readonly AuditView[];
};

export type SummaryPlace = { readonly index: number; readonly kind: number };
export type SummaryView = {
  readonly nodeIndex: number;
  readonly nodeId: Hex | null;
  readonly kind: number;
  readonly tally: Tally;
  readonly medianMeasure: number;
  readonly medianElapsedMs: number;
};

export type AuditFilter = { readonly outcome?: Outcome | undefined; readonly reason?: Reason | undefined };

export type TroubleView = {
  readonly step: string;
  readonly code: string;
  readonly sinceMs: number;
  readonly lastMs: number;
};

/** Every list is bounded by its `limit`; a scan that stops early says where. */
export type Views = {
  /** What the validator's own steps have trouble with, newest first; without their messages, which may speak of hidden epochs. */
  readonly troubles: (limit: number) => Promise<TroubleView[]>;
  /** Nodes whose first version is in effect at the epoch. */
  readonly nodeCount: (epoch: number) => Promise<number>;
  readonly recent: (horizon: Horizon) => Promise<{ epochs: number; due: number; done: number; tally: Tally }>;
  readonly lastPosted: (horizon: Horizon) => Promise<EpochView | null>;
  /** Newest first, before `before` where given. */
  readonly epochs: (horizon: Horizon, page: { before: number | null; limit: number }) => Promise<EpochView[]>;
  readonly epoch: (horizon: Horizon, epoch: number) => Promise<EpochView | null>;
  /** The epoch's summaries by node index and kind. */
  readonly epochNodes: (
    horizon: Horizon,
    epoch: number,
    page: { after: SummaryPlace | null; limit: number },
  ) => Promise<SummaryView[]>;
  /** Versions in force at `epoch` of nodes with `after < index <= upTo`, ascending. */
  readonly nodes: (
    epoch: number,
    page: { after: number; upTo: number; limit: number; gpuClass: string | null },
  ) => Promise<NodeView[]>;
  /** Versions in force at `epoch` of these indices, in any order. */
  readonly nodesAt: (epoch: number, indices: readonly number[]) => Promise<NodeView[]>;
  readonly node: (epoch: number, id: Hex) => Promise<NodeView | null>;
  readonly nodeResults: (horizon: Horizon, indices: readonly number[]) => Promise<NodeResults>;
  /** Newest first. */
  readonly nodeEpochs: (horizon: Horizon, index: number, limit: number) => Promise<{ epoch: number; tally: Tally }[]>;
  /** Over the window, by region; at most `limit` regions. */
  readonly nodePresence: (horizon: Horizon, index: number, limit: number) => Promise<PresenceView[]>;
  /** Newest first, before `before`; at most `scan` of the node's audits are looked at, `scannedTo` is the last of them if there may be more. */
  readonly nodeAudits: (
    horizon: Horizon,
    index: number,
    page: { before: AuditPlace | null; limit: number; scan: number; filter: AuditFilter },
  ) => Promise<{ rows: AuditView[]; scannedTo: AuditPlace | null }>;
  readonly audit: (horizon: Horizon, place: AuditPlace) => Promise<AuditView | null>;
  /** All audits of one epoch by slot and draw, after `after`. */
  readonly epochAudits: (
    horizon: Horizon,
    epoch: number,
    page: { after: AuditDrawn | null; limit: number },
  ) => Promise<AuditView[]>;
  readonly epochAuditCount: (horizon: Horizon, epoch: number) => Promise<number>;
};
