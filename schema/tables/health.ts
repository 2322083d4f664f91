// Health in D1: reachability as it is now, incidents, and who wants quiet. The SQL that makes these tables is in ../migrations; a test
// holds the two against each other.
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';
import type { Reason } from '../../protocol/verdict.ts';

const hex = (name: string) => text(name).$type<Hex>();

/** Nodes of which there is something to remember; one that answers every question has no row. */
export const healthNodes = sqliteTable(
  'health_nodes',
  {
    nodeIndex: integer('node_index').primaryKey(),
    nodeId: hex('node_id').notNull(),
    state: text('state').$type<'healthy' | 'suspected' | 'degraded' | 'down'>().notNull(),
    /** Rises with each write: a write is taken only where nobody was faster. */
    version: integer('version').notNull(),
    /** JSON of the machine (workers/services/health/machine.ts). */
    machine: text('machine').notNull(),
    incident: text('incident'),
    sinceMs: integer('since_ms').notNull(),
    /** When it is to be asked once more, outside of the schedule. */
    askAtMs: integer('ask_at_ms'),
  },
  (table) => [
    index('health_nodes_due')
      .on(table.askAtMs)
      .where(sql`ask_at_ms IS NOT NULL`),
    index('health_nodes_unwell')
      .on(table.nodeIndex)
      .where(sql`state <> 'healthy'`),
  ],
);

/** What each peer said last: JSON of its sightings. */
export const healthTold = sqliteTable('health_told', {
  source: text('source').primaryKey(),
  validator: hex('validator').notNull(),
  heardAtMs: integer('heard_at_ms').notNull(),
  sightings: text('sightings').notNull(),
});

/** What a chunk's probes came to at network level: whether a slot's failures are our own. */
export const healthSlots = sqliteTable(
  'health_slots',
  {
    epoch: integer('epoch').notNull(),
    slot: integer('slot').notNull(),
    chunk: integer('chunk').notNull(),
    probes: integer('probes').notNull(),
    failed: integer('failed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.slot, table.chunk] })],
);

export const incidents = sqliteTable(
  'incidents',
  {
    id: text('id').primaryKey(),
    nodeIndex: integer('node_index').notNull(),
    nodeId: hex('node_id').notNull(),
    severity: text('severity').$type<'suspected' | 'degraded' | 'down'>().notNull(),
    cause: text('cause').$type<Reason>().notNull(),
    openedAtMs: integer('opened_at_ms').notNull(),
    confirmedAtMs: integer('confirmed_at_ms'),
    recoveredAtMs: integer('recovered_at_ms'),
    /** JSON lists, as the API shows them. */
    seenBy: text('seen_by').notNull(),
    events: text('events').notNull(),
  },
  (table) => [
    index('incidents_by_time').on(table.openedAtMs, table.nodeIndex),
    index('incidents_by_node').on(table.nodeIndex, table.openedAtMs),
    index('incidents_by_end').on(table.recoveredAtMs, table.openedAtMs),
  ],
);

/** Mutes, acknowledgements and maintenance windows; `public` ones hold everybody's alerts of a node. */
export const quiets = sqliteTable(
  'quiets',
  {
    id: text('id').primaryKey(),
    tenant: text('tenant').notNull(),
    kind: text('kind').$type<'mute' | 'acknowledge' | 'maintenance'>().notNull(),
    public: integer('public').notNull(),
    nodeIndex: integer('node_index'),
    nodeId: hex('node_id'),
    incident: text('incident'),
    fromMs: integer('from_ms').notNull(),
    untilMs: integer('until_ms').notNull(),
    note: text('note').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    index('quiets_by_tenant').on(table.tenant, table.untilMs),
    index('quiets_public')
      .on(table.nodeIndex, table.untilMs)
      .where(sql`public = 1`),
  ],
);

/** Announced windows, by when they were to end: what a node's operator has used up. No tenant's row, so that none can take it back. */
export const publicWindows = sqliteTable(
  'public_windows',
  {
    id: text('id').primaryKey(),
    nodeIndex: integer('node_index').notNull(),
    untilMs: integer('until_ms').notNull(),
  },
  (table) => [index('public_windows_by_node').on(table.nodeIndex, table.untilMs)],
);
