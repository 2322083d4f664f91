// Tenants and keys as the API would have made them, for tests of routes that need one.
import { SCOPES, type Scope } from '../../../schema/api/accounts.ts';
import { d1Accounts } from '../../../workers/adapters/d1-accounts.ts';
import { freshKeyText, keyText, secretHash } from '../../../workers/services/accounts/key-text.ts';
import type { LimitOverrides, StoredKey } from '../../../workers/services/accounts/ports.ts';
import { bindings } from './web-env.ts';

export type TestTenant = {
  readonly tenant: string;
  /** What goes into `authorization: Bearer …`. */
  readonly key: string;
  readonly keyId: string;
  /** Headers of a request by it. */
  readonly headers: Readonly<Record<string, string>>;
};

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));
const USUAL: LimitOverrides = { requestsPerMinute: null, auditsPerDay: null, endpointsMax: null };

const made = (id: string, tenant: string, text: string): TestTenant => ({
  ...{ tenant, key: text, keyId: id },
  headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
});

/** A key's row and its text. */
export function freshKey(tenant: string, change: Partial<StoredKey> = {}): { key: StoredKey; text: string } {
  const parts = freshKeyText(random);
  const key: StoredKey = {
    ...{ id: parts.id, tenant, secretHash: secretHash(parts.secret), origin: 'made', name: 'of a test', scopes: SCOPES },
    ...{ createdAtMs: 1_790_000_000_000, expiresAtMs: null, revokedAtMs: null, lastUsedAtMs: null, successor: null },
    ...change,
  };
  return { key, text: keyText(parts) };
}

/** A tenant with one key; all scopes unless said otherwise. */
export async function seedTenant(
  tenant: string,
  scopes: readonly Scope[] = SCOPES,
  limits: Partial<LimitOverrides> = {},
): Promise<TestTenant> {
  const { key, text } = freshKey(tenant, { scopes });
  const row = { tenant, name: tenant, wallet: null, limits: { ...USUAL, ...limits }, createdAtMs: key.createdAtMs };
  await d1Accounts(bindings.DB).addTenant(row, key);
  return made(key.id, tenant, text);
}

/** Another key of a tenant that is there. */
export async function seedKey(tenant: string, change: Partial<StoredKey> = {}): Promise<TestTenant> {
  const { key, text } = freshKey(tenant, change);
  const bounds = { live: 1_000, rows: 1_000, nowMs: 0, deadBeforeMs: 0 };
  if (!(await d1Accounts(bindings.DB).addKey(key, bounds))) throw new Error('The key was not stored.');
  const { expiresAtMs, revokedAtMs } = key;
  if (expiresAtMs !== null || revokedAtMs !== null) {
    const update = 'UPDATE api_keys SET expires_at = ?, revoked_at = ? WHERE id = ?';
    await bindings.DB.prepare(update).bind(expiresAtMs, revokedAtMs, key.id).run();
  }
  return made(key.id, tenant, text);
}
