// What the Worker stores in D1. Composite keys without rowid: one written row an audit, plus one for the index by node, and a third for
// a presence, whose index is a partial one.
// The SQL that makes these tables is in ../migrations; a test holds the two against each other.
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';
import type { Outcome, Reason } from '../../protocol/verdict.ts';

const hex = (name: string) => text(name).$type<Hex>();

/** frozen: chain facts known · open: beacon known, draws run · sealing: no more results · sealed: roots fixed · posted: on chain · abandoned: can never be. */
export type EpochState = 'frozen' | 'open' | 'sealing' | 'sealed' | 'posted' | 'abandoned';

export const epochs = sqliteTable('epochs', {
  epoch: integer('epoch').primaryKey(),
  state: text('state').$type<EpochState>().notNull(),
  nodeCount: integer('node_count').notNull(),
  validatorCount: integer('validator_count').notNull(),
  beaconRound: integer('beacon_round').notNull(),
  beaconSignature: hex('beacon_signature'),
  /** Where the registry's seed chain stood when the epoch was frozen. */
  baseEpoch: integer('base_epoch').notNull(),
  baseSeed: hex('base_seed').notNull(),
  /** Slots below this number have been sent to the queue. */
  scheduledSlots: integer('scheduled_slots').notNull().default(0),
  due: integer('due'),
  done: integer('done'),
  pass: integer('pass'),
  fail: integer('fail'),
  void: integer('void'),
  auditRoot: hex('audit_root'),
  summaryRoot: hex('summary_root'),
  archiveHash: hex('archive_hash'),
  sealedAt: integer('sealed_at'),
  /** JSON of the signed EpochReport; its seed is secret until then. */
  report: text('report'),
  reportHash: hex('report_hash'),
  signature: hex('signature'),
  transactionHash: hex('transaction_hash'),
  blockNumber: integer('block_number'),
  postedAt: integer('posted_at'),
  /** Why the epoch was abandoned or is waiting. */
  note: text('note'),
  /** The policy in force, by the registry's word; null in rows from before policies could change. */
  policyHash: hex('policy_hash'),
  /** JSON of the seats' operators and signers, in their order; null in rows from before it was kept. */
  signers: text('signers'),
});

/** A node's data from an epoch on; the version in force is the newest one not after the epoch. */
export const nodeVersions = sqliteTable(
  'node_versions',
  {
    nodeIndex: integer('node_index').notNull(),
    fromEpoch: integer('from_epoch').notNull(),
    nodeId: hex('node_id').notNull(),
    operator: hex('operator').notNull(),
    keyX: hex('key_x').notNull(),
    keyY: hex('key_y').notNull(),
    url: text('url').notNull(),
    gpuClass: text('gpu_class'),
    vramMiB: integer('vram_mib').notNull(),
    retired: integer('retired', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeIndex, table.fromEpoch] }),
    index('node_versions_by_id').on(table.nodeId),
    index('node_versions_by_operator').on(table.operator),
  ],
);

/** One queue message's draws. Written before any challenge leaves; never run twice. */
export const chunks = sqliteTable(
  'chunks',
  {
    epoch: integer('epoch').notNull(),
    slot: integer('slot').notNull(),
    chunk: integer('chunk').notNull(),
    issuedAt: integer('issued_at').notNull(),
    finishedAt: integer('finished_at'),
    /** R2 key of the chunk's transcripts, one after the other. */
    transcripts: text('transcripts'),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.slot, table.chunk] })],
);

export const audits = sqliteTable(
  'audits',
  {
    epoch: integer('epoch').notNull(),
    slot: integer('slot').notNull(),
    draw: integer('draw').notNull(),
    nodeIndex: integer('node_index').notNull(),
    nodeId: hex('node_id').notNull(),
    kind: integer('kind').notNull(),
    challengeHash: hex('challenge_hash').notNull(),
    commitment: hex('commitment').notNull(),
    openingHash: hex('opening_hash').notNull(),
    outcome: text('outcome').$type<Outcome>().notNull(),
    reason: text('reason').$type<Reason>().notNull(),
    elapsedMs: integer('elapsed_ms').notNull(),
    measure: integer('measure').notNull(),
    freshnessRound: integer('freshness_round').notNull(),
    startedAt: integer('started_at').notNull(),
    transcriptHash: hex('transcript_hash').notNull(),
    /** Where the transcript is: chunk of this slot, byte offset and length in its R2 object; null if there is none. */
    chunk: integer('chunk'),
    transcriptOffset: integer('transcript_offset'),
    transcriptLength: integer('transcript_length'),
    /** The leaf's place in the sealed audit tree; null before sealing. */
    treePlace: integer('tree_place'),
    /** Of a presence (kind 5): the place in the policy's regions that it was asked from. Null for other kinds. */
    region: integer('region'),
  },
  (table) => [
    primaryKey({ columns: [table.epoch, table.slot, table.draw] }),
    index('audits_by_node').on(table.nodeIndex, table.epoch),
    // Answers a node's uptime and latency by region without a look at the rows.
    index('audits_by_region')
      .on(table.nodeIndex, table.region, table.epoch, table.outcome, table.elapsedMs)
      .where(sql`kind = 5`),
  ],
);

/** Verified beacon rounds that challenges or epochs used. */
export const rounds = sqliteTable('rounds', {
  round: integer('round').primaryKey(),
  signature: hex('signature').notNull(),
});

export const summaries = sqliteTable(
  'summaries',
  {
    epoch: integer('epoch').notNull(),
    nodeIndex: integer('node_index').notNull(),
    kind: integer('kind').notNull(),
    pass: integer('pass').notNull(),
    fail: integer('fail').notNull(),
    void: integer('void').notNull(),
    medianMeasure: integer('median_measure').notNull(),
    medianElapsedMs: integer('median_elapsed_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.epoch, table.nodeIndex, table.kind] }),
    index('summaries_by_node').on(table.nodeIndex, table.epoch),
  ],
);

/** The one network that this database belongs to. */
export const deployment = sqliteTable('deployment', {
  id: integer('id').primaryKey(),
  chainId: integer('chain_id').notNull(),
  registry: hex('registry').notNull(),
  genesis: integer('genesis').notNull(),
  slotSeconds: integer('slot_seconds').notNull(),
  slotsPerEpoch: integer('slots_per_epoch').notNull(),
  /** The network's first policy. */
  policyHash: hex('policy_hash').notNull(),
  /** Reports are taken until so long after their epoch's end. */
  reportSeconds: integer('report_seconds').notNull().default(0),
});

/** The newest trouble of each step of the tick; a step that succeeds has none. */
export const troubles = sqliteTable('troubles', {
  step: text('step').primaryKey(),
  code: text('code').notNull(),
  message: text('message').notNull(),
  since: integer('since').notNull(),
  last: integer('last').notNull(),
});
