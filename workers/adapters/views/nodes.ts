// Nodes as the chain has them, and their results in the window. One page costs three statements, whatever its length.
import { and, asc, desc, eq, gt, inArray, lte, max, ne, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { audits, nodeVersions, summaries } from '../../../schema/tables/index.ts';
import type { NodeView, Views } from '../../services/views/ports.ts';
import { auditColumns, jsonList, revealed, revealedInWindow, type Db } from './revealed.ts';

function nodeView(row: typeof nodeVersions.$inferSelect): NodeView {
  const { nodeIndex: index, ...rest } = row;
  return { index, ...rest };
}

/** Presence is counted apart: a dozen questions whether a node is there for each job would drown what the jobs found. */
const isWork = ne(summaries.kind, KIND_PRESENCE);

const sumOf = (column: typeof summaries.pass | typeof summaries.fail | typeof summaries.void) => sql<number>`sum(${column})`;
const sums = { pass: sumOf(summaries.pass), fail: sumOf(summaries.fail), void: sumOf(summaries.void) };

type NodeQueries = Pick<Views, 'nodeCount' | 'nodes' | 'nodesAt' | 'node' | 'nodeResults' | 'nodeEpochs'>;

export function nodeQueries(db: Db): NodeQueries {
  const newer = alias(nodeVersions, 'newer');
  /** The version's own `from_epoch` is the newest one not after the epoch. */
  const inForce = (epoch: number) => {
    const before = and(eq(newer.nodeIndex, nodeVersions.nodeIndex), lte(newer.fromEpoch, epoch));
    return eq(
      nodeVersions.fromEpoch,
      sql`${db
        .select({ newest: max(newer.fromEpoch) })
        .from(newer)
        .where(before)}`,
    );
  };
  return {
    nodeCount: async (epoch) => {
      const known = lte(nodeVersions.fromEpoch, epoch);
      const { nodeIndex } = nodeVersions;
      const [row] = await db.select({ nodeIndex }).from(nodeVersions).where(known).orderBy(desc(nodeIndex)).limit(1);
      // Indices are given in order and never again: the highest one counts them all.
      return row === undefined ? 0 : row.nodeIndex + 1;
    },
    nodes: async (epoch, { after, upTo, limit, gpuClass }) => {
      const inRange = and(gt(nodeVersions.nodeIndex, after), lte(nodeVersions.nodeIndex, upTo));
      const ofClass = gpuClass === null ? undefined : eq(nodeVersions.gpuClass, gpuClass);
      const where = and(inRange, inForce(epoch), ofClass);
      const rows = await db.select().from(nodeVersions).where(where).orderBy(asc(nodeVersions.nodeIndex)).limit(limit);
      return rows.map(nodeView);
    },
    nodesAt: async (epoch, indices) => {
      if (indices.length === 0) return [];
      const where = and(inArray(nodeVersions.nodeIndex, jsonList(indices)), inForce(epoch));
      return (await db.select().from(nodeVersions).where(where)).map(nodeView);
    },
    node: async (epoch, id) => {
      const where = and(eq(nodeVersions.nodeId, id), lte(nodeVersions.fromEpoch, epoch));
      const [row] = await db.select().from(nodeVersions).where(where).orderBy(desc(nodeVersions.fromEpoch)).limit(1);
      return row === undefined ? null : nodeView(row);
    },
    nodeResults: async (horizon, indices) => {
      if (indices.length === 0) return { totals: [], failures: [], last: [] };
      const wanted = jsonList(indices);
      const inWindow = revealedInWindow(db, audits.epoch, horizon);
      const place = sql`(${audits.epoch}, ${audits.slot}, ${audits.draw})`;
      const other = alias(audits, 'other');
      const newest = db
        .select({ epoch: other.epoch, slot: other.slot, draw: other.draw })
        .from(other)
        .where(and(eq(other.nodeIndex, sql`wanted.value`), revealed(db, other.epoch, horizon)))
        .orderBy(desc(other.epoch), desc(other.slot), desc(other.draw))
        .limit(1);
      const [totals, failures, last] = await db.batch([
        db
          .select({ index: summaries.nodeIndex, ...sums })
          .from(summaries)
          .where(and(inArray(summaries.nodeIndex, wanted), isWork, revealedInWindow(db, summaries.epoch, horizon)))
          .groupBy(summaries.nodeIndex),
        db
          .select({ index: audits.nodeIndex, reason: audits.reason, count: sql<number>`count(*)` })
          .from(audits)
          .where(and(inArray(audits.nodeIndex, wanted), inWindow, eq(audits.outcome, 'fail'), ne(audits.kind, KIND_PRESENCE)))
          .groupBy(audits.nodeIndex, audits.reason),
        // The list leads: one walk of the index a node, then one row by its key.
        db
          .select(auditColumns)
          .from(audits)
          .innerJoin(sql`json_each(${JSON.stringify(indices)}) as wanted`, sql`${place} = ${newest}`),
      ]);
      return { totals: totals.map(({ index, ...tally }) => ({ index, tally })), failures, last };
    },
    nodeEpochs: async (horizon, index, limit) => {
      const rows = await db
        .select({ epoch: summaries.epoch, ...sums })
        .from(summaries)
        .where(and(eq(summaries.nodeIndex, index), isWork, revealed(db, summaries.epoch, horizon)))
        .groupBy(summaries.epoch)
        .orderBy(desc(summaries.epoch))
        .limit(limit);
      return rows.map(({ epoch, ...tally }) => ({ epoch, tally }));
    },
  };
}
