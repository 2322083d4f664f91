// Audit rows in D1: a chunk's results as one atomic batch, accepted only while its epoch is open.
import type { BeaconRound } from '../../protocol/beacon.ts';
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { Chunk, FinishedRow, StoredRow } from '../services/ports.ts';
import { batches } from './batches.ts';

/** All but the tree's place, which sealing adds. */
export const COLUMNS =
  'epoch, slot, draw, node_index, node_id, kind, challenge_hash, commitment, opening_hash, outcome, reason, elapsed_ms, measure, freshness_round, started_at, transcript_hash, chunk, transcript_offset, transcript_length, region';
const VALUES = Array.from({ length: 20 }, (_, i) => `value ->> ${String(i)}`).join(', ');
const INSERT = `INSERT OR IGNORE INTO audits (${COLUMNS}) SELECT ${VALUES} FROM json_each(?1) WHERE true`;
const OPEN = "EXISTS (SELECT 1 FROM epochs WHERE epoch = ?2 AND state = 'open')";

type Place = { readonly chunk: number | null; readonly offset: number | null; readonly length: number | null };

function tuple(row: StoredRow, place: Place): unknown[] {
  return [
    ...[row.epoch, row.slot, row.draw, row.nodeIndex, row.nodeId, row.kind, row.challengeHash, row.commitment, row.openingHash],
    ...[row.outcome, row.reason, row.elapsedMs, row.measure, row.freshnessRound, row.startedAt, row.transcriptHash],
    ...[place.chunk, place.offset, place.length, row.region],
  ];
}

export type Finished = {
  readonly chunk: Chunk;
  readonly rows: readonly FinishedRow[];
  readonly rounds: readonly BeaconRound[];
  readonly transcripts: string | null;
  readonly nowMs: number;
};

/** True when stored, now or by an earlier try; false when the epoch takes no more results. */
export async function finishChunk(d1: D1Database, { chunk, rows, rounds, transcripts, nowMs }: Finished): Promise<boolean> {
  const { epoch, slot } = chunk;
  const tuples = rows.map((row) =>
    tuple(row, { chunk: chunk.chunk, offset: row.transcriptOffset, length: row.transcriptLength }),
  );
  const beacons = JSON.stringify(rounds.map(({ round, signature }) => [round, signature]));
  await d1.batch([
    d1.prepare(`${INSERT} AND ${OPEN}`).bind(JSON.stringify(tuples), epoch),
    d1
      .prepare(`INSERT OR IGNORE INTO rounds (round, signature) SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE ${OPEN}`)
      .bind(beacons, epoch),
    d1
      .prepare(`UPDATE chunks SET finished_at = ?1, transcripts = ?5 WHERE epoch = ?2 AND slot = ?3 AND chunk = ?4 AND ${OPEN}`)
      .bind(nowMs, epoch, slot, chunk.chunk, transcripts),
  ]);
  const stored = await d1
    .prepare('SELECT finished_at AS finished FROM chunks WHERE epoch = ? AND slot = ? AND chunk = ?')
    .bind(epoch, slot, chunk.chunk)
    .first<number>('finished');
  return stored !== null;
}

/** Rows for draws that have none; a row that exists stays as it is. */
export async function fillAudits(d1: D1Database, rows: readonly StoredRow[]): Promise<void> {
  const tuples = rows.map((row) => tuple(row, { chunk: null, offset: null, length: null }));
  const statements = batches(tuples, ROWS_PER_STATEMENT_MAX).map((batch) => d1.prepare(INSERT).bind(JSON.stringify(batch)));
  if (statements.length > 0) await d1.batch(statements);
}
