// Audit rows of revealed epochs.
import { and, desc, eq, sql } from 'drizzle-orm';
import { audits } from '../../../schema/tables/index.ts';
import type { Views } from '../../services/views/ports.ts';
import { auditColumns, revealed, type Db } from './revealed.ts';

export function auditQueries(db: Db): Pick<Views, 'nodeAudits' | 'audit'> {
  return {
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
