// What a wallet is to sign: the fields of the message, and a nonce that is good once and for ten minutes. A nonce stands in one of a fixed
// number of slots, which its first bytes name; so their number is bounded, and nothing has to be cleaned up.
import type { SignInNonce } from '../../../schema/api/accounts.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { randomText } from './key-text.ts';
import { NONCE_SECONDS, NONCE_SLOTS } from './limits.ts';
import type { AccountPorts } from './ports.ts';

type Settings = { readonly chainId: number; readonly publicUrl: string | null };
type Ports = { readonly accounts: AccountPorts; readonly nowMs: () => number; readonly settings: Settings };

/** 131 bits. */
const NONCE_CHARS = 22;
export const NONCE_PATTERN = /^[0-9A-Za-z]{22}$/;
export const STATEMENT = 'Sign in to the Assay audit API. This makes a key that is valid for 24 hours and moves no funds.';

/** FNV-1a: spreads chance over the slots, and protects nothing. */
export function slotOf(nonce: string): number {
  let hash = 0x811c9dc5;
  for (const char of nonce) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash % NONCE_SLOTS;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
export const NO_PLACE =
  'Wallets cannot sign in here: this deployment has no PUBLIC_URL, so that it cannot tell its own name from one that a stranger gave it. Its operator sets it.';

/**
 * Whom the message is for: the place that the operator names. What a request says of its host is no name of ours, as a stranger's page could
 * have a wallet sign for it; on this machine alone it is believed. Null where there is none.
 */
export function placeOf({ publicUrl }: Settings, origin: string): { readonly domain: string; readonly uri: string } | null {
  const { host, hostname } = new URL(publicUrl ?? origin);
  if (publicUrl === null && !LOOPBACK.has(hostname)) return null;
  return { domain: host, uri: publicUrl ?? origin };
}

export async function issueNonce(
  { accounts, nowMs, settings }: Ports,
  { origin }: { readonly origin: string },
): Promise<Answer<SignInNonce>> {
  const place = placeOf(settings, origin);
  if (place === null) return missing('forbidden', NO_PLACE);
  const nonce = randomText(accounts.random, NONCE_CHARS);
  const expiresAtMs = nowMs() + 1000 * NONCE_SECONDS;
  await accounts.store.addNonce({ slot: slotOf(nonce), nonce, expiresAtMs });
  return found({ nonce, ...place, version: '1', chainId: settings.chainId, statement: STATEMENT, expiresAtMs });
}
