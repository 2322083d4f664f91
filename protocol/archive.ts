// The public archive of an epoch: a manifest that names hashed chunks of record lines. Its hash is in the signed report.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { concat, toHex, type Hex } from './bytes.ts';
import type { BeaconRound } from './beacon.ts';
import { sha256 } from './hash.ts';
import type { AuditRow } from './record.ts';

export const ARCHIVE_FORMAT = 'assay-archive/1';
export const CHUNK_BYTES_MAX = 8 * 1024 * 1024;

export type ChunkRef = { readonly sha256: Hex; readonly bytes: number; readonly records: number };

export type Manifest = {
  readonly format: typeof ARCHIVE_FORMAT;
  readonly chainId: number;
  readonly registry: Hex;
  readonly epoch: number;
  readonly validator: Hex;
  readonly seed: Hex;
  readonly policyHash: Hex;
  readonly beacon: BeaconRound;
  readonly nodeCount: number;
  readonly validatorCount: number;
  readonly due: number;
  readonly done: number;
  readonly auditRoot: Hex;
  readonly summaryRoot: Hex;
  /** Each freshness round that a sent challenge used, ascending. */
  readonly rounds: readonly BeaconRound[];
  readonly chunks: readonly ChunkRef[];
};

/** A record as archived: the manifest holds the epoch and the validator. */
export type ArchiveLine = Omit<AuditRow, 'epoch' | 'validator'>;

function line(row: AuditRow): Uint8Array {
  const { slot, draw, nodeIndex, nodeId, kind, challengeHash, commitment, openingHash, outcome, reason } = row;
  const { elapsedMs, measure, freshnessRound, startedAt, transcriptHash } = row;
  const ids = { slot, draw, nodeIndex, nodeId, kind, challengeHash, commitment, openingHash, outcome, reason };
  return utf8ToBytes(`${JSON.stringify({ ...ids, elapsedMs, measure, freshnessRound, startedAt, transcriptHash })}\n`);
}

/** The rows' chunks, in order, none above `bytesMax`. */
export function archiveChunks(rows: readonly AuditRow[], bytesMax: number): { ref: ChunkRef; bytes: Uint8Array }[] {
  const chunks: { ref: ChunkRef; bytes: Uint8Array }[] = [];
  let lines: Uint8Array[] = [];
  let size = 0;
  const flush = (): void => {
    if (lines.length === 0) return;
    const bytes = concat(...lines);
    chunks.push({ bytes, ref: { sha256: toHex(sha256(bytes)), bytes: bytes.length, records: lines.length } });
    lines = [];
    size = 0;
  };
  for (const row of rows) {
    const next = line(row);
    if (size + next.length > bytesMax) flush();
    lines.push(next);
    size += next.length;
  }
  flush();
  return chunks;
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  return utf8ToBytes(JSON.stringify(manifest));
}

export function archiveHash(manifestBytes: Uint8Array): Hex {
  return toHex(sha256(manifestBytes));
}
