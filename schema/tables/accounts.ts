// The accounts' part of D1: tenants, their keys, nonces of sign-ins. What any tenant owns has a column `tenant`, by which its data are
// deleted (workers/adapters/tenant-tables.ts).
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Hex } from '../../protocol/bytes.ts';

export const tenants = sqliteTable(
  'tenants',
  {
    tenant: text('tenant').primaryKey().notNull(),
    name: text('name').notNull(),
    /** Lower-case address of who signed in with it; null for tenants that the operator made. */
    wallet: text('wallet').$type<Hex>(),
    /** Its own limits; null for the usual ones (workers/services/accounts/limits.ts). */
    requestsPerMinute: integer('requests_per_minute'),
    auditsPerDay: integer('audits_per_day'),
    endpointsMax: integer('endpoints_max'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('tenants_by_wallet').on(table.wallet)],
);

export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** The visible characters of the key: the key reads `assay_<id>_…`. */
    id: text('id').primaryKey().notNull(),
    tenant: text('tenant').notNull(),
    /** SHA-256 of the secret part; 256 bits of chance need no slow hash. */
    secretHash: text('secret_hash').$type<Hex>().notNull(),
    /** `sign-in`: made by a wallet's signature, and bounded in number by taking the oldest back. */
    origin: text('origin').$type<'made' | 'sign-in'>().notNull(),
    name: text('name').notNull(),
    /** JSON array of scopes. */
    scopes: text('scopes').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    /** Written at most once a minute. */
    lastUsedAt: integer('last_used_at'),
    /** The key that replaced it at rotation. */
    successor: text('successor'),
  },
  (table) => [index('api_keys_by_tenant').on(table.tenant, table.createdAt)],
);

/** One nonce a slot; a new one replaces what its slot held, so that their number is bounded without a clean-up. */
export const signInNonces = sqliteTable('sign_in_nonces', {
  slot: integer('slot').primaryKey(),
  nonce: text('nonce').notNull(),
  expiresAt: integer('expires_at').notNull(),
});
