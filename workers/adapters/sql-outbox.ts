// The sender's memory in its object's SQLite: what was signed, what is to be sent, each signed transaction before it is broadcast.
// Output gates hold a broadcast back until the write before it is durable.
import type { Hex } from '../../protocol/bytes.ts';
import type { Statement } from '../../protocol/consensus/types.ts';
import type { Attempt, Intent, Outbox } from '../services/sending/ports.ts';
import type { SignedReport } from '../services/ports.ts';
import type { SigningLock } from '../services/sending/sign-once.ts';

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS intents (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, target TEXT NOT NULL, data TEXT NOT NULL, state TEXT NOT NULL,
   nonce INTEGER, hash TEXT, block INTEGER, reason TEXT, added_at INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS attempts (id INTEGER PRIMARY KEY, key TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, raw TEXT NOT NULL, nonce INTEGER NOT NULL,
   gas TEXT NOT NULL, max_fee TEXT NOT NULL, priority_fee TEXT NOT NULL, sent_at INTEGER NOT NULL)`,
  'CREATE TABLE IF NOT EXISTS signed (epoch INTEGER PRIMARY KEY, report TEXT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS signed_roots (epoch INTEGER NOT NULL, round INTEGER NOT NULL, statement TEXT NOT NULL, PRIMARY KEY (epoch, round))',
  'CREATE TABLE IF NOT EXISTS begun (id INTEGER PRIMARY KEY CHECK (id = 1), resume_at INTEGER NOT NULL)',
];

/** A nonce in use goes first; a report has a deadline, a root has other posters, all else can wait. */
const TURN = "state = 'queued', key NOT LIKE 'report:%', key NOT LIKE 'root:%', id";

type IntentRow = {
  key: string;
  target: Hex;
  data: Hex;
  state: Intent['state'];
  nonce: number | null;
  hash: Hex | null;
  block: number | null;
  reason: string | null;
};
type AttemptRow = { hash: Hex; raw: Hex; nonce: number; gas: string; max_fee: string; priority_fee: string; sent_at: number };

const intentOf = ({ key, target, data, state, nonce, hash, block, reason }: IntentRow): Intent => ({
  ...{ key, to: target, data, state, nonce, reason },
  transactionHash: hash,
  blockNumber: block,
});

const attemptOf = (row: AttemptRow): Attempt => ({
  ...{ hash: row.hash, raw: row.raw, nonce: row.nonce, sentAt: row.sent_at },
  fees: { gas: BigInt(row.gas), maxFeePerGas: BigInt(row.max_fee), maxPriorityFeePerGas: BigInt(row.priority_fee) },
});

export function prepareTables(sql: SqlStorage): void {
  for (const statement of SCHEMA) sql.exec(statement);
}

export function sqlOutbox(sql: SqlStorage): Outbox {
  const one = (query: string, ...values: string[]): Intent | null => {
    const [row] = sql.exec<IntentRow>(query, ...values).toArray();
    return row === undefined ? null : intentOf(row);
  };
  return {
    intent: (key) => one('SELECT * FROM intents WHERE key = ?', key),
    pending: (limit) =>
      sql
        .exec<IntentRow>(`SELECT * FROM intents WHERE state IN ('queued', 'sent') ORDER BY ${TURN} LIMIT ?`, limit)
        .toArray()
        .map(intentOf),
    add: (key, { to, data }, nowMs) => {
      sql.exec(
        "INSERT OR IGNORE INTO intents (key, target, data, state, added_at) VALUES (?, ?, ?, 'queued', ?)",
        key,
        to,
        data,
        nowMs,
      );
    },
    attempts: (key) => sql.exec<AttemptRow>('SELECT * FROM attempts WHERE key = ? ORDER BY id', key).toArray().map(attemptOf),
    record: (key, { hash, raw, nonce, fees, sentAt }) => {
      const numbers = [fees.gas, fees.maxFeePerGas, fees.maxPriorityFeePerGas].map(String);
      const insert =
        'INSERT OR IGNORE INTO attempts (key, hash, raw, nonce, gas, max_fee, priority_fee, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
      sql.exec(insert, key, hash, raw, nonce, ...numbers, sentAt);
      sql.exec("UPDATE intents SET state = 'sent', nonce = ? WHERE key = ?", nonce, key);
    },
    confirm: (key, hash, blockNumber) => {
      sql.exec("UPDATE intents SET state = 'confirmed', hash = ?, block = ? WHERE key = ?", hash, blockNumber, key);
    },
    reject: (key, reason) => {
      sql.exec("UPDATE intents SET state = 'rejected', reason = ? WHERE key = ?", reason, key);
    },
    restart: (key) => {
      sql.exec('DELETE FROM attempts WHERE key = ?', key);
      sql.exec("UPDATE intents SET state = 'queued', nonce = NULL WHERE key = ?", key);
    },
  };
}

export function sqlSigningLock(sql: SqlStorage): SigningLock {
  return {
    signed: (epoch) => {
      const [row] = sql.exec<{ report: string }>('SELECT report FROM signed WHERE epoch = ?', epoch).toArray();
      return row === undefined ? null : (JSON.parse(row.report) as SignedReport);
    },
    keep: (signed) => {
      sql.exec('INSERT INTO signed (epoch, report) VALUES (?, ?)', signed.report.epoch, JSON.stringify(signed));
    },
    signedRoot: (epoch, round) => {
      const query = 'SELECT statement FROM signed_roots WHERE epoch = ? AND round = ?';
      const [row] = sql.exec<{ statement: string }>(query, epoch, round).toArray();
      return row === undefined ? null : (JSON.parse(row.statement) as Statement);
    },
    keepRoot: (statement) => {
      const { epoch, round } = statement.root;
      sql.exec('INSERT INTO signed_roots (epoch, round, statement) VALUES (?, ?, ?)', epoch, round, JSON.stringify(statement));
    },
    resumeAt: () => sql.exec<{ resume_at: number }>('SELECT resume_at FROM begun').toArray()[0]?.resume_at ?? null,
    begin: (resumeAt) => {
      sql.exec('INSERT OR IGNORE INTO begun (id, resume_at) VALUES (1, ?)', resumeAt);
    },
  };
}
