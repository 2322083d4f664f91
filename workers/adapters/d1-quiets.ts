// Quiets in D1: mutes, acknowledgements and maintenance windows. What they hold is decided where events are fanned out
// (event-statements.ts), in the same statement, so that what is muted is stored as muted and never lost.
import type { Hex } from '../../protocol/bytes.ts';
import type { Quiet, QuietStore } from '../services/health/ports.ts';
import { heldAgain } from './webhook-held.ts';

const COLUMNS = 'id, tenant, kind, public, node_index, node_id, incident, from_ms, until_ms, note, created_at_ms';

// A public window holds what it held even when it is ended early, and counts even when its tenant is forgotten.
// Both limits hold in the statement that adds: two requests at once do not pass them together.
const ADD = `
INSERT INTO quiets (${COLUMNS})
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
WHERE (SELECT count(*) FROM quiets WHERE tenant = ?2 AND until_ms > ?11) < ?12
  AND (?4 = 0 OR (SELECT count(*) FROM public_windows WHERE node_index = ?5 AND until_ms > ?14) < ?13)`;

const COUNT_PUBLIC = `
INSERT INTO public_windows (id, node_index, until_ms) SELECT id, node_index, until_ms FROM quiets WHERE id = ?1 AND public = 1`;

const END_PUBLIC = 'UPDATE quiets SET until_ms = ?3 WHERE tenant = ?1 AND id = ?2 AND public = 1 AND until_ms > ?3';
const REMOVE = 'DELETE FROM quiets WHERE tenant = ?1 AND id = ?2 AND public = 0';

type QuietRow = {
  readonly id: string;
  readonly tenant: string;
  readonly kind: Quiet['kind'];
  readonly public: number;
  readonly node_index: number | null;
  readonly node_id: Hex | null;
  readonly incident: string | null;
  readonly from_ms: number;
  readonly until_ms: number;
  readonly note: string;
  readonly created_at_ms: number;
};

function quietOf(row: QuietRow): Quiet {
  const { id, tenant, kind, node_index: index, node_id: nodeId, incident, note } = row;
  const node = index === null || nodeId === null ? null : { index, id: nodeId };
  const times = { fromMs: row.from_ms, untilMs: row.until_ms, createdAtMs: row.created_at_ms };
  return { id, tenant, kind, public: row.public === 1, node, incident, ...times, note };
}

export function d1Quiets(db: D1Database): QuietStore {
  return {
    add: async (quiet, { tenantMax, publicMax, sinceMs }) => {
      const { id, tenant, kind, node, incident, fromMs, untilMs, note, createdAtMs } = quiet;
      const row = [
        id,
        tenant,
        kind,
        Number(quiet.public),
        node?.index ?? null,
        node?.id ?? null,
        incident,
        fromMs,
        untilMs,
        note,
      ];
      const add = db.prepare(ADD).bind(...row, createdAtMs, tenantMax, publicMax, sinceMs);
      const [added] = await db.batch([add, db.prepare(COUNT_PUBLIC).bind(id)]);
      return (added?.meta.changes ?? 0) > 0;
    },
    list: async (tenant, { after, limit, nowMs }) => {
      const sql = `SELECT ${COLUMNS} FROM quiets WHERE tenant = ?1 AND until_ms > ?2 AND id > ?3 ORDER BY id LIMIT ?4`;
      return (await db.prepare(sql).bind(tenant, nowMs, after, limit).all<QuietRow>()).results.map(quietOf);
    },
    remove: async (tenant, id, nowMs) => {
      const ends = [db.prepare(END_PUBLIC).bind(tenant, id, nowMs), db.prepare(REMOVE).bind(tenant, id)];
      const done = await db.batch([...heldAgain(db, tenant, id, nowMs), ...ends]);
      return done.slice(-ends.length).some(({ meta }) => meta.changes > 0);
    },
    announced: async (nodes, { nowMs, limit }) => {
      const sql = `SELECT ${COLUMNS} FROM quiets WHERE public = 1 AND until_ms > ?1
        AND (?2 IS NULL OR node_index IN (SELECT value FROM json_each(?2))) ORDER BY from_ms, id LIMIT ?3`;
      const wanted = nodes === null ? null : JSON.stringify(nodes);
      return (await db.prepare(sql).bind(nowMs, wanted, limit).all<QuietRow>()).results.map(quietOf);
    },
  };
}
