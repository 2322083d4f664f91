// Endpoints, their delivery log and the stream of events in D1, as tenants ask for them. Every statement names the tenant or an endpoint
// that was read by it.
import type { Hex } from '../../protocol/bytes.ts';
import type { EventItem, EventType } from '../../schema/api/events.ts';
import type { AttemptItem, DeliveryItem } from '../../schema/api/webhooks.ts';
import type { webhookEndpoints } from '../../schema/tables/index.ts';
import { ATTEMPTS_SHOWN_MAX } from '../services/alerts/limits.ts';
import type { EndpointStore, EndpointUpdate, Placed, StoredEndpoint } from '../services/alerts/ports.ts';
import { MATCHES, eventStatements } from './event-statements.ts';
import { retried } from './retry.ts';

type Row = Omit<typeof webhookEndpoints.$inferSelect, 'since'>;

/** Columns of an endpoint, as `endpointOf` takes them. */
export const ENDPOINT_COLUMNS = `number, id, tenant, format, scheme, shown_url AS shownUrl, sealed, types, nodes, operators, note, state,
  disabled_reason AS disabledReason, disabled_at AS disabledAt, failing_since AS failingSince, delivered_at AS deliveredAt,
  paused_until AS pausedUntil, created_at AS createdAt`;

/** Our own JSON; nobody else writes to this database. */
export function endpointOf(row: Row): StoredEndpoint {
  const { disabledAt, failingSince, deliveredAt, pausedUntil, createdAt, types, nodes, operators, ...same } = row;
  return {
    ...same,
    ...{ types: JSON.parse(types) as string[], nodes: JSON.parse(nodes) as Hex[], operators: JSON.parse(operators) as Hex[] },
    ...{ disabledAtMs: disabledAt, failingSinceMs: failingSince, deliveredAtMs: deliveredAt },
    ...{ pausedUntilMs: pausedUntil, createdAtMs: createdAt },
  };
}

export type EventRow = {
  readonly place: number;
  readonly id: string;
  readonly type: EventType;
  readonly nodeIndex: number | null;
  readonly nodeId: Hex | null;
  readonly sequence: number | null;
  readonly occurredAt: number;
  readonly data: string;
};
export const EVENT_COLUMNS = `event.place, event.id, event.type, event.node_index AS nodeIndex, event.node_id AS nodeId, event.sequence,
  event.occurred_at AS occurredAt, event.data`;

export function eventOf({ id, type, nodeIndex, nodeId, sequence, occurredAt, data }: EventRow): EventItem {
  const node = nodeIndex === null || nodeId === null ? null : { index: nodeIndex, id: nodeId };
  const timestamp = new Date(occurredAt).toISOString();
  return { id, type, timestamp, node, sequence, data: JSON.parse(data) as Record<string, unknown> };
}

// The count and the row are one statement: two requests at once cannot both be the last one allowed.
const ADD = `
INSERT INTO webhook_endpoints (id, tenant, format, scheme, shown_url, sealed, types, nodes, operators, note, state, paused_until, since, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'active', 0, coalesce((SELECT max(place) FROM events), 0), ?11
WHERE (SELECT count(*) FROM webhook_endpoints WHERE tenant = ?2) < ?12`;

const UPDATE = `
UPDATE webhook_endpoints SET shown_url = ?3, sealed = ?4, types = ?5, nodes = ?6, operators = ?7, note = ?8
WHERE number = ?1 AND sealed = ?2`;

const ENABLE = `
UPDATE webhook_endpoints SET state = 'active', disabled_reason = NULL, disabled_at = NULL, failing_since = NULL, paused_until = 0,
  since = coalesce((SELECT max(place) FROM events), 0)
WHERE number = ?1 AND state = 'disabled'`;

const LOG = `
SELECT ${EVENT_COLUMNS}, delivery.state, delivery.due_at AS dueAt FROM deliveries AS delivery
JOIN events AS event ON event.place = delivery.event
WHERE delivery.endpoint = ?1 AND delivery.event < ?2 ORDER BY delivery.event DESC LIMIT ?3`;

const ATTEMPTS = `
SELECT event, attempt, at AS atMs, elapsed_ms AS elapsedMs, status, error FROM json_each(?2) AS wanted
JOIN delivery_attempts AS made ON made.endpoint = ?1 AND made.event = wanted.value
ORDER BY event, attempt`;

const REPLAY = `
UPDATE deliveries SET state = 'due', tries = 0, due_at = 0, finished_at = NULL
WHERE endpoint = ?1 AND event = (SELECT place FROM events WHERE id = ?2)`;

const IN_RANGE = `
SELECT endpoint.number, event.place, event.node_index FROM events AS event JOIN webhook_endpoints AS endpoint ON endpoint.number = ?1
WHERE event.place > ?2 AND event.occurred_at BETWEEN ?3 AND ?4 AND (${MATCHES}) ORDER BY event.place LIMIT ?5`;

const REPLAY_RANGE = `
INSERT INTO deliveries (endpoint, event, node_index, state, attempts, tries, due_at)
SELECT number, place, node_index, 'due', 0, 0, 0 FROM (${IN_RANGE}) WHERE true
ON CONFLICT (endpoint, event) DO UPDATE SET state = 'due', tries = 0, due_at = 0, finished_at = NULL`;

const STREAM = `
SELECT ${EVENT_COLUMNS} FROM events AS event
WHERE event.place > ?2 AND (event.target IS NULL OR event.target IN (SELECT id FROM webhook_endpoints WHERE tenant = ?1))
ORDER BY event.place LIMIT ?3`;

function removal(d1: D1Database, number: number, id: string): D1PreparedStatement[] {
  return [
    d1.prepare('DELETE FROM delivery_attempts WHERE endpoint = ?').bind(number),
    d1.prepare('DELETE FROM deliveries WHERE endpoint = ?').bind(number),
    d1.prepare('DELETE FROM events WHERE target = ?').bind(id),
    d1.prepare('DELETE FROM webhook_endpoints WHERE number = ?').bind(number),
  ];
}

type LogRow = EventRow & { readonly state: DeliveryItem['state']; readonly dueAt: number };
type AttemptRow = AttemptItem & { readonly event: number };

async function log(
  d1: D1Database,
  number: number,
  { before, limit }: { before: number | null; limit: number },
): Promise<Placed<DeliveryItem>[]> {
  const bound = d1.prepare(LOG).bind(number, before ?? Number.MAX_SAFE_INTEGER, limit);
  const { results: rows } = await bound.all<LogRow>();
  const places = JSON.stringify(rows.map(({ place }) => place));
  const { results: attempts } = await d1.prepare(ATTEMPTS).bind(number, places).all<AttemptRow>();
  const byEvent = Map.groupBy(attempts, ({ event }) => event);
  return rows.map((row) => {
    const { id, type, timestamp, node } = eventOf(row);
    const made = (byEvent.get(row.place) ?? []).slice(-ATTEMPTS_SHOWN_MAX);
    const item: DeliveryItem = {
      ...{ event: { id, type, timestamp, node }, state: row.state, nextAttemptMs: row.state === 'due' ? row.dueAt : null },
      attempts: made.map(({ event: _event, ...attempt }) => attempt),
    };
    return { place: row.place, item };
  });
}

function updateValues(endpoint: StoredEndpoint, change: EndpointUpdate): (string | number)[] {
  const { number, sealed } = endpoint;
  const { shownUrl, sealed: anew, types, nodes, operators, note } = { ...endpoint, ...change };
  return [number, sealed, shownUrl, anew, JSON.stringify(types), JSON.stringify(nodes), JSON.stringify(operators), note];
}

type Listed = Pick<EndpointStore, 'add' | 'get' | 'list' | 'update' | 'remove' | 'enable'>;

function endpoints(d1: D1Database): Listed {
  const get = async (tenant: string, id: string): Promise<StoredEndpoint | null> => {
    const sql = `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE tenant = ?1 AND id = ?2`;
    const row = await d1.prepare(sql).bind(tenant, id).first<Row>();
    return row === null ? null : endpointOf(row);
  };
  return {
    get,
    add: async (endpoint, endpointsMax) => {
      const { id, tenant, format, scheme, shownUrl, sealed, types, nodes, operators, note, createdAtMs } = endpoint;
      const lists = [types, nodes, operators].map((list) => JSON.stringify(list));
      const values = [id, tenant, format, scheme, shownUrl, sealed, ...lists, note, createdAtMs, endpointsMax];
      const { meta } = await d1
        .prepare(ADD)
        .bind(...values)
        .run();
      return meta.changes > 0;
    },
    list: async (tenant, { after, limit }) => {
      const sql = `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE tenant = ?1 AND number > ?2 ORDER BY number LIMIT ?3`;
      return (await d1.prepare(sql).bind(tenant, after, limit).all<Row>()).results.map(endpointOf);
    },
    update: async (endpoint, change) => {
      const statement = d1.prepare(UPDATE).bind(...updateValues(endpoint, change));
      return (await statement.run()).meta.changes > 0;
    },
    remove: async (tenant, id) => {
      const endpoint = await get(tenant, id);
      if (endpoint !== null) await retried(() => d1.batch(removal(d1, endpoint.number, id)));
      return endpoint !== null;
    },
    enable: async ({ number }) => {
      await retried(() => d1.prepare(ENABLE).bind(number).run());
    },
  };
}

export function d1Alerts(d1: D1Database): EndpointStore {
  return {
    ...endpoints(d1),
    tell: async (events) => {
      await retried(() => d1.batch(eventStatements(d1, events)));
    },
    deliveries: (number, page) => log(d1, number, page),
    replay: async (number, event) => (await d1.prepare(REPLAY).bind(number, event).run()).meta.changes > 0,
    replayRange: async ({ number }, { fromMs, throughMs, after, limit }) => {
      const values = [number, after, fromMs, throughMs, limit];
      const count = d1.prepare(`SELECT count(*) AS events, max(place) AS last FROM (${IN_RANGE})`).bind(...values);
      const [counted] = await d1.batch<{ events: number; last: number | null }>([
        count,
        d1.prepare(REPLAY_RANGE).bind(...values),
      ]);
      return counted?.results[0] ?? { events: 0, last: null };
    },
    events: async (tenant, { after, limit }) => {
      const { results } = await d1.prepare(STREAM).bind(tenant, after, limit).all<EventRow>();
      return results.map((row) => ({ place: row.place, item: eventOf(row) }));
    },
  };
}
