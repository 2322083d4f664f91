// Whether an event is quiet for a tenant, in SQL: whoever fans events out asks it in the same statement, so that what is muted is stored as
// muted and never lost. Aliases in, one condition out; nothing of it comes from outside.

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
