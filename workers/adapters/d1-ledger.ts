// The ledger's real side: D1. Rows travel as one JSON parameter (a statement has at most 100 others), and what belongs together
// is one batch, which D1 runs as one transaction.
import { and, asc, eq, inArray, isNotNull, count as countRows } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { audits, chunks, deployment, epochs, rounds, type EpochState } from '../../schema/tables/index.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochEntry, Ledger, Notes, StoredRow } from '../services/ports.ts';
import { batches } from './batches.ts';
import { fillAudits, finishChunk } from './d1-audits.ts';
import { freezeEpoch, nodesOf, operatorNodes } from './d1-nodes.ts';
import { finishSealing } from './d1-seal.ts';
import { entryOf } from './d1-entry.ts';
import { retried } from './retry.ts';

/** Below the hundred parameters that one statement may have (D1's limit). */
const ROUNDS_PER_QUERY = 90;

function reading(
  d1: D1Database,
  validator: Hex,
): Pick<Ledger, 'epoch' | 'epochsIn' | 'finishedChunks' | 'rows' | 'rounds' | 'nodes' | 'operatorNodes'> {
  const db = drizzle(d1);
  return {
    epoch: async (epoch) => {
      const row = await db.select().from(epochs).where(eq(epochs.epoch, epoch)).get();
      return row === undefined ? null : entryOf(row);
    },
    epochsIn: async (states: readonly EpochState[], limit: number): Promise<EpochEntry[]> => {
      const found = await db
        .select()
        .from(epochs)
        .where(inArray(epochs.state, [...states]))
        .orderBy(asc(epochs.epoch))
        .limit(limit)
        .all();
      return found.map(entryOf);
    },
    finishedChunks: async (epoch) => {
      const row = await db
        .select({ n: countRows() })
        .from(chunks)
        .where(and(eq(chunks.epoch, epoch), isNotNull(chunks.finishedAt)))
        .get();
      return row?.n ?? 0;
    },
    rows: async (epoch): Promise<StoredRow[]> => {
      const found = await db
        .select()
        .from(audits)
        .where(eq(audits.epoch, epoch))
        .orderBy(asc(audits.slot), asc(audits.draw))
        .all();
      return found.map((row) => ({ ...row, validator }));
    },
    rounds: async (wanted) => {
      const found = [];
      for (const batch of batches(wanted, ROUNDS_PER_QUERY)) {
        found.push(...(await db.select().from(rounds).where(inArray(rounds.round, batch)).orderBy(asc(rounds.round)).all()));
      }
      return found;
    },
    nodes: (epoch, indices) => nodesOf(d1, epoch, indices),
    operatorNodes: (epoch, operators) => operatorNodes(d1, epoch, operators),
  };
}

type Run = (sql: string, ...values: (string | number | null)[]) => Promise<D1Result>;

const runner =
  (d1: D1Database): Run =>
  (sql, ...values) =>
    retried(() =>
      d1
        .prepare(sql)
        .bind(...values)
        .run(),
    );

/** Which network this database is of, in either role. */
export function d1Deployment(d1: D1Database): Pick<Ledger, 'deployment' | 'join'> {
  const db = drizzle(d1);
  const run = runner(d1);
  return {
    deployment: async () => {
      const row = await db.select().from(deployment).get();
      if (row === undefined) return null;
      const { chainId, registry, genesis, slotSeconds, slotsPerEpoch, reportSeconds, policyHash } = row;
      return { domain: { chainId, registry }, clock: { genesis, slotSeconds, slotsPerEpoch }, reportSeconds, policyHash };
    },
    join: async ({ domain, clock, reportSeconds, policyHash }) => {
      await run(
        'INSERT OR IGNORE INTO deployment (id, chain_id, registry, genesis, slot_seconds, slots_per_epoch, report_seconds, policy_hash) VALUES (1, ?, ?, ?, ?, ?, ?, ?)',
        ...[domain.chainId, domain.registry, clock.genesis, clock.slotSeconds, clock.slotsPerEpoch, reportSeconds, policyHash],
      );
    },
  };
}

/** Needs no configuration: what is wrong with it is kept here, too. */
export function d1Notes(d1: D1Database): Notes {
  const run = runner(d1);
  return {
    note: async (step, trouble, nowMs) => {
      if (trouble === null) await run('DELETE FROM troubles WHERE step = ?', step);
      else {
        const onConflict =
          'ON CONFLICT (step) DO UPDATE SET code = excluded.code, message = excluded.message, last = excluded.last';
        const insert = `INSERT INTO troubles (step, code, message, since, last) VALUES (?, ?, ?, ?, ?) ${onConflict}`;
        await run(insert, step, trouble.code, trouble.message, nowMs, nowMs);
      }
    },
  };
}

/** @param validator this deployment's operator: rows of its own database carry no validator column */
export function d1Ledger(d1: D1Database, validator: Hex): Ledger {
  const run = runner(d1);
  return {
    ...reading(d1, validator),
    ...d1Deployment(d1),
    ...d1Notes(d1),
    freeze: (facts, nodes) => retried(() => freezeEpoch(d1, facts, nodes)),
    open: async (epoch, beacon) => {
      await run(
        "UPDATE epochs SET state = 'open', beacon_signature = ? WHERE epoch = ? AND state = 'frozen'",
        beacon.signature,
        epoch,
      );
    },
    scheduled: async (epoch, slots) => {
      await run('UPDATE epochs SET scheduled_slots = max(scheduled_slots, ?) WHERE epoch = ?', slots, epoch);
    },
    claim: async (chunk, nowMs) => {
      // Not retried: after a failure nobody knows whether the row is there, and a second try would call it somebody else's.
      const { epoch, slot, chunk: number } = chunk;
      const result = await d1
        .prepare('INSERT OR IGNORE INTO chunks (epoch, slot, chunk, issued_at) VALUES (?, ?, ?, ?)')
        .bind(epoch, slot, number, nowMs)
        .run();
      return result.meta.changes > 0;
    },
    finish: (chunk, rows, used, transcripts, nowMs) =>
      retried(() => finishChunk(d1, { chunk, rows, rounds: used, transcripts, nowMs })),
    beginSealing: async (epoch) => {
      await run("UPDATE epochs SET state = 'sealing' WHERE epoch = ? AND state = 'open'", epoch);
    },
    fill: (rows) => retried(() => fillAudits(d1, rows)),
    finishSealing: (epoch, sealed, nowMs) => retried(() => finishSealing(d1, epoch, sealed, nowMs)),
    sign: async (epoch, report, signature, hash) => {
      await run(
        "UPDATE epochs SET report = ?, signature = ?, report_hash = ? WHERE epoch = ? AND state = 'sealed' AND report IS NULL",
        ...[JSON.stringify(report), signature, hash, epoch],
      );
    },
    posted: async (epoch, { transactionHash, blockNumber, nowMs }) => {
      const set = "SET state = 'posted', transaction_hash = ?, block_number = ?, posted_at = ?, note = NULL";
      await run(`UPDATE epochs ${set} WHERE epoch = ? AND state = 'sealed'`, transactionHash, blockNumber, nowMs, epoch);
    },
    abandon: async (epoch, note) => {
      await run("UPDATE epochs SET state = 'abandoned', note = ? WHERE epoch = ? AND state = 'sealed'", note, epoch);
    },
  };
}
