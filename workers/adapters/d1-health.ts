// The public side of health in D1: incidents, what is unwell now. Reads only.
import type { Hex } from '../../protocol/bytes.ts';
import type { IncidentItem } from '../../schema/api/incidents.ts';
import type { SightingList } from '../../schema/api/sightings.ts';
import { OPEN_NODES_MAX } from '../services/health/limits.ts';
import type { HealthPorts, Incident, OpenNode, UnwellNode } from '../services/health/ports.ts';
import { d1Quiets } from './d1-quiets.ts';

export type IncidentRow = {
  readonly id: string;
  readonly node_index: number;
  readonly node_id: Hex;
  readonly severity: IncidentItem['severity'];
  readonly cause: IncidentItem['cause'];
  readonly opened_at_ms: number;
  readonly confirmed_at_ms: number | null;
  readonly recovered_at_ms: number | null;
  readonly seen_by: string;
  readonly events: string;
};

const LIST = `
SELECT * FROM incidents
WHERE opened_at_ms < ?1 AND (?2 IS NULL OR node_index = ?2) AND (?3 IS NULL OR (opened_at_ms, node_index) < (?3, ?4))
ORDER BY opened_at_ms DESC, node_index DESC LIMIT ?5`;

// The same with the other index: one node's incidents are few among all.
const LIST_OF_NODE = LIST.replace('(?2 IS NULL OR node_index = ?2)', 'node_index = ?2');

// As of ?1, by the events of before: what came later may not be public yet.
const HAD = (type: string): string =>
  `EXISTS (SELECT 1 FROM json_each(events) AS told WHERE told.value ->> 'type' = '${type}' AND told.value ->> 'atMs' < ?1)`;
const OPEN = `
SELECT node_index AS "index", CASE WHEN ${HAD('node.down')} THEN 'down' WHEN ${HAD('node.degraded')} THEN 'degraded' ELSE 'suspected' END AS severity
FROM incidents`;

// Two looks by one index; what has ended since `endMs` is little, as that is an epoch or two ago.
const OPEN_AT = `
${OPEN} INDEXED BY incidents_by_end WHERE recovered_at_ms IS NULL AND opened_at_ms < ?1
UNION ALL
${OPEN} INDEXED BY incidents_by_end WHERE recovered_at_ms >= ?1 AND opened_at_ms < ?1
LIMIT ?2`;

const OPEN_AT_OF_NODE = `
${OPEN} INDEXED BY incidents_by_node
WHERE node_index = ?3 AND opened_at_ms < ?1 AND (recovered_at_ms IS NULL OR recovered_at_ms >= ?1) ORDER BY opened_at_ms DESC LIMIT ?2`;

const UNWELL = `
SELECT node_index, node_id, state, since_ms, incident FROM health_nodes
WHERE state <> 'healthy' AND node_index > ?1 ORDER BY node_index LIMIT ?2`;

// Absent outweighs degraded: it is what confirms.
const SIGHTINGS = `
SELECT node_index AS node, iif(machine ->> '$.absentSinceMs' IS NULL, 'degraded', 'absent') AS state,
  coalesce(machine ->> '$.absentSinceMs', since_ms) AS sinceMs
FROM health_nodes WHERE state <> 'healthy' AND (machine ->> '$.absentSinceMs' IS NOT NULL OR state = 'degraded')
ORDER BY sinceMs DESC LIMIT ?1`;

const BY_IDS = 'SELECT * FROM incidents WHERE id IN (SELECT value FROM json_each(?1))';

export function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id,
    node: { index: row.node_index, id: row.node_id },
    severity: row.severity,
    open: row.recovered_at_ms === null,
    cause: row.cause,
    openedAtMs: row.opened_at_ms,
    confirmedAtMs: row.confirmed_at_ms,
    recoveredAtMs: row.recovered_at_ms,
    seenBy: JSON.parse(row.seen_by) as IncidentItem['seenBy'],
    events: JSON.parse(row.events) as IncidentItem['events'],
  };
}

async function byIds(db: D1Database, ids: readonly string[]): Promise<Map<string, Incident>> {
  if (ids.length === 0) return new Map();
  const { results } = await db.prepare(BY_IDS).bind(JSON.stringify(ids)).all<IncidentRow>();
  return new Map(results.map((row) => [row.id, incidentOf(row)]));
}

type UnwellRow = Pick<IncidentRow, 'node_index' | 'node_id'> & {
  readonly state: UnwellNode['state'];
  readonly since_ms: number;
  readonly incident: string | null;
};

export function d1Health(db: D1Database): HealthPorts {
  return {
    incidents: async ({ endMs, node, before, limit }) => {
      const values = [endMs, node, before?.openedAtMs ?? null, before?.index ?? null, limit];
      const { results } = await db
        .prepare(node === null ? LIST : LIST_OF_NODE)
        .bind(...values)
        .all<IncidentRow>();
      return results.map(incidentOf);
    },
    openAt: async ({ endMs, node }) => {
      const statement =
        node === null ? db.prepare(OPEN_AT).bind(endMs, OPEN_NODES_MAX) : db.prepare(OPEN_AT_OF_NODE).bind(endMs, 1, node);
      return (await statement.all<OpenNode>()).results;
    },
    incident: async (id) => (await byIds(db, [id])).get(id) ?? null,
    unwell: async ({ after, limit }) => {
      const { results } = await db.prepare(UNWELL).bind(after, limit).all<UnwellRow>();
      const open = await byIds(
        db,
        results.flatMap(({ incident }) => incident ?? []),
      );
      return results.map((row) => ({
        index: row.node_index,
        id: row.node_id,
        state: row.state,
        sinceMs: row.since_ms,
        incident: row.incident === null ? null : (open.get(row.incident) ?? null),
      }));
    },
    sightings: async (limit) => {
      const { results } = await db.prepare(SIGHTINGS).bind(limit).all<SightingList['items'][number]>();
      return results;
    },
    quiets: d1Quiets(db),
  };
}
