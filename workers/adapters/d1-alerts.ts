// Endpoints, their delivery log and the stream of events in D1, as tenants ask for them. Every statement names the tenant or an endpoint
// that was read by it.
import type { Hex } from '../../protocol/bytes.ts';
import type { EventItem, EventType } from '../../schema/api/events.ts';
import type { AttemptItem, DeliveryItem } from '../../schema/api/webhooks.ts';
import type { webhookEndpoints } from '../../schema/tables/index.ts';
import { ATTEMPTS_SHOWN_MAX, REPLAY_SCAN_MAX } from '../services/alerts/limits.ts';
import type { EndpointStore, EndpointUpdate, Placed, StoredEndpoint } from '../services/alerts/ports.ts';
import { eventStatements } from './event-statements.ts';
import { retried } from './retry.ts';
import { MATCHES } from './webhook-fan-out.ts';

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

const ACTIVE = "SELECT count(*) FROM webhook_endpoints INDEXED BY webhook_endpoints_active WHERE state = 'active'";

// The counts and the row are one statement: two requests at once cannot both be the last one allowed.
const ADD = `
INSERT INTO webhook_endpoints (id, tenant, format, scheme, shown_url, sealed, types, nodes, operators, note, state, paused_until, since, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'active', 0, coalesce((SELECT max(place) FROM events), 0), ?11
WHERE (SELECT count(*) FROM webhook_endpoints WHERE tenant = ?2) < ?12 AND (${ACTIVE}) < ?13`;

const UPDATE = `
UPDATE webhook_endpoints SET shown_url = ?3, sealed = ?4, types = ?5, nodes = ?6, operators = ?7, note = ?8
WHERE number = ?1 AND sealed = ?2`;

const ENABLE = `
UPDATE webhook_endpoints SET state = 'active', disabled_reason = NULL, disabled_at = NULL, failing_since = NULL, paused_until = 0,
  since = coalesce((SELECT max(place) FROM events), 0)
WHERE number = ?1 AND state = 'disabled' AND (${ACTIVE}) < ?2`;

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

// By time, which is an index, from where the last request ended; an event that has gone since ends the range. What waits for the fan-out gets there by
// it.
const SEEN = `
SELECT * FROM events INDEXED BY events_by_time
WHERE occurred_at BETWEEN max(?2, coalesce((SELECT occurred_at FROM events WHERE place = ?1), 0)) AND ?3
  AND (occurred_at, place) > (coalesce((SELECT occurred_at FROM events WHERE place = ?1), 0), ?1)
  AND place <= (SELECT event FROM fan_out)
ORDER BY occurred_at, place LIMIT ?4`;
const LAST_SEEN = `
SELECT count(*) AS seen, (SELECT place FROM (${SEEN}) ORDER BY occurred_at DESC, place DESC LIMIT 1) AS last FROM (${SEEN})`;
const IN_RANGE = `
SELECT event.place FROM (${SEEN}) AS event JOIN webhook_endpoints AS endpoint ON endpoint.number = ?5
WHERE (${MATCHES}) ORDER BY event.occurred_at, event.place LIMIT ?6`;

const REPLAY_RANGE = `
INSERT INTO deliveries (endpoint, event, node_index, state, attempts, tries, due_at)
SELECT ?1, place, node_index, 'due', 0, 0, 0 FROM events WHERE place IN (SELECT value FROM json_each(?2))
  AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE number = ?1)
ON CONFLICT (endpoint, event) DO UPDATE SET state = 'due', tries = 0, due_at = 0, finished_at = NULL`;

// Two indices, so that what is for others costs nobody anything.
const STREAM = `
SELECT * FROM (SELECT ${EVENT_COLUMNS} FROM events AS event INDEXED BY events_for_all
  WHERE event.target IS NULL AND event.place > ?2 ORDER BY event.place LIMIT ?3)
UNION ALL
SELECT * FROM (SELECT ${EVENT_COLUMNS} FROM webhook_endpoints AS own CROSS JOIN events AS event INDEXED BY events_by_target
  ON event.target = own.id AND event.place > ?2 WHERE own.tenant = ?1 ORDER BY event.place LIMIT ?3)
ORDER BY place LIMIT ?3`;

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

type Range = { readonly fromMs: number; readonly throughMs: number; readonly after: number; readonly limit: number };

async function replayRange(d1: D1Database, number: number, { fromMs, throughMs, after, limit }: Range) {
  const range = [after, fromMs, throughMs, REPLAY_SCAN_MAX];
  const [looked, matching] = await d1.batch<{ seen: number; last: number | null; place: number }>([
    d1.prepare(LAST_SEEN).bind(...range),
    d1.prepare(IN_RANGE).bind(...range, number, limit),
  ]);
  const places = (matching?.results ?? []).map(({ place }) => place);
  if (places.length > 0) await retried(() => d1.prepare(REPLAY_RANGE).bind(number, JSON.stringify(places)).run());
  const { seen = 0, last = null } = looked?.results[0] ?? {};
  const next = places.length === limit ? (places.at(-1) ?? null) : seen === REPLAY_SCAN_MAX ? last : null;
  return { events: places.length, next };
}

/** Which bound a refused endpoint is at. */
async function boundOf(d1: D1Database, tenant: string, tenantMax: number): Promise<'tenant' | 'worker'> {
  const sql = 'SELECT count(*) AS n FROM webhook_endpoints WHERE tenant = ?';
  return ((await d1.prepare(sql).bind(tenant).first<number>('n')) ?? 0) >= tenantMax ? 'tenant' : 'worker';
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
    add: async (endpoint, { tenantMax, activeMax }) => {
      const { id, tenant, format, scheme, shownUrl, sealed, types, nodes, operators, note, createdAtMs } = endpoint;
      const lists = [types, nodes, operators].map((list) => JSON.stringify(list));
      const values = [id, tenant, format, scheme, shownUrl, sealed, ...lists, note, createdAtMs, tenantMax, activeMax];
      const { meta } = await d1
        .prepare(ADD)
        .bind(...values)
        .run();
      return meta.changes > 0 ? 'added' : boundOf(d1, tenant, tenantMax);
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
    enable: async ({ number }, activeMax) => {
      await retried(() => d1.prepare(ENABLE).bind(number, activeMax).run());
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
    replayRange: ({ number }, range) => replayRange(d1, number, range),
    events: async (tenant, { after, limit }) => {
      const { results } = await d1.prepare(STREAM).bind(tenant, after, limit).all<EventRow>();
      return results.map((row) => ({ place: row.place, item: eventOf(row) }));
    },
  };
}
