// The policy document's shape and its hash. Canonical JSON is RFC 8785 restricted to integers, so that every language
// that can sort keys agrees on the bytes.
import { toHex, type Hex } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256 } from './hash.ts';

/** What a class may be called: 1 to 32 printable ASCII characters without spaces, as the chain has 32 bytes for it. */
export const CLASS_NAME = /^[!-~]{1,32}$/;

/** The gemm-int8 job of a class (docs/protocol.md, section 9). */
export type GemmJob = {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly rounds: number;
  readonly openings: number;
  /** 1 − f* in millionths for this number of openings. */
  readonly proofPpm: number;
  /** Pass floor on the proven rate, operations a second. */
  readonly floorOpsPerSecond: number;
  readonly commitDeadlineMs: number;
  readonly openDeadlineMs: number;
};

/** The vram-pass job of a class (section 19). */
export type VramJob = {
  /** Pages of 1,024 bytes. */
  readonly pages: number;
  /** Rows of 64 bytes; a power of two. */
  readonly cacheRows: number;
  readonly parents: number;
  readonly passes: number;
  readonly openings: number;
  readonly proofPpm: number;
  /** Pass floor on the proven bandwidth, bytes a second. */
  readonly floorBytesPerSecond: number;
  /** From the challenge to *ready*; not timed otherwise. */
  readonly fillDeadlineMs: number;
  /** From the start to the commitment. */
  readonly passDeadlineMs: number;
  readonly openDeadlineMs: number;
};

export type GpuClass = {
  readonly name: string;
  readonly gemm: GemmJob;
  /** Null where the class is not asked for its memory. */
  readonly vram: VramJob | null;
};

/** What a draw may be, with its share among all. */
export type KindEntry = {
  readonly kind: number;
  readonly weight: number;
  /** The most nodes of one operator that start together; 1 for a single node. */
  readonly cohort: number;
};

export type Policy = {
  readonly version: 2;
  readonly name: string;
  readonly beacon: {
    readonly scheme: string;
    readonly publicKey: Hex;
    readonly genesis: number;
    readonly periodSeconds: number;
    readonly leadSeconds: number;
    readonly freshnessRounds: number;
  };
  readonly schedule: {
    readonly auditsPerNodePerDay: number;
    readonly jitterMs: number;
    readonly settleSeconds: number;
    readonly revealSeconds: number;
  };
  readonly kinds: readonly KindEntry[];
  /** Names of the places that presence is asked from. */
  readonly regions: readonly string[];
  readonly presence: { readonly deadlineMs: number };
  readonly classes: readonly GpuClass[];
  readonly consensus: {
    /** Reports of so many epochs count for a score, the newest included. */
    readonly windowEpochs: number;
    readonly clipTolerancePpm: number;
    /** Part of one validator's jobs of one node in the window that may be VOID `busy`; what is above is a failure. */
    readonly busyPpm: number;
    /** Below so many samples a node has no tier. */
    readonly samplesMin: number;
    readonly accuracyEpochs: number;
    readonly agreementTolerancePpm: number;
    /** A report with more due draws not done earns nothing. */
    readonly notDoneMaxPpm: number;
    /** From the reveal to the first round. */
    readonly mirrorSeconds: number;
    readonly roundSeconds: number;
    readonly postStaggerSeconds: number;
    /** Transcripts of each peer's archive that are replayed. */
    readonly replayTranscripts: number;
    /** Falling. */
    readonly tiers: readonly { readonly name: string; readonly scorePpm: number }[];
  };
  /** Amounts in millionths of a token. */
  readonly rewards: {
    readonly validatorsPerEpoch: number;
    readonly nodesPerEpoch: number;
    readonly penaltyPerEpoch: number;
    readonly penaltyBelowPpm: number;
  };
};

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** @throws ProtocolError bad_policy for a number that is not a safe integer */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new ProtocolError('bad_policy', `${String(value)} is not a safe integer; canonical documents hold no other numbers`);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

export function policyHash(policy: Policy): Hex {
  return toHex(sha256(utf8ToBytes(canonicalJson(policy))));
}

/** The policy's class of that name; undefined means that the node is not audited. */
export function findClass(policy: Policy, name: string | null): GpuClass | undefined {
  return policy.classes.find((candidate) => candidate.name === name);
}
