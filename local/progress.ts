// What the validator has done so far, read from its own ledger. Only local tools may look here: the public API shows nothing of an
// epoch before it is sealed and revealed.
import type { EpochState } from '../schema/tables/index.ts';
import type { Outcome, Reason } from '../protocol/verdict.ts';
import type { Hex } from '../protocol/bytes.ts';
import type { Database } from './edge.ts';

export type Counts = { readonly pass: number; readonly fail: number; readonly void: number };

export type EpochProgress = Counts & {
  readonly epoch: number;
  readonly state: EpochState;
  /** Known once sealed. */
  readonly due: number | null;
  readonly done: number | null;
  readonly root: Hex | null;
  readonly transactionHash: Hex | null;
  readonly note: string | null;
  /** Counts of FAIL and VOID reasons. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
};

export type Tally = { readonly nodeIndex: number; readonly outcome: Outcome; readonly reason: Reason; readonly n: number };
export type Trouble = { readonly step: string; readonly code: string; readonly message: string };

type EpochRow = {
  readonly epoch: number;
  readonly state: EpochState;
  readonly due: number | null;
  readonly done: number | null;
  readonly audit_root: Hex | null;
  readonly transaction_hash: Hex | null;
  readonly note: string | null;
};
type CountRow = { readonly epoch: number; readonly outcome: Outcome; readonly reason: Reason; readonly n: number };

async function rows<T>(database: Database, sql: string, ...values: readonly number[]): Promise<T[]> {
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<T>();
  return results;
}

/** All epochs from the given one on, oldest first. */
export async function readProgress(database: Database, from = 0): Promise<EpochProgress[]> {
  const [epochs, counts] = await Promise.all([
    rows<EpochRow>(
      database,
      'SELECT epoch, state, due, done, audit_root, transaction_hash, note FROM epochs WHERE epoch >= ? ORDER BY epoch',
      from,
    ),
    rows<CountRow>(
      database,
      'SELECT epoch, outcome, reason, count(*) AS n FROM audits WHERE epoch >= ? GROUP BY epoch, outcome, reason',
      from,
    ),
  ]);
  return epochs.map((row) => {
    const own = counts.filter(({ epoch }) => epoch === row.epoch);
    const sum = (outcome: Outcome): number =>
      own.filter((count) => count.outcome === outcome).reduce((n, count) => n + count.n, 0);
    return {
      epoch: row.epoch,
      state: row.state,
      due: row.due,
      done: row.done,
      root: row.audit_root,
      transactionHash: row.transaction_hash,
      note: row.note,
      pass: sum('pass'),
      fail: sum('fail'),
      void: sum('void'),
      reasons: Object.fromEntries(own.filter(({ reason }) => reason !== 'none').map(({ reason, n }) => [reason, n])),
    };
  });
}

/** Verdicts by node over the epochs from one to another. */
export async function readTallies(database: Database, from: number, to: number): Promise<Tally[]> {
  return rows<Tally>(
    database,
    'SELECT node_index AS nodeIndex, outcome, reason, count(*) AS n FROM audits WHERE epoch BETWEEN ? AND ? GROUP BY 1, 2, 3',
    from,
    to,
  );
}

/** What the Worker says is wrong, newest first. */
export async function readTroubles(database: Database): Promise<Trouble[]> {
  return rows<Trouble>(database, 'SELECT step, code, message FROM troubles ORDER BY last DESC');
}
