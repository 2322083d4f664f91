// Everything outside of the services, as they see it. The real sides are in adapters/, put together by compose.ts; a test
// or a scenario replaces one port and nothing else.
import type { BeaconRound } from '../../protocol/beacon.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { Policy } from '../../protocol/policy.ts';
import type { AuditRow } from '../../protocol/record.ts';
import type { EpochReport } from '../../protocol/report.ts';
import type { EpochClock, EpochNode } from '../../protocol/schedule.ts';
import type { Summary } from '../../protocol/summary.ts';
import type { DomainErrorCode } from '../errors.ts';
import type { EpochState } from '../../schema/tables/index.ts';

/** The network that this Worker serves: fixed once the registry has been read. */
export type Deployment = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  /** Reports are taken until so long after their epoch's end. */
  readonly reportSeconds: number;
  /** The network's first policy; later epochs may have another. */
  readonly policyHash: Hex;
};

/** What every service of a validator gets beside its input. */
export type Context = {
  readonly domain: Domain;
  /** Operator address. */
  readonly validator: Hex;
  readonly clock: EpochClock;
  readonly reportSeconds: number;
  /** By hash. @throws DomainError misconfigured for one that this version does not know or cannot follow */
  readonly policyOf: (hash: Hex) => Policy;
  readonly ports: Ports;
};

export type Ports = {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly beacon: Beacon;
  readonly ledger: Ledger;
  readonly objects: Objects;
  readonly transport: Transport;
  readonly regions: Regions;
  readonly queue: ChunkQueue;
  readonly sender: Sender;
  readonly keys: KeyPort;
  readonly health: HealthHook;
};

export type Clock = {
  readonly nowMs: () => number;
  /** Resolves at that Unix time in milliseconds, at once if it has passed. */
  readonly until: (timeMs: number) => Promise<void>;
};

/**
 * The chain. Every method may throw ChainError; nothing is retried here but inside the client. Facts that challenges are signed by
 * (deployment, policy, nodes, seats, signer, base) are what all configured RPCs agree on.
 */
export type Registry = {
  readonly deployment: () => Promise<Deployment>;
  readonly policyHash: (epoch: number) => Promise<Hex>;
  readonly nodes: (epoch: number) => Promise<EpochNode[]>;
  /** The epoch's seats in their order, each with whom it signs by then. */
  readonly signers: (epoch: number) => Promise<readonly SeatSigner[]>;
  /** This validator's signer at that epoch; null when it is not active then. */
  readonly signer: (epoch: number) => Promise<Hex | null>;
  readonly seedBase: (epoch: number) => Promise<{ epoch: number; seed: Hex } | null>;
  readonly lastReport: () => Promise<{ epoch: number; reportHash: Hex } | null>;
  readonly report: (epoch: number) => Promise<{ reportHash: Hex; blockNumber: number } | null>;
  /** The registry's address and calldata that post a signed report. */
  readonly postCall: (report: EpochReport, signature: Hex) => { to: Hex; data: Hex };
};

/** Verified rounds only; null when no server has a valid one (yet). */
export type Beacon = {
  readonly round: (round: number) => Promise<BeaconRound | null>;
  /** Whether the outside world answers in time: tells a dead node from a cut-off auditor. */
  readonly control: () => Promise<boolean>;
};

/** A seat's validator, by operator, and the key that signs for it. */
export type SeatSigner = { readonly operator: Hex; readonly signer: Hex };

export type EpochFacts = {
  readonly epoch: number;
  /** The policy in force at that epoch. */
  readonly policyHash: Hex;
  readonly nodeCount: number;
  readonly validatorCount: number;
  /** Of the seats, in their order. */
  readonly signers: readonly SeatSigner[];
  readonly beaconRound: number;
  readonly seedBase: { readonly epoch: number; readonly seed: Hex };
};
export type EpochEntry = Omit<EpochFacts, 'signers'> & {
  /** Null in epochs frozen before they were kept: not known, so they differ from nothing, and no rival excuses a node. */
  readonly signers: EpochFacts['signers'] | null;
  readonly state: EpochState;
  readonly beacon: BeaconRound | null;
  /** Slots below this number have been sent to the queue. */
  readonly scheduledSlots: number;
  readonly sealed: {
    readonly auditRoot: Hex;
    readonly summaryRoot: Hex;
    readonly archiveHash: Hex;
    readonly due: number;
    readonly done: number;
  } | null;
  readonly signed: SignedReport | null;
};

/** One queue message: a share of a slot's draws (chunks.ts). */
export type Chunk = { readonly epoch: number; readonly slot: number; readonly chunk: number };
/** Which queue a chunk goes to: long ones must not hold up the brief. */
export type Lane = 'brief' | 'long';
/** A record, with the region (its place in the policy) that a presence was asked from; null for other kinds. */
export type StoredRow = AuditRow & { readonly region: number | null };
/** A finished draw, with where its transcript lies in the chunk's object. */
export type FinishedRow = StoredRow & { readonly transcriptOffset: number | null; readonly transcriptLength: number | null };

/** What health takes of a record: reachability. */
export type HeardRow = Pick<
  FinishedRow,
  'slot' | 'draw' | 'nodeIndex' | 'nodeId' | 'kind' | 'reason' | 'startedAt' | 'transcriptHash'
>;

/** What the validator's own audits tell health (services/health). Neither ever throws: what is missed the next tick takes in. */
export type HealthHook = {
  /** A challenge came to that just now. */
  readonly heard: (epoch: number, row: HeardRow) => Promise<void>;
  /** A chunk's results are stored. */
  readonly take: (chunk: Chunk, rows: readonly HeardRow[]) => Promise<void>;
};

export type SealedEpoch = {
  readonly due: number;
  readonly done: number;
  readonly auditRoot: Hex;
  readonly summaryRoot: Hex;
  readonly archiveHash: Hex;
  readonly summaries: readonly Summary[];
  /** By row, in draw order: the leaf's place in the audit tree. */
  readonly places: readonly { readonly slot: number; readonly draw: number; readonly place: number }[];
};

/** D1. All writes are idempotent by key; those that belong together are one atomic batch. */
export type Ledger = {
  readonly deployment: () => Promise<Deployment | null>;
  readonly join: (deployment: Deployment) => Promise<void>;
  readonly epoch: (epoch: number) => Promise<EpochEntry | null>;
  /** Epochs in one of these states, ascending. */
  readonly epochsIn: (states: readonly EpochState[], limit: number) => Promise<EpochEntry[]>;
  readonly freeze: (facts: EpochFacts, nodes: readonly EpochNode[]) => Promise<void>;
  readonly open: (epoch: number, beacon: BeaconRound) => Promise<void>;
  /** Slots below `slots` have been sent to the queue; never lowers it. */
  readonly scheduled: (epoch: number, slots: number) => Promise<void>;
  readonly nodes: (epoch: number, indices: readonly number[]) => Promise<Map<number, EpochNode>>;
  /** All nodes that these operators have at an epoch, ascending by index; an operator without any is left out. */
  readonly operatorNodes: (epoch: number, operators: readonly Hex[]) => Promise<Map<Hex, EpochNode[]>>;
  /** Writes the chunk's issued row; false when it was there already: then nothing may be probed. */
  readonly claim: (chunk: Chunk, nowMs: number) => Promise<boolean>;
  /** Stores a chunk's results, all or nothing; false when the epoch is no longer open: they count as interrupted. */
  readonly finish: (
    chunk: Chunk,
    rows: readonly FinishedRow[],
    rounds: readonly BeaconRound[],
    transcripts: string | null,
    nowMs: number,
  ) => Promise<boolean>;
  readonly finishedChunks: (epoch: number) => Promise<number>;
  /** From now on no result is accepted; idempotent. */
  readonly beginSealing: (epoch: number) => Promise<void>;
  /** Adds rows for draws that have none; never replaces one. */
  readonly fill: (rows: readonly StoredRow[]) => Promise<void>;
  /** The epoch's rows in draw order. */
  readonly rows: (epoch: number) => Promise<StoredRow[]>;
  readonly rounds: (rounds: readonly number[]) => Promise<BeaconRound[]>;
  readonly finishSealing: (epoch: number, sealed: SealedEpoch, nowMs: number) => Promise<void>;
  readonly sign: (epoch: number, report: EpochReport, signature: Hex, hash: Hex) => Promise<void>;
  readonly posted: (epoch: number, post: { transactionHash: Hex | null; blockNumber: number; nowMs: number }) => Promise<void>;
  readonly abandon: (epoch: number, note: string) => Promise<void>;
  /** The newest trouble of each step of the tick, for /health; null clears it. */
  readonly note: (step: string, trouble: { code: string; message: string } | null, nowMs: number) => Promise<void>;
};

/** Where a step's trouble is kept: known before anything else is. */
export type Notes = Pick<Ledger, 'note'>;

/** R2. Objects are immutable: a second put of a key changes nothing. */
export type Objects = {
  /** @param epoch what the object belongs to: routes show it from that epoch's reveal on */
  readonly put: (key: string, bytes: Uint8Array, epoch: number) => Promise<void>;
  readonly get: (key: string) => Promise<Uint8Array | null>;
};

/** One answer of a node, bounded in size and time; or how there was none. */
export type Answer = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: NetworkReason };
export type NetworkReason = 'unreachable' | 'timeout' | 'tls' | 'refused' | 'redirect' | 'oversize';

export type Transport = {
  /**
   * Looks the address up ahead of the clock, so that a slow name server is never held against a node. Never throws.
   * @param beginBeforeMs Unix milliseconds from which no look-up is begun any more
   * @returns false when one would have been needed, but it was too late; never because of what a name server did
   */
  readonly prepare: (url: string, beginBeforeMs?: number) => Promise<boolean>;
  /** POSTs octets to a user-supplied address, past the guard; headers and body within one deadline. */
  readonly post: (
    url: string,
    path: string,
    body: Uint8Array,
    limits: { bytesMax: number; deadlineMs: number },
  ) => Promise<Answer>;
};

/** A node's answer as seen from a region: the round trip is measured there, in milliseconds. */
export type RegionAnswer = { readonly answer: Answer; readonly elapsedMs: number };

/** Requests to nodes from the places that the policy names. Never throws: what fails here is ours, and no node's. */
export type Regions = {
  /**
   * As `Transport.post`, from there. Null when the place is not to be had, or had no connection free before `sendBeforeMs` (Unix
   * milliseconds): then nothing can be said of the node. The look-up of its name comes after that, and is never our delay.
   */
  readonly post: (
    region: string,
    url: string,
    path: string,
    body: Uint8Array,
    limits: { bytesMax: number; deadlineMs: number; sendBeforeMs: number },
  ) => Promise<RegionAnswer | null>;
  /** As `Beacon.control`, from there. */
  readonly control: (region: string) => Promise<boolean>;
};

export type ChunkQueue = {
  readonly send: (chunks: readonly { lane: Lane; chunk: Chunk; delaySeconds: number }[]) => Promise<void>;
};

export type IntentState =
  | { readonly state: 'unknown' }
  /** With what keeps it from being sent, if anything does. */
  | { readonly state: 'pending'; readonly trouble: { readonly code: DomainErrorCode; readonly message: string } | null }
  | { readonly state: 'confirmed'; readonly transactionHash: Hex; readonly blockNumber: number }
  | { readonly state: 'rejected'; readonly reason: string };

export type SignedReport = { readonly report: EpochReport; readonly signature: Hex };
/** What tells a new signer from one that lost its memory. */
export type ChainSeen = {
  readonly lastEpoch: number | null;
  readonly currentEpoch: number;
  /** Whether this validator had a seat two epochs ago: then it may have signed something that is still worth something. */
  readonly seatedBefore: boolean;
};

/** The one owner of the signer key's nonce, and of the promise never to sign two reports for an epoch. */
export type Sender = {
  /** Signs the report, or returns the one signed earlier for its epoch; null while the signer abstains. */
  readonly signReport: (report: EpochReport, seen: ChainSeen) => Promise<SignedReport | null>;
  /** What was signed for the epoch earlier; null if nothing was. */
  readonly signed: (epoch: number) => Promise<SignedReport | null>;
  readonly submit: (key: string, call: { to: Hex; data: Hex }) => Promise<void>;
  readonly state: (key: string) => Promise<IntentState>;
};

/** The only holder of the hot key and the seed secret inside the Worker. */
export type KeyPort = {
  readonly signer: Hex;
  readonly sign: (digest: Hex) => Hex;
  /** The epoch's seed, found from the registry's base. @throws DomainError misconfigured when the secret is not its root */
  readonly seed: (facts: Pick<EpochFacts, 'epoch' | 'seedBase'>) => Hex;
};
