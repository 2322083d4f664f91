// Events, webhook endpoints and deliveries in D1. The SQL that makes these tables is in ../migrations; a test holds the two against
// each other. An event's place is its order in the stream, and never re-used.
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';
import type { EventType } from '../api/events.ts';

const hex = (name: string) => text(name).$type<Hex>();

export const events = sqliteTable(
  'events',
  {
    place: integer('place').primaryKey({ autoIncrement: true }),
    id: text('id').notNull(),
    type: text('type').$type<EventType>().notNull(),
    nodeIndex: integer('node_index'),
    nodeId: hex('node_id'),
    /** Rises by one with each event of the same node. */
    sequence: integer('sequence'),
    occurredAt: integer('occurred_at').notNull(),
    /** JSON, as its type's form says. */
    data: text('data').notNull(),
    /** The id of the one endpoint that it goes to; null: all whose filters match. */
    target: text('target'),
  },
  (table) => [
    uniqueIndex('events_by_id').on(table.id),
    index('events_by_node').on(table.nodeIndex, table.sequence),
    index('events_by_time').on(table.occurredAt),
    index('events_by_target').on(table.target, table.place),
    index('events_for_all').on(table.place),
  ],
);

/** One row: events up to this place have their deliveries. */
export const fanOut = sqliteTable('fan_out', {
  id: integer('id').primaryKey(),
  event: integer('event').notNull(),
});

export const webhookEndpoints = sqliteTable(
  'webhook_endpoints',
  {
    number: integer('number').primaryKey({ autoIncrement: true }),
    id: text('id').notNull(),
    tenant: text('tenant').notNull(),
    format: text('format').$type<'standard' | 'slack' | 'discord' | 'pagerduty'>().notNull(),
    scheme: text('scheme').$type<'v1' | 'v1a'>().notNull(),
    /** What the API shows: the address without its path, which may be a password. */
    shownUrl: text('shown_url').notNull(),
    /** Encrypted JSON: address, secrets, routing key. */
    sealed: text('sealed').notNull(),
    /** JSON arrays; an empty one lets everything through. */
    types: text('types').notNull(),
    nodes: text('nodes').notNull(),
    operators: text('operators').notNull(),
    note: text('note').notNull(),
    state: text('state').$type<'active' | 'disabled'>().notNull(),
    disabledReason: text('disabled_reason'),
    disabledAt: integer('disabled_at'),
    /** The first failure since anything was delivered; null while things arrive. */
    failingSince: integer('failing_since'),
    deliveredAt: integer('delivered_at'),
    /** The receiver asked for rest (Retry-After); 0 for none. */
    pausedUntil: integer('paused_until').notNull(),
    /** Events up to this place are older than the endpoint. */
    since: integer('since').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('webhook_endpoints_by_id').on(table.id),
    index('webhook_endpoints_by_tenant').on(table.tenant, table.number),
    index('webhook_endpoints_active').on(table.number),
  ],
);

export const deliveries = sqliteTable(
  'deliveries',
  {
    endpoint: integer('endpoint').notNull(),
    event: integer('event').notNull(),
    nodeIndex: integer('node_index'),
    state: text('state').$type<'due' | 'delivered' | 'failed' | 'muted'>().notNull(),
    /** Of its whole life; the number of its last row of attempts. */
    attempts: integer('attempts').notNull(),
    /** Since it last became due: what the schedule of retries goes by. */
    tries: integer('tries').notNull(),
    /** Of one that is muted: when to look whether the quiet is over; 0 when never again. */
    dueAt: integer('due_at').notNull(),
    finishedAt: integer('finished_at'),
  },
  (table) => [
    primaryKey({ columns: [table.endpoint, table.event] }),
    index('deliveries_by_event').on(table.event),
    index('deliveries_due').on(table.endpoint, table.dueAt),
    index('deliveries_held').on(table.endpoint, table.dueAt),
    index('deliveries_finished').on(table.finishedAt),
  ],
);

export const deliveryAttempts = sqliteTable(
  'delivery_attempts',
  {
    endpoint: integer('endpoint').notNull(),
    event: integer('event').notNull(),
    attempt: integer('attempt').notNull(),
    at: integer('at').notNull(),
    elapsedMs: integer('elapsed_ms').notNull(),
    /** Null when there was no answer. */
    status: integer('status'),
    error: text('error'),
  },
  (table) => [primaryKey({ columns: [table.endpoint, table.event, table.attempt] })],
);
