// A tenant's counters in its object's SQLite. Windows are whole: they begin at multiples of their length, so that two callers' clocks that
// differ a little count into the same one.
import type { HoldAsk, QuotaAsk, QuotaWord } from '../services/accounts/ports.ts';

type Row = { began_at: number; used: number };

export function prepareQuota(sql: SqlStorage): void {
  sql.exec(
    'CREATE TABLE IF NOT EXISTS used (name TEXT PRIMARY KEY, began_at INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID',
  );
  sql.exec('CREATE TABLE IF NOT EXISTS holds (id TEXT PRIMARY KEY, place TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID');
}

/** Reads, decides and writes without an await in between: an object runs one of these at a time. */
export function takeFromSql(sql: SqlStorage, { name, limit, windowMs, amount, nowMs }: QuotaAsk): QuotaWord {
  const [row] = sql.exec<Row>('SELECT began_at, used FROM used WHERE name = ?', name).toArray();
  const beganNow = nowMs - (nowMs % windowMs);
  // A caller whose clock is a little behind does not open the last window again; one that was far ahead closes it for nobody.
  const isAhead = row !== undefined && row.began_at > beganNow && row.began_at - beganNow <= windowMs;
  const beganAt = isAhead ? row.began_at : beganNow;
  const before = row?.began_at === beganAt ? row.used : 0;
  const granted = amount <= 0 || before + amount <= limit;
  const used = granted ? Math.max(0, before + amount) : before;
  if (granted) {
    sql.exec('INSERT OR REPLACE INTO used (name, began_at, used) VALUES (?, ?, ?)', name, beganAt, used);
  }
  return { granted, used, resetAtMs: beganAt + windowMs };
}

/** The same for what is had at a time: those that have run out are no more, one that is there is renewed. */
export function holdInSql(sql: SqlStorage, { id, place, perPlace, perTenant, untilMs, nowMs }: HoldAsk): boolean {
  sql.exec('DELETE FROM holds WHERE until <= ?', nowMs);
  const others = sql.exec<{ place: string }>('SELECT place FROM holds WHERE id <> ?', id).toArray();
  if (others.length >= perTenant || others.filter((other) => other.place === place).length >= perPlace) return false;
  sql.exec('INSERT OR REPLACE INTO holds (id, place, until) VALUES (?, ?, ?)', id, place, untilMs);
  return true;
}

export function releaseInSql(sql: SqlStorage, id: string): void {
  sql.exec('DELETE FROM holds WHERE id = ?', id);
}

export const DAY_MS = 86_400_000;

/** Forgets what was used before today, the longest window; whether nothing is left. */
export function dropOver(sql: SqlStorage, nowMs: number): boolean {
  sql.exec('DELETE FROM used WHERE began_at < ?', nowMs - (nowMs % DAY_MS));
  sql.exec('DELETE FROM holds WHERE until <= ?', nowMs);
  return sql.exec('SELECT 1 FROM used UNION ALL SELECT 1 FROM holds LIMIT 1').toArray().length === 0;
}
