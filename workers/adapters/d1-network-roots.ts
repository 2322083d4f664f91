// Statements, report sets, posted roots and their lines in D1. Amounts are decimal texts, because they exceed 2^53.
import { asc, between, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { EpochRoot, Leaves, ReportEntry } from '../../protocol/consensus/types.ts';
import { reportSets, rewards, penalties, roots, scores, statements, validatorScores } from '../../schema/tables/index.ts';
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { NetworkStore, StoredRoot } from '../services/network/ports.ts';
import type { NewEvent } from '../services/alerts/event.ts';
import { batches } from './batches.ts';
import { eventStatements } from './event-statements.ts';
import { nodeLines } from './node-lines.ts';
import { forgetStatements, profileStatements } from './profile-statements.ts';
import { retried } from './retry.ts';

// The first root of a validator in a round, and the first that differs from it: more would be storage for whoever signs most.
const ADD_STATEMENT = `
INSERT OR IGNORE INTO statements (epoch, round, validator, root_hash, root, signature, received_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
WHERE (SELECT count(*) FROM statements WHERE epoch = ?1 AND round = ?2 AND validator = ?3) < 2`;

const ADOPT = `
INSERT OR REPLACE INTO roots
  (epoch, root_hash, root, state, seats, provisional, previous_epoch, block_number, transaction_hash, final_at, note)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const TABLES = ['scores', 'validator_scores', 'rewards', 'penalties'] as const;

/** Lines of one table as arrays of values, and how many values each has after the epoch. */
function lineInserts(
  d1: D1Database,
  epoch: number,
  table: string,
  columns: string,
  lines: readonly unknown[][],
): D1PreparedStatement[] {
  const values = columns.split(', ').map((_, i) => `value ->> ${String(i)}`);
  const insert = d1.prepare(`INSERT INTO ${table} (epoch, ${columns}) SELECT ?2, ${values.join(', ')} FROM json_each(?1)`);
  return batches(lines, ROWS_PER_STATEMENT_MAX).map((batch) => insert.bind(JSON.stringify(batch), epoch));
}

const SCORE_COLUMNS = `node_index, node_id, score_ppm, rate_ppm, correct_ppm, samples, effective_samples, measure, elapsed_ms, tier, \
uptime_ppm, uptime_low_ppm, uptime_samples, latency_ms, latency_high_ms, bandwidth`;
const VALIDATOR_COLUMNS = 'seat, validator, weight_ppm, accuracy_ppm, agreement_ppm, coverage_ppm, reward';

function leafStatements(d1: D1Database, epoch: number, leaves: Leaves): D1PreparedStatement[] {
  const services = new Map(leaves.services.map((line) => [line.nodeIndex, line]));
  const nodes = leaves.scores.map((line) => {
    const service = services.get(line.nodeIndex);
    if (service === undefined) throw new Error(`The leaves have a score of node ${line.nodeIndex} and no service.`);
    return [
      ...[line.nodeIndex, line.nodeId, line.scorePpm, line.ratePpm, line.correctPpm, line.samples, line.effectiveSamples],
      ...[line.measure, line.elapsedMs, line.tier, service.uptimePpm, service.uptimeLowPpm, service.uptimeSamples],
      ...[service.latencyMs, service.latencyHighMs, service.bandwidth],
    ];
  });
  const validatorLines = leaves.validators.map((line, seat) => [
    ...[seat, line.validator, line.weightPpm, line.accuracyPpm, line.agreementPpm, line.coveragePpm, line.reward.toString()],
  ]);
  const rewardLines = leaves.rewards.map((line) => [line.account, line.cumulative.toString()]);
  const penaltyLines = leaves.penalties.map((line) => [line.owner, line.nodeId, line.cumulative.toString()]);
  return [
    ...lineInserts(d1, epoch, 'scores', SCORE_COLUMNS, nodes),
    ...lineInserts(d1, epoch, 'validator_scores', VALIDATOR_COLUMNS, validatorLines),
    ...lineInserts(d1, epoch, 'rewards', 'account, cumulative', rewardLines),
    ...lineInserts(d1, epoch, 'penalties', 'owner, node_id, cumulative', penaltyLines),
  ];
}

/** The root and its lines, all or nothing. Lines of another root of that epoch go; without new ones those of the same root stay. */
async function adopt(d1: D1Database, stored: StoredRoot, leaves: Leaves | null, events: readonly NewEvent[]): Promise<void> {
  const { epoch, rootHash, root, state, seats, provisional, previousEpoch, blockNumber, transactionHash, finalAtMs, note } =
    stored;
  const values = [epoch, rootHash, JSON.stringify(root), state, seats, Number(provisional), previousEpoch, blockNumber];
  const other = leaves === null ? ' AND NOT EXISTS (SELECT 1 FROM roots WHERE epoch = ?1 AND root_hash = ?2)' : '';
  await d1.batch([
    ...TABLES.map((table) => {
      const clear = d1.prepare(`DELETE FROM ${table} WHERE epoch = ?1${other}`);
      return leaves === null ? clear.bind(epoch, rootHash) : clear.bind(epoch);
    }),
    d1.prepare(ADOPT).bind(...values, transactionHash, finalAtMs, note),
    ...(leaves === null ? [] : leafStatements(d1, epoch, leaves)),
    ...profileStatements(d1, stored),
    ...eventStatements(d1, events),
  ]);
}

type Row = typeof roots.$inferSelect;
// Our own JSON, written above; nobody else writes to this database.
const rootOf = ({ root, finalAt, ...row }: Row): StoredRoot => ({
  ...row,
  root: JSON.parse(root) as EpochRoot,
  finalAtMs: finalAt,
});

/** Null when this epoch has no lines: a root that could not be computed here. Every root has a line for each seat. */
async function leavesOf(d1: D1Database, epoch: number): Promise<Leaves | null> {
  const db = drizzle(d1);
  const [nodeRows, validatorRows, rewardRows, penaltyRows] = await db.batch([
    db.select().from(scores).where(eq(scores.epoch, epoch)).orderBy(asc(scores.nodeIndex)),
    db.select().from(validatorScores).where(eq(validatorScores.epoch, epoch)).orderBy(asc(validatorScores.seat)),
    db.select().from(rewards).where(eq(rewards.epoch, epoch)).orderBy(asc(rewards.account)),
    db.select().from(penalties).where(eq(penalties.epoch, epoch)).orderBy(asc(penalties.owner), asc(penalties.nodeId)),
  ]);
  if (validatorRows.length === 0) return null;
  return {
    ...nodeLines(nodeRows),
    validators: validatorRows.map(({ seat: _seat, reward, ...line }) => ({ ...line, reward: BigInt(reward) })),
    rewards: rewardRows.map(({ account, cumulative }) => ({ account, cumulative: BigInt(cumulative) })),
    penalties: penaltyRows.map(({ owner, nodeId, cumulative }) => ({ owner, nodeId, cumulative: BigInt(cumulative) })),
  };
}

type Part = Pick<
  NetworkStore,
  | 'statements'
  | 'addStatement'
  | 'reportSet'
  | 'keepReportSet'
  | 'disagree'
  | 'roots'
  | 'lastRoot'
  | 'leaves'
  | 'adopt'
  | 'forgetRoots'
>;

export function d1NetworkRoots(d1: D1Database): Part {
  const db = drizzle(d1);
  const run = (sql: string, ...values: (string | number | null)[]): Promise<D1Result> =>
    retried(() =>
      d1
        .prepare(sql)
        .bind(...values)
        .run(),
    );
  return {
    statements: async (epoch) => {
      const order = [asc(statements.round), asc(statements.receivedAt), asc(statements.validator), asc(statements.rootHash)];
      const found = await db
        .select()
        .from(statements)
        .where(eq(statements.epoch, epoch))
        .orderBy(...order)
        .all();
      return found.map(({ validator, root, signature, rootHash, receivedAt }) => ({
        statement: { validator, root: JSON.parse(root) as EpochRoot, signature },
        ...{ rootHash, receivedAtMs: receivedAt },
      }));
    },
    addStatement: async ({ validator, root, signature }, rootHash, nowMs) => {
      await run(ADD_STATEMENT, root.epoch, root.round, validator, rootHash, JSON.stringify(root), signature, nowMs);
    },
    reportSet: async (hash) => {
      const row = await db.select().from(reportSets).where(eq(reportSets.hash, hash)).get();
      return row === undefined ? null : (JSON.parse(row.entries) as ReportEntry[]);
    },
    keepReportSet: async (hash, entries, epoch) => {
      await run(
        'INSERT OR IGNORE INTO report_sets (hash, epoch, entries) VALUES (?, ?, ?)',
        hash,
        epoch,
        JSON.stringify(entries),
      );
    },
    disagree: async ({ epoch, round, validator, detail }) => {
      const insert = 'INSERT OR REPLACE INTO disagreements (epoch, round, validator, detail) VALUES (?, ?, ?, ?)';
      await run(insert, epoch, round, validator, detail);
    },
    roots: async (from, through) => {
      const found = await db
        .select()
        .from(roots)
        .where(between(roots.epoch, from, through))
        .orderBy(asc(roots.epoch))
        .all();
      return found.map(rootOf);
    },
    lastRoot: async () => {
      const row = await db.select().from(roots).orderBy(desc(roots.epoch)).limit(1).get();
      return row === undefined ? null : rootOf(row);
    },
    leaves: (epoch) => leavesOf(d1, epoch),
    adopt: (root, leaves, events = []) => retried(() => adopt(d1, root, leaves, events)),
    forgetRoots: async (after) => {
      const tables = ['roots', 'scores', 'validator_scores', 'rewards', 'penalties'];
      const drop = (table: string): D1PreparedStatement => d1.prepare(`DELETE FROM ${table} WHERE epoch > ?1`).bind(after);
      await retried(() => d1.batch([...tables.map(drop), ...forgetStatements(d1, after)]));
    },
  };
}
