// Read models of the profiles, all made from verified reports when a root is taken in as final. The SQL that makes these tables is in
// ../migrations/0009_profiles.sql; docs/profiles.md says what they cost and how long they are kept.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';

/** What all verified reports of an epoch say of one node. */
export const nodeEpochs = sqliteTable(
  'node_epochs',
  {
    nodeIndex: integer('node_index').notNull(),
    epoch: integer('epoch').notNull(),
    pass: integer('pass').notNull(),
    wrong: integer('wrong').notNull(),
    slow: integer('slow').notNull(),
    network: integer('network').notNull(),
    void: integer('void').notNull(),
    busy: integer('busy').notNull(),
    present: integer('present').notNull(),
    absent: integer('absent').notNull(),
    /** Lower median over the validators' medians, of those that reached it; 0 if none did. */
    latencyMs: integer('latency_ms').notNull(),
    /** The largest of their 95th percentiles. */
    latencyHighMs: integer('latency_high_ms').notNull(),
    /** Lower median over the validators' medians; 0 if nothing was proven. */
    measure: integer('measure').notNull(),
    bandwidth: integer('bandwidth').notNull(),
    /** Reports that speak of the node. */
    validators: integer('validators').notNull(),
    /** Under the epoch's own root; null where it has none. */
    scorePpm: integer('score_ppm'),
    /** JSON: [region, present, absent, …one count for each latency bucket] for each region that asked. */
    regions: text('regions').notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeIndex, table.epoch] })],
);

/** Jobs of one node over the twelve epochs of a span, from `node_epochs`; only of spans that ended before the newest root. */
export const nodeSpans = sqliteTable(
  'node_spans',
  {
    nodeIndex: integer('node_index').notNull(),
    /** floor(epoch / 12). */
    span: integer('span').notNull(),
    pass: integer('pass').notNull(),
    wrong: integer('wrong').notNull(),
    slow: integer('slow').notNull(),
    network: integer('network').notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeIndex, table.span] })],
);

/** The audits of one node and epoch that are shown. */
export const recentAudits = sqliteTable(
  'recent_audits',
  {
    nodeIndex: integer('node_index').notNull(),
    epoch: integer('epoch').notNull(),
    /** JSON: [validator, slot, draw, kind, outcome, reason, elapsedMs, measure, startedAt] for each. */
    audits: text('audits').notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeIndex, table.epoch] })],
);

/** The region from which a node's median answer is the fastest; written again only where that changes. */
export const nodePlaces = sqliteTable('node_places', {
  nodeIndex: integer('node_index').primaryKey(),
  epoch: integer('epoch').notNull(),
  nearest: text('nearest').notNull(),
  latencyMs: integer('latency_ms').notNull(),
});

/** What a verified report says that no tally has: presence by region and the audits to show. Kept until it is rolled up. */
export const reportLines = sqliteTable(
  'report_lines',
  {
    epoch: integer('epoch').notNull(),
    validator: text('validator').$type<Hex>().notNull(),
    part: integer('part').notNull(),
    /** JSON: [nodeIndex, regions, audits] for each node; the forms are those of the tables above, audits without their validator. */
    lines: text('lines').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.validator, table.part] })],
);
