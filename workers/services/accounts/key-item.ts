// A key as its tenant sees it: everything but the secret.
import type { KeyItem, NewKey } from '../../../schema/api/accounts.ts';
import { isLive } from './authenticate.ts';
import { freshKeyText, keyText, secretHash } from './key-text.ts';
import { DEAD_KEY_DAYS, KEY_ROWS_MAX, KEYS_LIVE_MAX } from './limits.ts';
import type { AccountPorts, KeyBounds, StoredKey } from './ports.ts';

export function keyItem(key: StoredKey, nowMs: number): KeyItem {
  const ended = key.revokedAtMs === null ? 'expired' : 'revoked';
  return {
    ...{ id: key.id, prefix: `assay_${key.id}`, name: key.name, scopes: [...key.scopes] },
    ...{ state: isLive(key, nowMs) ? 'live' : ended, origin: key.origin, createdAtMs: key.createdAtMs },
    ...{ expiresAtMs: key.expiresAtMs, revokedAtMs: key.revokedAtMs, lastUsedAtMs: key.lastUsedAtMs, successor: key.successor },
  };
}

type Wanted = Pick<StoredKey, 'tenant' | 'origin' | 'name' | 'scopes'> & { readonly lifeSeconds: number | null };

/** A key that nobody had before: its row, and what is told of it this once. */
export function freshKey(
  { random }: Pick<AccountPorts, 'random'>,
  { tenant, origin, name, scopes, lifeSeconds }: Wanted,
  nowMs: number,
): { readonly row: StoredKey; readonly told: NewKey } {
  const parts = freshKeyText(random);
  const row: StoredKey = {
    ...{ id: parts.id, tenant, secretHash: secretHash(parts.secret), origin, name, scopes, createdAtMs: nowMs },
    expiresAtMs: lifeSeconds === null ? null : nowMs + 1000 * lifeSeconds,
    ...{ revokedAtMs: null, lastUsedAtMs: null, successor: null },
  };
  return { row, told: { ...keyItem(row, nowMs), key: keyText(parts) } };
}

/** What a new key is stored within. */
export function keyBounds(nowMs: number, live = KEYS_LIVE_MAX): KeyBounds {
  return { live, rows: KEY_ROWS_MAX, nowMs, deadBeforeMs: nowMs - DEAD_KEY_DAYS * 86_400_000 };
}

export const TOO_MANY = `A tenant has ${String(KEYS_LIVE_MAX)} live keys at most, and ${String(KEY_ROWS_MAX)} with those that ended in the last ${String(DEAD_KEY_DAYS)} days. Revoke what is not used.`;
