// The part of D1 that audits on demand have to themselves. The SQL is in ../migrations/0006_spots.sql; a test holds the two together.
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';

/** queued: to be done · running: claimed, a challenge may be out · done: with a verdict · failed: without one. */
export type SpotState = 'queued' | 'running' | 'done' | 'failed';

export const spots = sqliteTable(
  'spots',
  {
    id: text('id').primaryKey().notNull(),
    tenant: text('tenant').notNull(),
    /** SHA-256 of the caller's key: the same one orders nothing twice. */
    idempotency: text('idempotency').$type<Hex>().notNull(),
    nodeId: text('node_id').$type<Hex>().notNull(),
    nodeIndex: integer('node_index'),
    kind: integer('kind').notNull(),
    state: text('state').$type<SpotState>().notNull(),
    createdAt: integer('created_at').notNull(),
    claimedAt: integer('claimed_at'),
    endedAt: integer('ended_at'),
    /** JSON list of `{step, atMs}`. */
    steps: text('steps').notNull(),
    /** Secret until the end. */
    seed: text('seed').$type<Hex>(),
    /** JSON: record, seed, beacon, signature. */
    proof: text('proof'),
    /** JSON: `{code, detail}`. */
    failure: text('failure'),
    transcriptBytes: integer('transcript_bytes'),
  },
  (table) => [
    uniqueIndex('spots_by_key').on(table.tenant, table.idempotency),
    index('spots_by_tenant').on(table.tenant, table.createdAt),
    index('spots_by_state').on(table.state, table.createdAt),
  ],
);

export const spotObjects = sqliteTable('spot_objects', {
  id: text('id').primaryKey().notNull(),
  createdAt: integer('created_at').notNull(),
});

/** Of no tenant, so that deleting one makes no room. */
export const spotAsks = sqliteTable(
  'spot_asks',
  {
    /** The order's. */
    id: text('id').primaryKey().notNull(),
    nodeId: text('node_id').$type<Hex>().notNull(),
    /** SHA-256 of the tenant's id. */
    asker: text('asker').$type<Hex>().notNull(),
    askedAt: integer('asked_at').notNull(),
  },
  (table) => [index('spot_asks_by_node').on(table.nodeId, table.askedAt), index('spot_asks_by_time').on(table.askedAt)],
);

/** At a gateway: which order a validator's record was taken over for. */
export const spotRecords = sqliteTable(
  'spot_records',
  {
    recordHash: text('record_hash').$type<Hex>().primaryKey().notNull(),
    orderId: text('order_id').notNull(),
    takenAt: integer('taken_at').notNull(),
  },
  (table) => [index('spot_records_by_time').on(table.takenAt)],
);
