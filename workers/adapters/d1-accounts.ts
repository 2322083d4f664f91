// Tenants, keys and nonces in D1. Whatever must hold between rows is a condition of the statement that writes, not a look before it: of two
// requests at once neither can slip through.
import type { Hex } from '../../protocol/bytes.ts';
import type { Scope } from '../../schema/api/accounts.ts';
import type { AccountStore, KeyBounds, LimitOverrides, StoredKey, Tenant } from '../services/accounts/ports.ts';
import { SIGN_IN_KEYS_LIVE_MAX } from '../services/accounts/limits.ts';
import { retried } from './retry.ts';
import { forgetStatements } from './tenant-tables.ts';

type LimitRow = { requests_per_minute: number | null; audits_per_day: number | null; endpoints_max: number | null };
type TenantRow = LimitRow & { tenant: string; name: string; wallet: Hex | null; created_at: number };
type KeyRow = {
  id: string;
  tenant: string;
  secret_hash: Hex;
  origin: StoredKey['origin'];
  name: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  successor: string | null;
};

const limitsOf = (row: LimitRow): LimitOverrides => ({
  requestsPerMinute: row.requests_per_minute,
  auditsPerDay: row.audits_per_day,
  endpointsMax: row.endpoints_max,
});

const tenantOf = (row: TenantRow): Tenant => ({
  ...{ tenant: row.tenant, name: row.name, wallet: row.wallet },
  limits: limitsOf(row),
  createdAtMs: row.created_at,
});

const keyOf = (row: KeyRow): StoredKey => ({
  ...{ id: row.id, tenant: row.tenant, secretHash: row.secret_hash, origin: row.origin, name: row.name },
  // Our own JSON, written below.
  scopes: JSON.parse(row.scopes) as Scope[],
  ...{ createdAtMs: row.created_at, expiresAtMs: row.expires_at, revokedAtMs: row.revoked_at },
  ...{ lastUsedAtMs: row.last_used_at, successor: row.successor },
});

const COLUMNS = 'id, tenant, secret_hash, origin, name, scopes, created_at, expires_at';
const valuesOf = (key: StoredKey): (string | number | null)[] => [
  ...[key.id, key.tenant, key.secretHash, key.origin, key.name, JSON.stringify(key.scopes), key.createdAtMs, key.expiresAtMs],
];

/** ?9 is now; a key is live while it is neither revoked nor expired. */
const LIVE = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?9)';

/** Only while the tenant is there and has room: ?10 live keys of this origin, ?11 rows. */
const INSERT_BOUNDED = `INSERT INTO api_keys (${COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
  WHERE EXISTS (SELECT 1 FROM tenants WHERE tenant = ?2)
  AND (SELECT count(*) FROM api_keys WHERE tenant = ?2 AND origin = ?4 AND ${LIVE}) < ?10
  AND (SELECT count(*) FROM api_keys WHERE tenant = ?2) < ?11`;

const changed = (result: D1Result | undefined): boolean => (result?.meta.changes ?? 0) > 0;

function tenantQueries(db: D1Database) {
  const insertTenant = (tenant: Tenant, orIgnore: '' | 'OR IGNORE'): D1PreparedStatement => {
    const columns = 'tenant, name, wallet, requests_per_minute, audits_per_day, endpoints_max, created_at';
    const { requestsPerMinute, auditsPerDay, endpointsMax } = tenant.limits;
    return db
      .prepare(`INSERT ${orIgnore} INTO tenants (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
      .bind(tenant.tenant, tenant.name, tenant.wallet, requestsPerMinute, auditsPerDay, endpointsMax, tenant.createdAtMs);
  };
  return {
    addTenant: async (tenant, firstKey) => {
      const key = db.prepare(`INSERT INTO api_keys (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`).bind(...valuesOf(firstKey));
      await db.batch([insertTenant(tenant, ''), key]);
    },
    tenantOfWallet: async (wallet, fresh) => {
      const select = db.prepare('SELECT tenant FROM tenants WHERE wallet = ?').bind(wallet);
      const [, found] = await retried(() => db.batch<{ tenant: string }>([insertTenant(fresh, 'OR IGNORE'), select]));
      return found?.results[0]?.tenant ?? fresh.tenant;
    },
    tenant: async (tenant) => {
      const row = await db.prepare('SELECT * FROM tenants WHERE tenant = ?').bind(tenant).first<TenantRow>();
      return row === null ? null : tenantOf(row);
    },
    forget: async (tenant) => {
      const statements = await forgetStatements(db, tenant);
      await retried(() => db.batch(statements));
    },
  } satisfies Partial<AccountStore>;
}

function keyReads(db: D1Database) {
  return {
    keyById: async (id) => {
      const query = `SELECT k.*, t.requests_per_minute, t.audits_per_day, t.endpoints_max
        FROM api_keys k JOIN tenants t ON t.tenant = k.tenant WHERE k.id = ?`;
      const row = await db.prepare(query).bind(id).first<KeyRow & LimitRow>();
      return row === null ? null : { key: keyOf(row), limits: limitsOf(row) };
    },
    key: async (tenant, id) => {
      const row = await db.prepare('SELECT * FROM api_keys WHERE id = ? AND tenant = ?').bind(id, tenant).first<KeyRow>();
      return row === null ? null : keyOf(row);
    },
    keys: async (tenant, { before, limit }) => {
      const query = `SELECT * FROM api_keys WHERE tenant = ?1 AND (created_at, id) < (?2, ?3) ORDER BY created_at DESC, id DESC LIMIT ?4`;
      const place = before ?? { createdAtMs: Number.MAX_SAFE_INTEGER, id: '' };
      const { results } = await db.prepare(query).bind(tenant, place.createdAtMs, place.id, limit).all<KeyRow>();
      return results.map(keyOf);
    },
  } satisfies Partial<AccountStore>;
}

function keyWrites(db: D1Database) {
  const prune = ({ tenant }: StoredKey, { deadBeforeMs }: KeyBounds): D1PreparedStatement =>
    db.prepare('DELETE FROM api_keys WHERE tenant = ?1 AND (revoked_at < ?2 OR expires_at < ?2)').bind(tenant, deadBeforeMs);
  const insert = (key: StoredKey, { live, rows, nowMs }: KeyBounds): D1PreparedStatement =>
    db.prepare(INSERT_BOUNDED).bind(...valuesOf(key), nowMs, live, rows);
  return {
    addKey: async (key, bounds) => {
      const [, inserted] = await db.batch([prune(key, bounds), insert(key, bounds)]);
      return changed(inserted);
    },
    addSignInKey: async (key, bounds) => {
      const oldest = `UPDATE api_keys SET revoked_at = ?2 WHERE id IN (SELECT id FROM api_keys
        WHERE tenant = ?1 AND origin = 'sign-in' AND revoked_at IS NULL AND expires_at > ?2 ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?3)`;
      const revoke = db.prepare(oldest).bind(key.tenant, bounds.nowMs, SIGN_IN_KEYS_LIVE_MAX - 1);
      const results = await db.batch([prune(key, bounds), revoke, insert(key, bounds)]);
      return changed(results[2]);
    },
    rotate: async (old, successor, endsAtMs, bounds) => {
      // The old key is ended only where the successor was stored: both or neither.
      const guarded = `${INSERT_BOUNDED}
        AND EXISTS (SELECT 1 FROM api_keys WHERE id = ?12 AND tenant = ?2 AND successor IS NULL AND ${LIVE})`;
      const add = db.prepare(guarded).bind(...valuesOf(successor), bounds.nowMs, bounds.live, bounds.rows, old.id);
      const end = db
        .prepare(
          `UPDATE api_keys SET successor = ?2, expires_at = min(coalesce(expires_at, ?3), ?3)
           WHERE id = ?1 AND successor IS NULL AND EXISTS (SELECT 1 FROM api_keys WHERE id = ?2 AND secret_hash = ?4)`,
        )
        .bind(old.id, successor.id, endsAtMs, successor.secretHash);
      const results = await db.batch([prune(old, bounds), add, end]);
      return changed(results[1]);
    },
    revoke: async (tenant, id, nowMs) => {
      const update = 'UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3) WHERE id = ?1 AND tenant = ?2';
      return changed(await retried(() => db.prepare(update).bind(id, tenant, nowMs).run()));
    },
    used: async (id, nowMs) => {
      const update = 'UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, 0) < ?2';
      await db.prepare(update).bind(id, nowMs).run();
    },
  } satisfies Partial<AccountStore>;
}

function nonceWrites(db: D1Database) {
  return {
    addNonce: async ({ slot, nonce, expiresAtMs }) => {
      const insert = 'INSERT OR REPLACE INTO sign_in_nonces (slot, nonce, expires_at) VALUES (?, ?, ?)';
      await retried(() => db.prepare(insert).bind(slot, nonce, expiresAtMs).run());
    },
    takeNonce: async ({ slot, nonce }, nowMs) => {
      const take = 'DELETE FROM sign_in_nonces WHERE slot = ? AND nonce = ? RETURNING expires_at';
      const row = await db.prepare(take).bind(slot, nonce).first<{ expires_at: number }>();
      return row !== null && nowMs < row.expires_at;
    },
  } satisfies Partial<AccountStore>;
}

export function d1Accounts(db: D1Database): AccountStore {
  return { ...tenantQueries(db), ...keyReads(db), ...keyWrites(db), ...nonceWrites(db) };
}
