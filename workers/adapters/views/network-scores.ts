// What stands under final roots: scores, validators' lines, rewards, penalties, and the tallies that they follow from.
import { and, asc, between, desc, eq, exists, gt, gte, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { mirrors, penalties, rewards, roots, scores, tallies, validatorScores } from '../../../schema/tables/index.ts';
import type { ValidatorScore } from '../../../protocol/consensus/types.ts';
import type { NetworkViews } from '../../services/views/network-ports.ts';
import type { Horizon } from '../../services/views/ports.ts';
import { nodeLines } from '../node-lines.ts';
import { jsonList, type Db } from './revealed.ts';

function validatorScoreOf({ seat: _seat, reward, ...row }: typeof validatorScores.$inferSelect): ValidatorScore {
  return { ...row, reward: BigInt(reward) };
}

/** 1 for a node without a tier: those come after all others. */
const unranked = sql<number>`(${scores.tier} = 0)`;
const rankOf = sql`(${unranked}, -${scores.scorePpm}, ${scores.nodeIndex})`;
const byRank = [asc(unranked), desc(scores.scorePpm), asc(scores.nodeIndex)];
const sum = (column: SQLiteColumn): SQL<number> => sql<number>`sum(${column})`;

type ScoreQueries = Pick<NetworkViews, 'scores' | 'ranked' | 'scoresOf' | 'scoreHistory' | 'tiers'>;
type LeafQueries = Pick<NetworkViews, 'validatorScores' | 'validatorHistory' | 'leafCounts' | 'leaves' | 'rewardsOf' | 'tallies'>;

/** Rows of one public epoch whose root was computed again here: asked once, whatever their number. */
function ofFinal(db: Db, column: SQLiteColumn, horizon: Horizon, epoch: number): SQL | undefined {
  const final = db
    .select({ epoch: roots.epoch })
    .from(roots)
    .where(and(eq(roots.epoch, epoch), eq(roots.state, 'final')));
  return and(eq(column, epoch), lte(column, horizon.through), exists(final));
}

/** Rows of public epochs whose roots were computed again here. */
function underFinal(db: Db, column: SQLiteColumn, horizon: Horizon): SQL | undefined {
  const final = db
    .select({ epoch: roots.epoch })
    .from(roots)
    .where(and(eq(roots.epoch, column), eq(roots.state, 'final')));
  return and(between(column, 0, horizon.through), exists(final));
}

export function scoreQueries(db: Db): ScoreQueries {
  const ofEpoch = (horizon: Horizon, epoch: number): SQL | undefined => ofFinal(db, scores.epoch, horizon, epoch);
  return {
    scores: async (horizon, epoch, { after, limit }) => {
      const where = and(ofEpoch(horizon, epoch), gt(scores.nodeIndex, after));
      return db.select().from(scores).where(where).orderBy(asc(scores.nodeIndex)).limit(limit);
    },
    ranked: async (horizon, epoch, { after, limit }) => {
      const later = after === null ? undefined : sql`${rankOf} > (${after.unranked}, ${-after.score}, ${after.index})`;
      const where = and(ofEpoch(horizon, epoch), later);
      return db
        .select()
        .from(scores)
        .where(where)
        .orderBy(...byRank)
        .limit(limit);
    },
    scoresOf: async (horizon, epoch, indices) => {
      if (indices.length === 0) return [];
      return db
        .select()
        .from(scores)
        .where(and(ofEpoch(horizon, epoch), inArray(scores.nodeIndex, jsonList(indices))));
    },
    scoreHistory: async (horizon, index, limit) => {
      const where = and(eq(scores.nodeIndex, index), underFinal(db, scores.epoch, horizon));
      return db.select().from(scores).where(where).orderBy(desc(scores.epoch)).limit(limit);
    },
    tiers: async (horizon, epoch) =>
      db
        .select({ tier: scores.tier, nodes: sql<number>`count(*)` })
        .from(scores)
        .where(ofEpoch(horizon, epoch))
        .groupBy(scores.tier)
        .orderBy(asc(scores.tier)),
  };
}

export function leafQueries(db: Db): LeafQueries {
  const countOf = async (table: typeof rewards | typeof penalties | typeof scores, horizon: Horizon, epoch: number) => {
    const where = ofFinal(db, table.epoch, horizon, epoch);
    const [row] = await db
      .select({ lines: sql<number>`count(*)` })
      .from(table)
      .where(where);
    return row?.lines ?? 0;
  };
  const seated = async (horizon: Horizon, epoch: number): Promise<ValidatorScore[]> => {
    const where = ofFinal(db, validatorScores.epoch, horizon, epoch);
    const rows = await db.select().from(validatorScores).where(where).orderBy(asc(validatorScores.seat));
    return rows.map(validatorScoreOf);
  };
  return {
    validatorScores: seated,
    validatorHistory: async (horizon, validator, fromEpoch) => {
      const { epoch } = validatorScores;
      // The key begins with the epoch: a short range of epochs, then the validator.
      const where = and(gte(epoch, fromEpoch), eq(validatorScores.validator, validator), underFinal(db, epoch, horizon));
      const rows = await db.select().from(validatorScores).where(where).orderBy(desc(epoch));
      return rows.map(validatorScoreOf);
    },
    leafCounts: async (horizon, epoch) => {
      const [ofScores, ofRewards, ofPenalties] = await Promise.all([
        countOf(scores, horizon, epoch),
        countOf(rewards, horizon, epoch),
        countOf(penalties, horizon, epoch),
      ]);
      return { scores: ofScores, rewards: ofRewards, penalties: ofPenalties };
    },
    leaves: async (horizon, epoch) => {
      const rewarded = ofFinal(db, rewards.epoch, horizon, epoch);
      const charged = ofFinal(db, penalties.epoch, horizon, epoch);
      const scored = ofFinal(db, scores.epoch, horizon, epoch);
      const [lines, validators, paid, due] = await Promise.all([
        db.select().from(scores).where(scored).orderBy(asc(scores.nodeIndex)),
        seated(horizon, epoch),
        db.select().from(rewards).where(rewarded).orderBy(asc(rewards.account)),
        db.select().from(penalties).where(charged).orderBy(asc(penalties.owner), asc(penalties.nodeId)),
      ]);
      return {
        ...nodeLines(lines),
        validators,
        rewards: paid.map(({ account, cumulative }) => ({ account, cumulative: BigInt(cumulative) })),
        penalties: due.map(({ owner, nodeId, cumulative }) => ({ owner, nodeId, cumulative: BigInt(cumulative) })),
      };
    },
    rewardsOf: async (horizon, epoch, accounts) => {
      const wanted = inArray(rewards.account, sql`(select value from json_each(${JSON.stringify(accounts)}))`);
      const rows = await db
        .select()
        .from(rewards)
        .where(and(ofFinal(db, rewards.epoch, horizon, epoch), wanted));
      return rows.map(({ account, cumulative }) => ({ account, cumulative: BigInt(cumulative) }));
    },
    tallies: async (horizon, index, fromEpoch) => {
      const { validator } = mirrors;
      const kinds = { pass: sum(tallies.pass), wrong: sum(tallies.wrong), slow: sum(tallies.slow) };
      const asked = { present: sum(tallies.present), absent: sum(tallies.absent) };
      const inWindow = and(between(mirrors.epoch, fromEpoch, horizon.through), eq(mirrors.state, 'verified'));
      const ofReport = and(eq(tallies.epoch, mirrors.epoch), eq(tallies.validator, validator), eq(tallies.nodeIndex, index));
      // A cross join keeps its order: one line by its key for each report, never all lines of the window.
      return db
        .select({
          validator,
          ...kinds,
          network: sum(tallies.network),
          busy: sum(tallies.busy),
          void: sum(tallies.void),
          ...asked,
        })
        .from(mirrors)
        .crossJoin(tallies)
        .where(and(inWindow, ofReport))
        .groupBy(validator)
        .orderBy(asc(validator));
    },
  };
}
