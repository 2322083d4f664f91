// Orders of audits on demand in D1. Each change says which state it takes the row from, so that of two that end the same order one does.
import type { Hex } from '../../protocol/bytes.ts';
import type { SpotFailure, SpotProof, SpotStep } from '../../schema/api/spots.ts';
import type { SpotState } from '../../schema/tables/index.ts';
import type { SpotRow, SpotStore } from '../services/spots/ports.ts';
import { retried } from './retry.ts';

type Stored = {
  id: string;
  tenant: string;
  idempotency: Hex;
  node_id: Hex;
  node_index: number | null;
  kind: number;
  state: SpotState;
  created_at: number;
  claimed_at: number | null;
  ended_at: number | null;
  steps: string;
  proof: string | null;
  failure: string | null;
  transcript_bytes: number | null;
};

/** All but the seed, which leaves the database inside of a proof only. */
const COLUMNS =
  'id, tenant, idempotency, node_id, node_index, kind, state, created_at, claimed_at, ended_at, steps, proof, failure, transcript_bytes';
const APPEND = "steps = json_insert(steps, '$[#]', json(?2))";
const ENDED = "state IN ('done', 'failed')";

// Our own JSON, written below; nobody else writes to this database.
const rowOf = (row: Stored): SpotRow => ({
  ...{ id: row.id, tenant: row.tenant, idempotency: row.idempotency, nodeId: row.node_id, nodeIndex: row.node_index },
  ...{ kind: row.kind, state: row.state, createdAtMs: row.created_at, claimedAtMs: row.claimed_at, endedAtMs: row.ended_at },
  steps: JSON.parse(row.steps) as SpotStep[],
  proof: row.proof === null ? null : (JSON.parse(row.proof) as SpotProof),
  failure: row.failure === null ? null : (JSON.parse(row.failure) as SpotFailure),
  transcriptBytes: row.transcript_bytes,
});

const changed = (result: D1Result): boolean => result.meta.changes > 0;

function reads(db: D1Database) {
  const first = async (where: string, ...values: (string | number)[]): Promise<SpotRow | null> => {
    const statement = db.prepare(`SELECT ${COLUMNS} FROM spots WHERE ${where}`).bind(...values);
    const row = await retried(() => statement.first<Stored>());
    return row === null ? null : rowOf(row);
  };
  const many = async (rest: string, ...values: (string | number)[]): Promise<SpotRow[]> => {
    const statement = db.prepare(`SELECT ${COLUMNS} FROM spots WHERE ${rest}`).bind(...values);
    return (await retried(() => statement.all<Stored>())).results.map(rowOf);
  };
  return {
    byKey: (tenant, idempotency) => first('tenant = ? AND idempotency = ?', tenant, idempotency),
    own: (tenant, id) => first('id = ? AND tenant = ?', id, tenant),
    any: (id) => first('id = ?', id),
    list: (tenant, { before, limit }) => {
      const { atMs, id } = before ?? { atMs: Number.MAX_SAFE_INTEGER, id: '' };
      const rest = 'tenant = ?1 AND (created_at, id) < (?2, ?3) ORDER BY created_at DESC, id DESC LIMIT ?4';
      return many(rest, tenant, atMs, id, limit);
    },
    since: (state, beforeMs, limit) => {
      // A running one counts from its claim; until it was claimed it was queued.
      const at = state === 'running' ? 'claimed_at' : 'created_at';
      return many(`state = ?1 AND ${at} < ?2 ORDER BY created_at LIMIT ?3`, state, beforeMs, limit);
    },
    orphans: async (limit) => {
      const query = 'SELECT id FROM spot_objects WHERE id NOT IN (SELECT id FROM spots) LIMIT ?';
      return (await db.prepare(query).bind(limit).all<{ id: string }>()).results.map(({ id }) => id);
    },
  } satisfies Partial<SpotStore>;
}

/** None where the node has been asked for so often since `?5`, by all or by this one; none for a key that was used. */
const ASK = `INSERT INTO spot_asks (id, node_id, asker, asked_at) SELECT ?1, ?2, ?3, ?4
  WHERE (SELECT count(*) FROM spot_asks WHERE node_id = ?2 AND asked_at > ?5) < ?6
  AND (SELECT count(*) FROM spot_asks WHERE node_id = ?2 AND asker = ?3 AND asked_at > ?5) < ?7
  AND NOT EXISTS (SELECT 1 FROM spots WHERE tenant = ?8 AND idempotency = ?9)`;
/** Only where the node could be asked for it. */
const ADD = `INSERT INTO spots (id, tenant, idempotency, node_id, node_index, kind, state, created_at, steps)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?8 WHERE EXISTS (SELECT 1 FROM spot_asks WHERE id = ?1)
  ON CONFLICT DO NOTHING`;

function writes(db: D1Database) {
  const run = async (sql: string, ...values: (string | number | null)[]): Promise<boolean> =>
    changed(
      await db
        .prepare(sql)
        .bind(...values)
        .run(),
    );
  return {
    add: async ({ id, tenant, idempotency, nodeId, nodeIndex, kind, createdAtMs }, { perNode, perAsker, asker, sinceMs }) => {
      const steps = JSON.stringify([{ step: 'queued', atMs: createdAtMs } satisfies SpotStep]);
      const [, added] = await db.batch([
        db.prepare(ASK).bind(id, nodeId, asker, createdAtMs, sinceMs, perNode, perAsker, tenant, idempotency),
        db.prepare(ADD).bind(id, tenant, idempotency, nodeId, nodeIndex, kind, createdAtMs, steps),
      ]);
      return added !== undefined && changed(added);
    },
    takeRecord: async (recordHash, id, nowMs) => {
      const [insert, select] = [
        'INSERT INTO spot_records (record_hash, order_id, taken_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        'SELECT 1 FROM spot_records WHERE record_hash = ? AND order_id = ?',
      ];
      const statements = [db.prepare(insert).bind(recordHash, id, nowMs), db.prepare(select).bind(recordHash, id)];
      return (await retried(() => db.batch(statements)))[1]?.results.length === 1;
    },
    forgetAsks: async (askedBeforeMs, takenBeforeMs) => {
      await db.batch([
        db.prepare('DELETE FROM spot_asks WHERE asked_at < ?').bind(askedBeforeMs),
        db.prepare('DELETE FROM spot_records WHERE taken_at < ?').bind(takenBeforeMs),
      ]);
    },
    // Never tried again: a claim whose answer was lost is one that somebody may have acted upon.
    claim: (id, seed, nowMs) =>
      run("UPDATE spots SET state = 'running', seed = ?2, claimed_at = ?3 WHERE id = ?1 AND state = 'queued'", id, seed, nowMs),
    step: async (id, step) => {
      await run(`UPDATE spots SET ${APPEND} WHERE id = ?1 AND state = 'running'`, id, JSON.stringify(step));
    },
    intend: async (id, nowMs) => {
      await retried(() => run('INSERT INTO spot_objects (id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING', id, nowMs));
    },
    finish: async (id, { proof, transcriptBytes }, steps, nowMs) => {
      const said = steps.map((_, i) => `'$[#]', json(?${String(i + 5)})`);
      const all = said.reduce((text, one) => `json_insert(${text}, ${one})`, 'steps');
      const sql = `UPDATE spots SET state = 'done', ended_at = ?2, proof = ?3, transcript_bytes = ?4, steps = ${all}
        WHERE id = ?1 AND state = 'running'`;
      const values = [id, nowMs, JSON.stringify(proof), transcriptBytes, ...steps.map((step) => JSON.stringify(step))];
      return retried(() => run(sql, ...values));
    },
    fail: (id, from, failure, nowMs) => {
      const step: SpotStep = { step: 'failed', atMs: nowMs };
      const sql = `UPDATE spots SET state = 'failed', ended_at = ?3, failure = ?4, ${APPEND} WHERE id = ?1 AND state = ?5`;
      return retried(() => run(sql, id, JSON.stringify(step), nowMs, JSON.stringify(failure), from));
    },
    prune: async (beforeMs, limit) => {
      await run(
        `DELETE FROM spots WHERE id IN (SELECT id FROM spots WHERE ${ENDED} AND created_at < ?1 ORDER BY created_at LIMIT ?2)`,
        beforeMs,
        limit,
      );
    },
    forgetObjects: async (ids) => {
      await run('DELETE FROM spot_objects WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids));
    },
  } satisfies Partial<SpotStore>;
}

export function d1Spots(db: D1Database): SpotStore {
  return { ...reads(db), ...writes(db) };
}
