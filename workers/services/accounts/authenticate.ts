// From the text of a key to who asks. Whatever is wrong with a key that may be one, the outcome is the same and takes the same steps: whether
// an id exists, is revoked or expired is for its tenant to see, in the list of its keys.
import type { Hex } from '../../../protocol/bytes.ts';
import { parseKeyText, sameHash, secretHash } from './key-text.ts';
import { LAST_USE_MS } from './limits.ts';
import type { AccountPorts, Caller, StoredKey } from './ports.ts';

/** `mistyped` follows from the text alone. */
export type Authenticated =
  { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly why: 'mistyped' | 'refused' };

type Ports = { readonly accounts: Pick<AccountPorts, 'store'>; readonly nowMs: () => number };

/** Compared with where there is no key, so that there is always a comparison. No text has this hash that anybody knows. */
const NO_HASH: Hex = `0x${'00'.repeat(32)}`;

export function isLive(key: Pick<StoredKey, 'revokedAtMs' | 'expiresAtMs'>, nowMs: number): boolean {
  return key.revokedAtMs === null && (key.expiresAtMs === null || nowMs < key.expiresAtMs);
}

export async function authenticate({ accounts, nowMs }: Ports, text: string): Promise<Authenticated> {
  const parsed = parseKeyText(text);
  if (parsed === null) return { ok: false, why: 'mistyped' };
  const given = secretHash(parsed.secret);
  const known = await accounts.store.keyById(parsed.id);
  const isSame = sameHash(given, known?.key.secretHash ?? NO_HASH);
  const now = nowMs();
  if (known === null || !isSame || !isLive(known.key, now)) return { ok: false, why: 'refused' };
  const { key, limits } = known;
  if (key.lastUsedAtMs === null || now - key.lastUsedAtMs >= LAST_USE_MS) await noteUse(accounts, key.id, now);
  return { ok: true, caller: { tenant: key.tenant, key: key.id, scopes: key.scopes, limits } };
}

/** A last use that could not be stored is no reason to refuse a good key. */
async function noteUse({ store }: Pick<AccountPorts, 'store'>, id: string, nowMs: number): Promise<void> {
  try {
    await store.used(id, nowMs);
  } catch {
    // the next request tries again
  }
}
