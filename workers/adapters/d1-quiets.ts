// Quiets in D1, and whether an event is quiet for a tenant, in SQL: whoever fans events out asks it in the same statement, so that what is muted is stored as
// muted and never lost. Aliases in, one condition out; nothing of it comes from outside.

import type { Hex } from '../../protocol/bytes.ts';
import type { Quiet, QuietStore } from '../services/health/ports.ts';

/** SQL of one row's columns: of the endpoint its tenant, of the event the others. */
export type QuietColumns = {
  readonly tenant: string;
  readonly type: string;
  readonly nodeIndex: string;
  /** Of the event's data; null where it has none. */
  readonly incident: string;
  readonly atMs: string;
};

const REACHABILITY = `('node.suspected', 'node.degraded', 'node.down', 'node.recovered')`;

/**
 * True where the tenant, or for maintenance that the node's operator announced anybody, wants to hear nothing of it.
 * A mute holds all of a node (or everything); maintenance its reachability; an acknowledged incident goes on in silence until it ends.
 * Tests and notices of an endpoint itself are never quiet.
 * @example isQuiet({ tenant: 'endpoint.tenant', type: 'event.type', nodeIndex: 'event.node_index', incident: "event.data ->> '$.incident'", atMs: 'event.occurred_at' })
 */
export function isQuiet({ tenant, type, nodeIndex, incident, atMs }: QuietColumns): string {
  return `(${type} NOT LIKE 'endpoint.%' AND EXISTS (SELECT 1 FROM quiets WHERE quiets.tenant = ${tenant}
  AND quiets.from_ms <= ${atMs} AND quiets.until_ms > ${atMs}
  AND CASE quiets.kind
    WHEN 'mute' THEN quiets.node_index IS NULL OR quiets.node_index = ${nodeIndex}
    WHEN 'maintenance' THEN quiets.node_index = ${nodeIndex} AND ${type} IN ${REACHABILITY}
    ELSE quiets.incident = ${incident} AND ${type} IN ${REACHABILITY} AND ${type} <> 'node.recovered' END)
  OR ${type} IN ${REACHABILITY} AND EXISTS (SELECT 1 FROM quiets WHERE quiets.public = 1 AND quiets.node_index = ${nodeIndex}
  AND quiets.from_ms <= ${atMs} AND quiets.until_ms > ${atMs}))`;
}

const COLUMNS = 'id, tenant, kind, public, node_index, node_id, incident, from_ms, until_ms, note, created_at_ms';

// Both limits hold in the statement that adds: two requests at once do not pass them together.
const ADD = `
INSERT INTO quiets (${COLUMNS})
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
WHERE (SELECT count(*) FROM quiets WHERE tenant = ?2 AND until_ms > ?11) < ?12
  AND (?4 = 0 OR (SELECT count(*) FROM quiets WHERE public = 1 AND node_index = ?5 AND until_ms > ?14) < ?13)`;

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
      const { meta } = await db
        .prepare(ADD)
        .bind(...row, createdAtMs, tenantMax, publicMax, sinceMs)
        .run();
      return meta.changes > 0;
    },
    list: async (tenant, { after, limit, nowMs }) => {
      const sql = `SELECT ${COLUMNS} FROM quiets WHERE tenant = ?1 AND until_ms > ?2 AND id > ?3 ORDER BY id LIMIT ?4`;
      return (await db.prepare(sql).bind(tenant, nowMs, after, limit).all<QuietRow>()).results.map(quietOf);
    },
    remove: async (tenant, id) => {
      const { meta } = await db.prepare('DELETE FROM quiets WHERE tenant = ?1 AND id = ?2').bind(tenant, id).run();
      return meta.changes > 0;
    },
    announced: async (nodes, { nowMs, limit }) => {
      const sql = `SELECT ${COLUMNS} FROM quiets WHERE public = 1 AND until_ms > ?1
        AND (?2 IS NULL OR node_index IN (SELECT value FROM json_each(?2))) ORDER BY from_ms, id LIMIT ?3`;
      const wanted = nodes === null ? null : JSON.stringify(nodes);
      return (await db.prepare(sql).bind(nowMs, wanted, limit).all<QuietRow>()).results.map(quietOf);
    },
  };
}
