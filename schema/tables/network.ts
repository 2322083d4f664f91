// The network's half of D1: what is known of all validators, found by mirroring and agreeing. The SQL that makes these tables is in
// ../migrations; a test holds the two against each other.
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';

const hex = (name: string) => text(name).$type<Hex>();

/** Shared chain facts of an epoch. */
export const networkEpochs = sqliteTable('network_epochs', {
  epoch: integer('epoch').primaryKey(),
  policyHash: hex('policy_hash').notNull(),
  nodeCount: integer('node_count').notNull(),
  beaconRound: integer('beacon_round'),
  beaconSignature: hex('beacon_signature'),
});

/** The active set of an epoch, in seat order. */
export const seats = sqliteTable(
  'seats',
  {
    epoch: integer('epoch').notNull(),
    seat: integer('seat').notNull(),
    operator: hex('operator').notNull(),
    signer: hex('signer').notNull(),
    url: text('url').notNull(),
    /** Decimal, in the token's smallest unit. */
    stake: text('stake').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.seat] })],
);

/** How each validator's archive of an epoch stands with us. */
export const mirrors = sqliteTable(
  'mirrors',
  {
    epoch: integer('epoch').notNull(),
    validator: hex('validator').notNull(),
    state: text('state').$type<'waiting' | 'verified' | 'failed' | 'absent'>().notNull(),
    reportHash: hex('report_hash'),
    archiveHash: hex('archive_hash'),
    due: integer('due').notNull(),
    done: integer('done').notNull(),
    check: text('failed_check'),
    detail: text('detail'),
    source: hex('source'),
    attempts: integer('attempts').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.validator] })],
);

/** What one report says of one node, as consensus counts it. */
export const tallies = sqliteTable(
  'tallies',
  {
    epoch: integer('epoch').notNull(),
    validator: hex('validator').notNull(),
    nodeIndex: integer('node_index').notNull(),
    pass: integer('pass').notNull(),
    wrong: integer('wrong').notNull(),
    slow: integer('slow').notNull(),
    network: integer('network').notNull(),
    void: integer('void').notNull(),
    medianMeasure: integer('median_measure').notNull(),
    medianElapsedMs: integer('median_elapsed_ms').notNull(),
    present: integer('present').notNull(),
    absent: integer('absent').notNull(),
    latencyMs: integer('latency_ms').notNull(),
    latencyHighMs: integer('latency_high_ms').notNull(),
    fills: integer('fills').notNull(),
    bandwidth: integer('bandwidth').notNull(),
    busy: integer('busy').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.validator, table.nodeIndex] })],
);

/** Draws whose transcript does not stand, as found here or told by peers. */
export const objections = sqliteTable(
  'objections',
  {
    epoch: integer('epoch').notNull(),
    validator: hex('validator').notNull(),
    slot: integer('slot').notNull(),
    draw: integer('draw').notNull(),
    raisedBy: hex('raised_by').notNull(),
    /** Null until replayed here. */
    confirmed: integer('confirmed', { mode: 'boolean' }),
    detail: text('detail'),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.validator, table.slot, table.draw] })],
);

/** Signed roots, our own and our peers'. Two in one place are evidence. */
export const statements = sqliteTable(
  'statements',
  {
    epoch: integer('epoch').notNull(),
    round: integer('round').notNull(),
    validator: hex('validator').notNull(),
    rootHash: hex('root_hash').notNull(),
    /** JSON of the EpochRoot. */
    root: text('root').notNull(),
    signature: hex('signature').notNull(),
    receivedAt: integer('received_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.round, table.validator, table.rootHash] })],
);

/** Report sets by their hash. */
export const reportSets = sqliteTable('report_sets', {
  hash: hex('hash').primaryKey(),
  epoch: integer('epoch').notNull(),
  /** JSON of the entries, in order. */
  entries: text('entries').notNull(),
});

/** Where a proposer's root was not ours. */
export const disagreements = sqliteTable(
  'disagreements',
  {
    epoch: integer('epoch').notNull(),
    round: integer('round').notNull(),
    validator: hex('validator').notNull(),
    detail: text('detail').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.round, table.validator] })],
);

/** Roots on chain that were computed again here (`final`), or could not be (`disputed`). */
export const roots = sqliteTable('roots', {
  epoch: integer('epoch').primaryKey(),
  rootHash: hex('root_hash').notNull(),
  root: text('root').notNull(),
  state: text('state').$type<'final' | 'disputed'>().notNull(),
  seats: integer('seats').notNull(),
  provisional: integer('provisional', { mode: 'boolean' }).notNull(),
  previousEpoch: integer('previous_epoch'),
  blockNumber: integer('block_number').notNull(),
  transactionHash: hex('transaction_hash').notNull(),
  finalAt: integer('final_at').notNull(),
  note: text('note'),
});

/** Both lines of a node: its score and its service. */
export const scores = sqliteTable(
  'scores',
  {
    epoch: integer('epoch').notNull(),
    nodeIndex: integer('node_index').notNull(),
    nodeId: hex('node_id').notNull(),
    scorePpm: integer('score_ppm').notNull(),
    ratePpm: integer('rate_ppm').notNull(),
    correctPpm: integer('correct_ppm').notNull(),
    samples: integer('samples').notNull(),
    effectiveSamples: integer('effective_samples').notNull(),
    measure: integer('measure').notNull(),
    elapsedMs: integer('elapsed_ms').notNull(),
    tier: integer('tier').notNull(),
    uptimePpm: integer('uptime_ppm').notNull(),
    uptimeLowPpm: integer('uptime_low_ppm').notNull(),
    uptimeSamples: integer('uptime_samples').notNull(),
    latencyMs: integer('latency_ms').notNull(),
    latencyHighMs: integer('latency_high_ms').notNull(),
    bandwidth: integer('bandwidth').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.nodeIndex] }), index('scores_by_node').on(table.nodeIndex, table.epoch)],
);

export const validatorScores = sqliteTable(
  'validator_scores',
  {
    epoch: integer('epoch').notNull(),
    seat: integer('seat').notNull(),
    validator: hex('validator').notNull(),
    weightPpm: integer('weight_ppm').notNull(),
    accuracyPpm: integer('accuracy_ppm').notNull(),
    agreementPpm: integer('agreement_ppm').notNull(),
    coveragePpm: integer('coverage_ppm').notNull(),
    /** Decimal, in the token's smallest unit. */
    reward: text('reward').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.seat] })],
);

/** Cumulative rewards under an epoch's root. */
export const rewards = sqliteTable(
  'rewards',
  {
    epoch: integer('epoch').notNull(),
    account: hex('account').notNull(),
    cumulative: text('cumulative').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.account] })],
);

/** Cumulative penalties under an epoch's root. */
export const penalties = sqliteTable(
  'penalties',
  {
    epoch: integer('epoch').notNull(),
    owner: hex('owner').notNull(),
    nodeId: hex('node_id').notNull(),
    cumulative: text('cumulative').notNull(),
  },
  (table) => [primaryKey({ columns: [table.epoch, table.owner, table.nodeId] })],
);

/** Provable faults that were found here, and how far their proof has come. */
export const faults = sqliteTable(
  'faults',
  {
    faultKey: hex('fault_key').primaryKey(),
    kind: text('kind').$type<'two-reports' | 'two-roots' | 'undrawn' | 'two-receipts'>().notNull(),
    offender: hex('offender').notNull(),
    epoch: integer('epoch').notNull(),
    state: text('state').$type<'found' | 'submitted' | 'proven' | 'executed' | 'refused'>().notNull(),
    /** JSON of the proof. */
    proof: text('proof').notNull(),
    detail: text('detail').notNull(),
    foundAt: integer('found_at').notNull(),
    /** Once it is known: its slash, and the Unix seconds from which that may be executed. */
    slashId: integer('slash_id'),
    executableAt: integer('executable_at'),
  },
  (table) => [index('faults_by_state').on(table.state, table.epoch)],
);
