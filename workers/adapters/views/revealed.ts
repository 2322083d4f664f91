// The visibility rule in SQL, and the row shapes that queries share. Every query about epochs passes through `revealed`.
import { and, between, eq, exists, inArray, sql, type SQL } from 'drizzle-orm';
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { audits, epochs } from '../../../schema/tables/index.ts';
import type { Horizon } from '../../services/views/ports.ts';

export type Db = DrizzleD1Database;
export const openDb = (database: D1Database): Db => drizzle(database);

const PUBLIC_STATES = ['sealed', 'posted'] as const;

/** Epoch rows that the public may see. */
export function revealedEpochs(horizon: Horizon, from = 0): SQL | undefined {
  return and(between(epochs.epoch, from, horizon.through), inArray(epochs.state, [...PUBLIC_STATES]));
}

/** Single rows, and lists that stop at a limit: one look at the epoch's own row for each. */
export function revealed(db: Db, column: SQLiteColumn, horizon: Horizon): SQL | undefined {
  const visible = db
    .select({ epoch: epochs.epoch })
    .from(epochs)
    .where(and(eq(epochs.epoch, column), inArray(epochs.state, [...PUBLIC_STATES])));
  return and(between(column, 0, horizon.through), exists(visible));
}

/** Sums over the window: its epochs are listed once, rows are held against the list. */
export function revealedInWindow(db: Db, column: SQLiteColumn, horizon: Horizon): SQL | undefined {
  const visible = db.select({ epoch: epochs.epoch }).from(epochs).where(revealedEpochs(horizon, horizon.from));
  // The unary plus keeps the index for the range: an IN list would be walked value by value and sorted afterwards.
  return and(between(column, horizon.from, horizon.through), sql`+${column} in ${visible}`);
}

/** A list as one parameter: a statement may have a hundred of them only. */
export const jsonList = (values: readonly number[]): SQL => sql`(select value from json_each(${JSON.stringify(values)}))`;

export const auditColumns = {
  epoch: audits.epoch,
  slot: audits.slot,
  draw: audits.draw,
  nodeIndex: audits.nodeIndex,
  nodeId: audits.nodeId,
  kind: audits.kind,
  challengeHash: audits.challengeHash,
  commitment: audits.commitment,
  openingHash: audits.openingHash,
  outcome: audits.outcome,
  reason: audits.reason,
  elapsedMs: audits.elapsedMs,
  measure: audits.measure,
  freshnessRound: audits.freshnessRound,
  startedAt: audits.startedAt,
  transcriptHash: audits.transcriptHash,
  chunk: audits.chunk,
  transcriptOffset: audits.transcriptOffset,
  transcriptLength: audits.transcriptLength,
  treePlace: audits.treePlace,
  region: audits.region,
};
