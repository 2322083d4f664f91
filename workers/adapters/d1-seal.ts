// The end of sealing in D1: tree places, summaries, and the state that makes the roots final.
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { SealedEpoch } from '../services/ports.ts';
import { batches } from './batches.ts';
import { COLUMNS } from './d1-audits.ts';

// An UPDATE … FROM lets SQLite walk the parameter once for each row of the epoch: 45 s at ten thousand rows. A CROSS JOIN keeps the
// order as written, so that each place finds its row by key.
const PLACES = `
INSERT INTO audits (${COLUMNS}, tree_place)
SELECT ${COLUMNS}, places.value ->> 2 FROM json_each(?1) AS places
CROSS JOIN audits ON epoch = ?2 AND slot = places.value ->> 0 AND draw = places.value ->> 1
WHERE true ON CONFLICT DO UPDATE SET tree_place = excluded.tree_place`;

const SUMMARIES = `
INSERT OR REPLACE INTO summaries (epoch, node_index, kind, pass, fail, void, median_measure, median_elapsed_ms)
SELECT ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?1)`;

const SEAL = `
UPDATE epochs SET state = 'sealed', due = ?, done = ?, audit_root = ?, summary_root = ?, archive_hash = ?, sealed_at = ?,
  (pass, fail, void) = (
    SELECT count(*) FILTER (WHERE outcome = 'pass'), count(*) FILTER (WHERE outcome = 'fail'), count(*) FILTER (WHERE outcome = 'void')
    FROM audits WHERE audits.epoch = epochs.epoch
  )
WHERE epoch = ? AND state = 'sealing'`;

export async function finishSealing(d1: D1Database, epoch: number, sealed: SealedEpoch, nowMs: number): Promise<void> {
  const { due, done, auditRoot, summaryRoot, archiveHash, summaries, places } = sealed;
  const lines = summaries.map((line) => [
    ...[line.nodeIndex, line.kind, line.pass, line.fail, line.void, line.medianMeasure, line.medianElapsedMs],
  ]);
  const placed = places.map(({ slot, draw, place }) => [slot, draw, place]);
  await d1.batch([
    ...batches(placed, ROWS_PER_STATEMENT_MAX).map((batch) => d1.prepare(PLACES).bind(JSON.stringify(batch), epoch)),
    ...batches(lines, ROWS_PER_STATEMENT_MAX).map((batch) => d1.prepare(SUMMARIES).bind(JSON.stringify(batch), epoch)),
    d1.prepare(SEAL).bind(due, done, auditRoot, summaryRoot, archiveHash, nowMs, epoch),
  ]);
}
