// What the spots part needs from outside. Rows are written before anything is done, and say what became of it; the queue only wakes.
import type { Hex } from '../../../protocol/bytes.ts';
import type { SpotFailure, SpotProof, SpotStep } from '../../../schema/api/spots.ts';
import type { SpotState } from '../../../schema/tables/index.ts';
import type { Answer } from '../ports.ts';

/** So many random bytes. */
export type Random = (bytes: number) => Uint8Array;

/** The platform's own. */
export const secureRandom: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

/** What a node answers to a spot: an answer as everywhere, or that it does not do this now, or at all. */
export type SpotAnswer =
  Answer | { readonly ok: false; readonly reason: 'busy' } | { readonly ok: false; readonly reason: 'unsupported' };

export type SpotTransport = {
  /** As `Transport.prepare`. */
  readonly prepare: (url: string) => Promise<boolean>;
  readonly post: (
    url: string,
    path: string,
    body: Uint8Array,
    limits: { bytesMax: number; deadlineMs: number },
  ) => Promise<SpotAnswer>;
};

export type SpotRow = {
  readonly id: string;
  readonly tenant: string;
  readonly idempotency: Hex;
  readonly nodeId: Hex;
  readonly nodeIndex: number | null;
  readonly kind: number;
  readonly state: SpotState;
  readonly createdAtMs: number;
  readonly claimedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly steps: readonly SpotStep[];
  readonly proof: SpotProof | null;
  readonly failure: SpotFailure | null;
  readonly transcriptBytes: number | null;
};

export type NewSpotRow = Pick<SpotRow, 'id' | 'tenant' | 'idempotency' | 'nodeId' | 'nodeIndex' | 'kind' | 'createdAtMs'>;
/** What all may ask of a node, and one tenant of it, since a time; `asker` is what the tenant is counted by. */
export type AskBound = { readonly perNode: number; readonly perAsker: number; readonly asker: Hex; readonly sinceMs: number };
export type SpotPlace = { readonly atMs: number; readonly id: string };
/** With a verdict: what proves it, and its transcript, which lies there by now. */
export type SpotEnd = { readonly proof: SpotProof; readonly transcriptBytes: number };

/** D1. Every method is one statement or one batch, idempotent by the order's id. */
export type SpotStore = {
  /** False when the tenant has used this key, or the node has been asked too often. What is counted is not the tenant's to delete. */
  readonly add: (row: NewSpotRow, bound: AskBound) => Promise<boolean>;
  readonly byKey: (tenant: string, idempotency: Hex) => Promise<SpotRow | null>;
  /** Of this tenant alone. */
  readonly own: (tenant: string, id: string) => Promise<SpotRow | null>;
  readonly list: (tenant: string, page: { readonly before: SpotPlace | null; readonly limit: number }) => Promise<SpotRow[]>;
  readonly any: (id: string) => Promise<SpotRow | null>;
  /** Queued → running; false for whoever is not the first: then nothing may be asked of anybody. */
  readonly claim: (id: string, seed: Hex, nowMs: number) => Promise<boolean>;
  /** Notes a step of a running one. */
  readonly step: (id: string, step: SpotStep) => Promise<void>;
  /** Writes down that an object will lie there. */
  readonly intend: (id: string, nowMs: number) => Promise<void>;
  /** Running → done; false when it was ended before. */
  readonly finish: (id: string, end: SpotEnd, steps: readonly SpotStep[], nowMs: number) => Promise<boolean>;
  /** Queued or running → failed; false when it was ended before. */
  readonly fail: (id: string, from: SpotState, failure: SpotFailure, nowMs: number) => Promise<boolean>;
  /** Those in a state since before a time, oldest first. */
  readonly since: (state: 'queued' | 'running', beforeMs: number, limit: number) => Promise<SpotRow[]>;
  /** Notes that an order takes this record; whether no other order has. */
  readonly takeRecord: (recordHash: Hex, id: string, nowMs: number) => Promise<boolean>;
  /** Forgets what was asked of nodes, and which records were taken, before these times. */
  readonly forgetAsks: (askedBeforeMs: number, takenBeforeMs: number) => Promise<void>;
  /** Forgets what ended before a time; at most so many. */
  readonly prune: (beforeMs: number, limit: number) => Promise<void>;
  /** Objects whose order is gone. */
  readonly orphans: (limit: number) => Promise<string[]>;
  readonly forgetObjects: (ids: readonly string[]) => Promise<void>;
};

/** R2, under a prefix that no public route reads. */
export type SpotObjects = {
  readonly put: (id: string, bytes: Uint8Array) => Promise<void>;
  readonly get: (id: string) => Promise<Uint8Array | null>;
  readonly remove: (ids: readonly string[]) => Promise<void>;
};

export type SpotQueue = { readonly send: (ids: readonly string[]) => Promise<void> };

/** A validator that audits for a gateway, by its place in the configuration; its key stays with the adapter. */
export type Upstreams = {
  readonly count: number;
  /** JSON to and from one; null where there was no answer, else its status and what it says, if that is JSON within the bound. */
  readonly ask: (
    place: number,
    request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object; readonly key?: string },
  ) => Promise<{ readonly status: number; readonly json: unknown } | null>;
  /** Bytes; null where there are none. */
  readonly bytes: (place: number, path: string, bytesMax: number) => Promise<Uint8Array | null>;
};

/** What the routes use. */
export type SpotPorts = {
  readonly store: SpotStore;
  readonly objects: SpotObjects;
  readonly queue: SpotQueue;
  readonly random: Random;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Validators that a gateway may ask. */
  readonly upstreamCount: () => number;
};
