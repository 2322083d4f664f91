// Audit rows of revealed epochs.
import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { Outcome } from '../../../protocol/verdict.ts';
import { audits } from '../../../schema/tables/index.ts';
import type { Horizon, Views } from '../../services/views/ports.ts';
import { auditColumns, revealed, revealedInWindow, type Db } from './revealed.ts';

const isPresence = (index: number): SQL | undefined =>
  and(eq(audits.nodeIndex, index), sql`kind = ${sql.raw(String(KIND_PRESENCE))}`);

/** Passes of one region in order of their round trips, so that a percentile is the row at its place. */
const ranked = (db: Db, horizon: Horizon, index: number) =>
  db
    .select({
      region: audits.region,
      elapsedMs: audits.elapsedMs,
      place: sql<number>`row_number() over (partition by ${audits.region} order by ${audits.elapsedMs})`.as('place'),
      of: sql<number>`count(*) over (partition by ${audits.region})`.as('of'),
    })
    .from(audits)
    .where(and(isPresence(index), eq(audits.outcome, 'pass'), revealedInWindow(db, audits.epoch, horizon)))
    .as('ranked');

export function auditQueries(db: Db): Pick<Views, 'nodeAudits' | 'nodePresence' | 'audit'> {
  return {
    nodePresence: async (horizon, index, limit) => {
      const trips = ranked(db, horizon, index);
      const at = (place: SQL, name: string) =>
        sql<number>`max(case when ${trips.place} = ${place} then ${trips.elapsedMs} end)`.as(name);
      // Named: in a batch, D1 gives rows as objects, and two columns of one text would be one.
      const counted = (outcome: Outcome, name: string) => sql<number>`sum(${audits.outcome} = ${outcome})`.as(name);
      const [counts, latencies] = await db.batch([
        db
          .select({ region: audits.region, present: counted('pass', 'present'), absent: counted('fail', 'absent') })
          .from(audits)
          .where(and(isPresence(index), revealedInWindow(db, audits.epoch, horizon)))
          .groupBy(audits.region)
          .orderBy(audits.region)
          .limit(limit),
        db
          .select({
            region: trips.region,
            latencyMs: at(sql`(${trips.of} + 1) / 2`, 'latency'),
            latencyHighMs: at(sql`(95 * ${trips.of} + 99) / 100`, 'latency_high'),
          })
          .from(trips)
          .groupBy(trips.region)
          .orderBy(trips.region)
          .limit(limit),
      ]);
      return counts.flatMap(({ region, present, absent }) => {
        const trip = latencies.find((row) => row.region === region);
        if (region === null) return [];
        return [{ region, present, absent, latencyMs: trip?.latencyMs ?? 0, latencyHighMs: trip?.latencyHighMs ?? 0 }];
      });
    },
    nodeAudits: async (horizon, index, { before, limit, scan, filter }) => {
      const { epoch, slot, draw } = audits;
      const older =
        before === null ? undefined : sql`(${epoch}, ${slot}, ${draw}) < (${before.epoch}, ${before.slot}, ${before.draw})`;
      const newestFirst = [desc(epoch), desc(slot), desc(draw)];
      const looked = db
        .select(auditColumns)
        .from(audits)
        .where(and(eq(audits.nodeIndex, index), revealed(db, epoch, horizon), older))
        .orderBy(...newestFirst)
        .limit(scan)
        .as('looked');
      const wanted = and(
        filter.outcome === undefined ? undefined : eq(looked.outcome, filter.outcome),
        filter.reason === undefined ? undefined : eq(looked.reason, filter.reason),
      );
      const [rows, ends] = await db.batch([
        db.select().from(looked).where(wanted).orderBy(desc(looked.epoch), desc(looked.slot), desc(looked.draw)).limit(limit),
        db
          .select({ epoch, slot, draw })
          .from(audits)
          .where(and(eq(audits.nodeIndex, index), revealed(db, epoch, horizon), older))
          .orderBy(...newestFirst)
          .limit(1)
          .offset(scan - 1),
      ]);
      return { rows, scannedTo: ends[0] ?? null };
    },
    audit: async (horizon, place) => {
      const key = and(eq(audits.epoch, place.epoch), eq(audits.slot, place.slot), eq(audits.draw, place.draw));
      const [row] = await db
        .select(auditColumns)
        .from(audits)
        .where(and(key, revealed(db, audits.epoch, horizon)));
      return row ?? null;
    },
  };
}
