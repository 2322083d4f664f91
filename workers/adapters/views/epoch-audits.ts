// All audits of one revealed epoch, in the order of its primary key: what exports read, a page at a time.
import { and, asc, eq, sql } from 'drizzle-orm';
import { audits } from '../../../schema/tables/index.ts';
import type { Views } from '../../services/views/ports.ts';
import { auditColumns, revealed, type Db } from './revealed.ts';

export function epochAuditQueries(db: Db): Pick<Views, 'epochAudits' | 'epochAuditCount'> {
  return {
    epochAudits: async (horizon, epoch, { after, limit }) => {
      const { slot, draw } = audits;
      const later = after === null ? undefined : sql`(${slot}, ${draw}) > (${after.slot}, ${after.draw})`;
      return db
        .select(auditColumns)
        .from(audits)
        .where(and(eq(audits.epoch, epoch), revealed(db, audits.epoch, horizon), later))
        .orderBy(asc(slot), asc(draw))
        .limit(limit);
    },
    epochAuditCount: async (horizon, epoch) => {
      const [row] = await db
        .select({ audits: sql<number>`count(*)` })
        .from(audits)
        .where(and(eq(audits.epoch, epoch), revealed(db, audits.epoch, horizon)));
      return row?.audits ?? 0;
    },
  };
}
