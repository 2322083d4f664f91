// How everybody's archives stand with us, in D1: mirror states, tallies, objections.
import { and, asc, between, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Hex } from '../../protocol/bytes.ts';
import type { NodeTally } from '../../protocol/consensus/types.ts';
import { audits, chunks, mirrors, objections, tallies } from '../../schema/tables/index.ts';
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { Mirror, NetworkStore, Objection } from '../services/network/ports.ts';
import type { ReportLine } from '../services/profiles/report-lines.ts';
import { batches } from './batches.ts';
import { lineStatements } from './profile-statements.ts';
import { retried } from './retry.ts';

// Two ticks may overlap: the one that still waits never takes back what the other has found about the same report.
const SET_MIRROR = `
INSERT INTO mirrors (epoch, validator, state, report_hash, archive_hash, due, done, failed_check, detail, source, attempts, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (epoch, validator) DO UPDATE SET state = excluded.state, report_hash = excluded.report_hash,
  archive_hash = excluded.archive_hash, due = excluded.due, done = excluded.done, failed_check = excluded.failed_check,
  detail = excluded.detail, source = excluded.source, attempts = excluded.attempts, updated_at = excluded.updated_at
WHERE mirrors.state IN ('waiting', 'absent') OR excluded.state IN ('verified', 'failed')`;

const INSERT_TALLIES = `
INSERT OR REPLACE INTO tallies (epoch, validator, node_index, pass, wrong, slow, network, void, median_measure, median_elapsed_ms,
  present, absent, latency_ms, latency_high_ms, fills, bandwidth, busy)
SELECT ?2, ?3, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
  value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14 FROM json_each(?1)`;

// What was found here, one way or the other, outweighs what is only told; a confirmation outweighs everything.
const ADD_OBJECTION = `
INSERT INTO objections (epoch, validator, slot, draw, raised_by, confirmed, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (epoch, validator, slot, draw) DO UPDATE SET confirmed = excluded.confirmed, detail = excluded.detail
WHERE excluded.confirmed IS NOT NULL AND coalesce(objections.confirmed, 0) = 0`;

async function setMirror(
  d1: D1Database,
  mirror: Mirror,
  lines: readonly NodeTally[] | null,
  more: readonly ReportLine[],
): Promise<void> {
  const { epoch, validator, state, reportHash, archiveHash, due, done, check, detail, source, attempts, updatedAtMs } = mirror;
  const values = [epoch, validator, state, reportHash, archiveHash, due, done, check, detail, source, attempts, updatedAtMs];
  const tuples = (lines ?? []).map((line) => [
    ...[line.nodeIndex, line.pass, line.wrong, line.slow, line.network, line.void, line.medianMeasure, line.medianElapsedMs],
    ...[line.present, line.absent, line.latencyMs, line.latencyHighMs, line.fills, line.bandwidth, line.busy],
  ]);
  const clear = d1.prepare('DELETE FROM tallies WHERE epoch = ?1 AND validator = ?2').bind(epoch, validator);
  await d1.batch([
    d1.prepare(SET_MIRROR).bind(...values),
    ...(lines === null ? [] : [clear]),
    ...batches(tuples, ROWS_PER_STATEMENT_MAX).map((batch) =>
      d1.prepare(INSERT_TALLIES).bind(JSON.stringify(batch), epoch, validator),
    ),
    ...(lines === null ? [] : lineStatements(d1, mirror, more)),
  ]);
}

type Part = Pick<NetworkStore, 'mirrors' | 'setMirror' | 'tallies' | 'objections' | 'addObjection' | 'ownTranscript'>;

export function d1NetworkMirrors(d1: D1Database): Part {
  const db = drizzle(d1);
  return {
    mirrors: async (from, through) => {
      const found = await db
        .select()
        .from(mirrors)
        .where(between(mirrors.epoch, from, through))
        .orderBy(asc(mirrors.epoch), asc(mirrors.validator))
        .all();
      return found.map(({ updatedAt, ...row }): Mirror => ({ ...row, updatedAtMs: updatedAt }));
    },
    setMirror: (mirror, lines, more = []) => retried(() => setMirror(d1, mirror, lines, more)),
    tallies: async (from, through) => {
      const found = await db
        .select()
        .from(tallies)
        .where(between(tallies.epoch, from, through))
        .orderBy(asc(tallies.epoch), asc(tallies.validator), asc(tallies.nodeIndex))
        .all();
      const reports: { epoch: number; validator: Hex; tallies: NodeTally[] }[] = [];
      for (const { epoch, validator, ...tally } of found) {
        const last = reports.at(-1);
        if (last?.epoch === epoch && last.validator === validator) last.tallies.push(tally);
        else reports.push({ epoch, validator, tallies: [tally] });
      }
      return reports;
    },
    objections: async (epoch): Promise<Objection[]> =>
      db
        .select()
        .from(objections)
        .where(eq(objections.epoch, epoch))
        .orderBy(asc(objections.validator), asc(objections.slot), asc(objections.draw))
        .all(),
    addObjection: async ({ epoch, validator, slot, draw, raisedBy, confirmed, detail }) => {
      const flag = confirmed === null ? null : Number(confirmed);
      const values = [epoch, validator, slot, draw, raisedBy, flag, detail];
      await retried(() =>
        d1
          .prepare(ADD_OBJECTION)
          .bind(...values)
          .run(),
      );
    },
    ownTranscript: async (epoch, slot, draw) => {
      const row = await db
        .select({ key: chunks.transcripts, offset: audits.transcriptOffset, length: audits.transcriptLength })
        .from(audits)
        .innerJoin(chunks, and(eq(chunks.epoch, audits.epoch), eq(chunks.slot, audits.slot), eq(chunks.chunk, audits.chunk)))
        .where(and(eq(audits.epoch, epoch), eq(audits.slot, slot), eq(audits.draw, draw)))
        .get();
      if (row === undefined) return null;
      const { key, offset, length } = row;
      return key === null || offset === null || length === null ? null : { key, offset, length };
    },
  };
}
