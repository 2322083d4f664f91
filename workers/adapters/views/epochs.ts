// Epoch rows and their summaries.
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { epochs, nodeVersions, summaries, troubles } from '../../../schema/tables/index.ts';
import type { EpochView, SummaryView, Views } from '../../services/views/ports.ts';
import { revealed, revealedEpochs, type Db } from './revealed.ts';

type Row = typeof epochs.$inferSelect;

function epochView(row: Row): EpochView {
  const { epoch, nodeCount, validatorCount, beaconRound, beaconSignature, report, reportHash, signature } = row;
  return {
    ...{ epoch, nodeCount, validatorCount, beaconRound, beaconSignature, report, reportHash, signature },
    state: row.state === 'posted' ? 'posted' : 'sealed',
    due: row.due ?? 0,
    done: row.done ?? 0,
    tally: { pass: row.pass ?? 0, fail: row.fail ?? 0, void: row.void ?? 0 },
    auditRoot: row.auditRoot ?? ZERO32,
    summaryRoot: row.summaryRoot ?? ZERO32,
    archiveHash: row.archiveHash ?? ZERO32,
    sealedAtMs: row.sealedAt,
    transactionHash: row.transactionHash,
    blockNumber: row.blockNumber,
    postedAtMs: row.postedAt,
  };
}

const total = (column: SQLiteColumn) => sql<number>`coalesce(sum(${column}), 0)`;

type EpochQueries = Pick<Views, 'troubles' | 'recent' | 'lastPosted' | 'epochs' | 'epoch' | 'epochNodes'>;

export function epochQueries(db: Db): EpochQueries {
  return {
    troubles: async (limit) => {
      const { step, code, since, last } = troubles;
      return db.select({ step, code, sinceMs: since, lastMs: last }).from(troubles).orderBy(desc(last)).limit(limit);
    },
    recent: async (horizon) => {
      const { due, done, pass, fail } = epochs;
      const fields = { epochs: sql<number>`count(*)`, due: total(due), done: total(done), pass: total(pass), fail: total(fail) };
      const [row] = await db
        .select({ ...fields, void: total(epochs.void) })
        .from(epochs)
        .where(revealedEpochs(horizon, horizon.from));
      const sums = row ?? { epochs: 0, due: 0, done: 0, pass: 0, fail: 0, void: 0 };
      const tally = { pass: sums.pass, fail: sums.fail, void: sums.void };
      return { epochs: sums.epochs, due: sums.due, done: sums.done, tally };
    },
    lastPosted: async (horizon) => {
      const posted = and(revealedEpochs(horizon, horizon.from), eq(epochs.state, 'posted'));
      const [row] = await db.select().from(epochs).where(posted).orderBy(desc(epochs.epoch)).limit(1);
      return row === undefined ? null : epochView(row);
    },
    epochs: async (horizon, { before, limit }) => {
      const older = before === null ? undefined : lt(epochs.epoch, before);
      const where = and(revealedEpochs(horizon), older);
      const rows = await db.select().from(epochs).where(where).orderBy(desc(epochs.epoch)).limit(limit);
      return rows.map(epochView);
    },
    epoch: async (horizon, epoch) => {
      const [row] = await db
        .select()
        .from(epochs)
        .where(and(revealedEpochs(horizon), eq(epochs.epoch, epoch)));
      return row === undefined ? null : epochView(row);
    },
    epochNodes: async (horizon, epoch, { after, limit }): Promise<SummaryView[]> => {
      const { nodeIndex, kind, pass, fail, medianMeasure, medianElapsedMs } = summaries;
      const ofNode = eq(nodeVersions.nodeIndex, nodeIndex);
      const nodeId = sql<
        SummaryView['nodeId']
      >`${db.select({ nodeId: nodeVersions.nodeId }).from(nodeVersions).where(ofNode).limit(1)}`;
      const later = after === null ? undefined : sql`(${nodeIndex}, ${kind}) > (${after.index}, ${after.kind})`;
      const rows = await db
        .select({ nodeIndex, nodeId, kind, pass, fail, void: summaries.void, medianMeasure, medianElapsedMs })
        .from(summaries)
        .where(and(eq(summaries.epoch, epoch), revealed(db, summaries.epoch, horizon), later))
        .orderBy(nodeIndex, kind)
        .limit(limit);
      return rows.map(({ pass, fail, void: voided, ...row }) => ({ ...row, tally: { pass, fail, void: voided } }));
    },
  };
}
