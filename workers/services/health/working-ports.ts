// What the working side of health needs from outside: a store whose writes are all or nothing, a queue of questions, the question itself,
// peers, and a clock. Every write names the versions it was made from and is refused where somebody was faster.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import type { EpochClock } from '../../../protocol/schedule.ts';
import type { NewEvent } from '../alerts/event.ts';
import type { Chunk, Clock, HeardRow } from '../ports.ts';
import type { Machine, Told } from './machine.ts';
import type { Incident } from './ports.ts';

export type KnownNode = { readonly index: number; readonly id: Hex };

/** What is stored of a node; version 0: nothing. */
export type StoredHealth = {
  readonly node: KnownNode;
  readonly machine: Machine;
  readonly version: number;
  readonly incident: Incident | null;
};

/** A node's new state, made from `version`. */
export type HealthChange = {
  readonly node: KnownNode;
  readonly version: number;
  /** Null: nothing is to be remembered. */
  readonly machine: Machine | null;
  readonly incident: Incident | null;
  readonly events: readonly NewEvent[];
};

/** What a chunk's probes came to at network level. */
export type SlotTally = { readonly probes: number; readonly failed: number };
export type ChunkTally = SlotTally & { readonly chunk: Chunk };

export type AskMessage = { readonly node: number; readonly key: string; readonly step: number };
export type DueAsk = AskMessage & { readonly atMs: number };

/** One peer's word, as it was heard last. */
export type Word = {
  readonly source: string;
  readonly validator: Hex;
  readonly heardAtMs: number;
  readonly sightings: readonly Sighted[];
};
export type Sighted = { readonly node: number; readonly state: Told['state']; readonly sinceMs: number };

export type HealthStore = {
  /** Of these nodes, those of which something is stored. */
  readonly stored: (indices: readonly number[]) => Promise<Map<number, StoredHealth>>;
  /** Indices of nodes that are not healthy, ascending after `after`. */
  readonly unwell: (after: number, limit: number) => Promise<number[]>;
  /** Questions whose time has come by then. */
  readonly due: (atMs: number, limit: number) => Promise<DueAsk[]>;
  /**
   * One batch: states, incidents, events, and that the chunk was taken in. 'stale': somebody was faster with one of the nodes;
   * 'taken': the chunk had been.
   */
  readonly save: (
    changes: readonly HealthChange[],
    taken: ChunkTally | null,
    nowMs: number,
  ) => Promise<'saved' | 'stale' | 'taken'>;
  /** Over the chunks that were taken in. */
  readonly slot: (epoch: number, slot: number) => Promise<SlotTally>;
  /** Finished chunks from that slot on that were not taken in, oldest first. */
  readonly missed: (from: { readonly epoch: number; readonly slot: number }, limit: number) => Promise<Chunk[]>;
  readonly rowsOf: (chunk: Chunk) => Promise<HeardRow[]>;
  readonly words: (sinceMs: number) => Promise<Word[]>;
  readonly keepWords: (words: readonly Word[]) => Promise<void>;
  /** As the registry has them at an epoch; retired ones and unknown ones are missing. */
  readonly nodes: (epoch: number, indices: readonly number[]) => Promise<Map<number, KnownNode>>;
  /** Forgets slots before that epoch, and what is older than that. */
  readonly prune: (epoch: number, nowMs: number) => Promise<void>;
};

export type WorkingPorts = {
  readonly clock: Clock;
  readonly store: HealthStore;
  readonly queue: { readonly send: (messages: readonly (AskMessage & { readonly delaySeconds: number })[]) => Promise<void> };
  /** Tells whoever delivers that there are events. */
  readonly wake: () => Promise<void>;
};

export type HealthContext = {
  readonly role: 'validator' | 'gateway';
  /** Operator; null on a gateway. */
  readonly validator: Hex | null;
  readonly publicUrl: string | null;
  readonly ports: WorkingPorts;
};

/** Asks a node once. Null: nothing can be said of it, because the fault may be ours. Never throws. */
export type AskNode = (node: number, step: number) => Promise<Reason | null>;

/** What peers say now; null from one that did not answer. Bounded in time and size; never throws. */
export type AskPeers = (nowMs: number) => Promise<Word[]>;

export type SightInput = {
  readonly clock: EpochClock;
  readonly askPeers: AskPeers;
};
