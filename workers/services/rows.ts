// What becomes of a draw, as the ledger stores it: a record, and where its transcript lies.
import type { BeaconRound } from '../../protocol/beacon.ts';
import { ZERO32, concat, toHex } from '../../protocol/bytes.ts';
import { KIND_PRESENCE } from '../../protocol/challenge.ts';
import type { DueDraw } from '../../protocol/due.ts';
import { sha256 } from '../../protocol/hash.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import { encodeTranscript } from '../../protocol/transcript.ts';
import { verdictOf, type Reason } from '../../protocol/verdict.ts';
import type { Context, FinishedRow, StoredRow } from './ports.ts';
import type { Probe } from './probe.ts';

/** A row for a draw that no challenge was sent for. */
export function unsentRow(
  { validator }: Pick<Context, 'validator'>,
  { epoch }: Pick<EpochPlan, 'epoch'>,
  { draw: drawn, node }: Pick<DueDraw, 'draw' | 'node'>,
  reason: Reason,
): StoredRow {
  const { slot, draw, nodeIndex, kind, region, freshnessRound } = drawn;
  return {
    ...{ epoch, slot, draw, validator, nodeIndex, nodeId: node.nodeId, kind, ...verdictOf(reason) },
    ...{ challengeHash: ZERO32, commitment: ZERO32, openingHash: ZERO32, transcriptHash: ZERO32 },
    ...{ elapsedMs: 0, measure: 0, startedAt: 0, freshnessRound, region: kind === KIND_PRESENCE ? region : null },
  };
}

/** What a draw ended in; the last two are null when no challenge was sent. */
export type Result = {
  readonly row: StoredRow;
  /** The region whose line a probe of it goes over; null for this Worker's own. */
  readonly line: string | null;
  readonly transcript: Uint8Array | null;
  readonly round: BeaconRound | null;
};

/** @param unsent the draw's result while nothing had been sent; @param reason the verdict's, which need not be the probe's own */
export function probedResult(unsent: Result, done: Probe, reason: Reason, round: BeaconRound): Result {
  const transcript = encodeTranscript(done.transcript);
  const { challengeHash, commitment, openingHash, elapsedMs, measure, startedAt } = done;
  const facts = { challengeHash, commitment, openingHash, elapsedMs, measure, startedAt, ...verdictOf(reason) };
  return { ...unsent, row: { ...unsent.row, ...facts, transcriptHash: toHex(sha256(transcript)) }, transcript, round };
}

/** Transcripts one after the other, and where each lies. */
export function packRows(results: readonly Result[]): { rows: FinishedRow[]; bytes: Uint8Array } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const rows = results.map(({ row, transcript }) => {
    if (transcript === null) return { ...row, transcriptOffset: null, transcriptLength: null };
    const place = { transcriptOffset: offset, transcriptLength: transcript.length };
    parts.push(transcript);
    offset += transcript.length;
    return { ...row, ...place };
  });
  return { rows, bytes: concat(...parts) };
}
