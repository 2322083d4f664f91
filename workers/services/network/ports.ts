// What a Worker needs to take part in the network beyond its own audits: peers that may lie or be silent, the chain's word on
// everybody's reports and roots, and a store of what was found. A gateway has all of this and no key.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { EpochRoot, Leaves, NodeTally, ReportEntry, Seat, Statement } from '../../../protocol/consensus/types.ts';
import type { FaultProof } from '../../../protocol/fault-proof.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { EpochReport } from '../../../protocol/report.ts';
import type { EpochClock, EpochNode } from '../../../protocol/schedule.ts';
import type { BeaconRound } from '../../../protocol/beacon.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import type { Beacon, Clock, IntentState, Objects } from '../ports.ts';
import type { NewEvent } from '../alerts/event.ts';
import type { ReportLine } from '../profiles/report-lines.ts';

export type { FaultProof, NodeReceipt } from '../../../protocol/fault-proof.ts';

export type PeerSeat = Seat & { readonly url: string };

/** Chain facts of an epoch that everybody shares; final once the epoch is at most the current one plus 1. */
export type NetworkEpoch = {
  readonly epoch: number;
  readonly policyHash: Hex;
  readonly nodeCount: number;
  readonly seats: readonly PeerSeat[];
  /** Verified; null until somebody needed it. */
  readonly beacon: BeaconRound | null;
};

/** A posted report, whole, with all that its replay takes from the chain. */
export type PostedReport = {
  readonly report: EpochReport;
  readonly reportHash: Hex;
  readonly signature: Hex;
  readonly signer: Hex;
  readonly due: number;
  readonly done: number;
  /** Struct hash of the validator's report before it; zero32 for its first. */
  readonly previous: Hex;
  readonly seedBase: { readonly epoch: number; readonly seed: Hex };
  readonly timestamp: number;
};

export type PostedRoot = {
  readonly root: EpochRoot;
  readonly rootHash: Hex;
  /** Bitmap of the seats that signed. */
  readonly seats: number;
  readonly provisional: boolean;
  readonly previousEpoch: number | null;
  readonly blockNumber: number;
  readonly transactionHash: Hex;
  readonly timestamp: number;
};

/** The chain, as the network's part reads it. Every method may throw ChainError. */
export type NetworkChain = {
  readonly seats: (epoch: number) => Promise<PeerSeat[]>;
  readonly policyHash: (epoch: number) => Promise<Hex>;
  readonly newestPolicyHash: () => Promise<Hex>;
  readonly nodes: (epoch: number) => Promise<EpochNode[]>;
  readonly report: (validator: Hex, epoch: number) => Promise<PostedReport | null>;
  readonly root: (epoch: number) => Promise<PostedRoot | null>;
  readonly lastRoot: () => Promise<{ readonly epoch: number; readonly rootHash: Hex } | null>;
  readonly postRootCall: (root: EpochRoot, seats: number, signatures: readonly Hex[]) => { to: Hex; data: Hex };
  /** The calldata of a fault's proof; `proven` tells whether somebody was faster. */
  readonly proveCall: (proof: FaultProof) => Promise<{ to: Hex; data: Hex }>;
  readonly proven: (faultKey: Hex) => Promise<boolean>;
  /** Searches the newest slashes for those of the faults. */
  readonly slashes: (faultKeys: readonly Hex[]) => Promise<QueuedSlash[]>;
  readonly slash: (slashId: number) => Promise<QueuedSlash>;
  readonly executeCall: (slashId: number) => Promise<{ to: Hex; data: Hex }>;
};

export type QueuedSlash = {
  readonly slashId: number;
  readonly faultKey: Hex;
  readonly executableAt: number;
  readonly executed: boolean;
  readonly amount: bigint;
};

/** GETs from a peer's public API: past the guard, bounded in size and time, no redirects. Null when there is no good answer. Never throws. */
export type Peers = {
  readonly get: (
    base: string,
    path: string,
    limits: { readonly bytesMax: number; readonly deadlineMs: number },
    /** Who asks, where the peer wants to know. */
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Uint8Array | null>;
};

export type MirrorState = 'waiting' | 'verified' | 'failed' | 'absent';

/** How one validator's archive of an epoch stands with us. `absent`: no report by the deadline. */
export type Mirror = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly state: MirrorState;
  readonly reportHash: Hex | null;
  readonly archiveHash: Hex | null;
  readonly due: number;
  readonly done: number;
  /** The check that failed, or that is waited for, and what was wrong in one line. */
  readonly check: string | null;
  readonly detail: string | null;
  /** Operator from whom the archive came. */
  readonly source: Hex | null;
  readonly attempts: number;
  readonly updatedAtMs: number;
};

export type Objection = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly slot: number;
  readonly draw: number;
  readonly raisedBy: Hex;
  /** Null until replayed here. */
  readonly confirmed: boolean | null;
  readonly detail: string | null;
};

export type RootState = 'final' | 'disputed';

export type StoredRoot = {
  readonly epoch: number;
  readonly rootHash: Hex;
  readonly root: EpochRoot;
  readonly state: RootState;
  readonly seats: number;
  readonly provisional: boolean;
  readonly previousEpoch: number | null;
  readonly blockNumber: number;
  readonly transactionHash: Hex;
  readonly finalAtMs: number;
  /** Why it is disputed: the first leaf that differs, or what could not be had. */
  readonly note: string | null;
};

/** A verified statement as it is kept: with its root's hash, and when it was first heard here. */
export type KnownStatement = { readonly statement: Statement; readonly rootHash: Hex; readonly receivedAtMs: number };

export type Disagreement = { readonly epoch: number; readonly round: number; readonly validator: Hex; readonly detail: string };

export type FaultState = 'found' | 'submitted' | 'proven' | 'executed' | 'refused';
export type Fault = {
  readonly faultKey: Hex;
  readonly kind: FaultProof['kind'];
  /** Operator, or nodeId for receipts. */
  readonly offender: Hex;
  readonly epoch: number;
  readonly state: FaultState;
  readonly proof: FaultProof;
  readonly detail: string;
  /** From then on the seats' turns to prove it are counted. */
  readonly foundAtMs: number;
  /** Its place in the queue of slashes, and when it may be executed (Unix seconds); null until it was found there. */
  readonly slashId: number | null;
  readonly executableAt: number | null;
};
export type FoundFault = Omit<Fault, 'slashId' | 'executableAt'>;

export type StoredTranscript = { readonly key: string; readonly offset: number; readonly length: number };

/** What one report says of the nodes. */
export type ReportTallies = { readonly epoch: number; readonly validator: Hex; readonly tallies: readonly NodeTally[] };

/** Why a report found a node's answers wrong. */
export type WrongReasons = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly nodeIndex: number;
  readonly reasons: readonly Reason[];
};

/** D1, the network's half. Idempotent by key like the ledger. */
export type NetworkStore = {
  readonly epoch: (epoch: number) => Promise<NetworkEpoch | null>;
  readonly observe: (facts: NetworkEpoch, nodes: readonly EpochNode[]) => Promise<void>;
  readonly setBeacon: (epoch: number, beacon: BeaconRound) => Promise<void>;
  readonly allNodes: (epoch: number) => Promise<EpochNode[]>;
  /** Rounds known to be valid, with their signatures. */
  readonly knownRounds: (rounds: readonly number[]) => Promise<BeaconRound[]>;
  readonly keepRounds: (rounds: readonly BeaconRound[]) => Promise<void>;

  readonly mirrors: (fromEpoch: number, throughEpoch: number) => Promise<Mirror[]>;
  /** `lines`: what the report says beside its tallies, for profiles. */
  readonly setMirror: (mirror: Mirror, tallies: readonly NodeTally[] | null, lines?: readonly ReportLine[]) => Promise<void>;
  /** Of every report that was taken in, from one epoch to another; each report's by node index. */
  readonly tallies: (fromEpoch: number, throughEpoch: number) => Promise<ReportTallies[]>;

  /** Where a transcript of this validator's own lies: bytes `offset` to `offset + length` of an object. Null if there is none. */
  readonly ownTranscript: (epoch: number, slot: number, draw: number) => Promise<StoredTranscript | null>;
  readonly objections: (epoch: number) => Promise<Objection[]>;
  readonly addObjection: (objection: Objection) => Promise<void>;

  readonly statements: (epoch: number) => Promise<KnownStatement[]>;
  /** Keeps at most two different roots a validator and round: the second is the evidence. */
  readonly addStatement: (statement: Statement, rootHash: Hex, nowMs: number) => Promise<void>;
  readonly reportSet: (hash: Hex) => Promise<ReportEntry[] | null>;
  readonly keepReportSet: (hash: Hex, entries: readonly ReportEntry[], epoch: number) => Promise<void>;
  readonly disagree: (disagreement: Disagreement) => Promise<void>;

  readonly roots: (fromEpoch: number, throughEpoch: number) => Promise<StoredRoot[]>;
  readonly lastRoot: () => Promise<StoredRoot | null>;
  readonly leaves: (epoch: number) => Promise<Leaves | null>;
  /**
   * Writes the root over what was stored for its epoch (the chain wins); leaves that are null leave the stored ones of that very root. What
   * is told of it is stored with it.
   */
  readonly adopt: (root: StoredRoot, leaves: Leaves | null, events?: readonly NewEvent[]) => Promise<void>;
  /** Why the reports of an epoch found answers wrong, by report and node. */
  readonly wrongReasons: (epoch: number) => Promise<WrongReasons[]>;
  /** Roots of later epochs are on the chain no more; their lines go with them. */
  readonly forgetRoots: (afterEpoch: number) => Promise<void>;

  /** The newest epoch's first. */
  readonly faults: (states: readonly FaultState[], limit: number) => Promise<Fault[]>;
  /**
   * Found faults whose proof may be submitted, those of validators first, then the newest. Of a node's receipts one at most: none while
   * one is submitted, and none for an epoch that has one.
   */
  readonly faultsToProve: (limit: number) => Promise<Fault[]>;
  /** Proven faults whose slash is not known yet, then those that may be executed, the longest due first. */
  readonly faultsToExecute: (nowSeconds: number, limit: number) => Promise<Fault[]>;
  readonly addFault: (fault: FoundFault) => Promise<void>;
  readonly setFault: (faultKey: Hex, state: FaultState, detail: string, events?: readonly NewEvent[]) => Promise<void>;
  readonly setSlash: (
    faultKey: Hex,
    slash: Pick<QueuedSlash, 'slashId' | 'executableAt'>,
    detail: string,
    events?: readonly NewEvent[],
  ) => Promise<void>;
  /** Adds once to the detail of receipts that are kept as found because their node and epoch have a proof. */
  readonly holdReceipts: (why: string) => Promise<void>;
};

/** A validator's own hand in the network; a gateway has none. */
export type Member = {
  readonly operator: Hex;
  /** Signs, or returns what was signed earlier for that epoch and round; null while the signer abstains. */
  readonly signRoot: (root: EpochRoot) => Promise<Statement | null>;
  /** Hands a call to the transaction sender, once a key. */
  readonly submit: (key: string, call: { to: Hex; data: Hex }) => Promise<void>;
  readonly state: (key: string) => Promise<IntentState>;
  /** A policy that the operator wants next; null for none. */
  readonly nextPolicyHash: Hex | null;
  readonly watchFaults: boolean;
};

export type NetworkPorts = {
  readonly clock: Clock;
  readonly chain: NetworkChain;
  readonly beacon: Beacon;
  readonly peers: Peers;
  readonly objects: Objects;
  readonly store: NetworkStore;
  readonly random: (bytes: number) => Uint8Array;
  readonly member: Member | null;
  /** Where events link to; null or left out for no links. */
  readonly publicUrl?: string | null;
};

export type NetworkContext = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  /** By hash; throws DomainError misconfigured for one that this version does not know. */
  readonly policyOf: (hash: Hex) => Policy;
  readonly ports: NetworkPorts;
};
