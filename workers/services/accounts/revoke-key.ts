// Ends a key of the caller's tenant at once and for good. Revoking what is revoked changes nothing.
import type { KeyItem } from '../../../schema/api/accounts.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { keyItem } from './key-item.ts';
import type { AccountPorts, Caller } from './ports.ts';

type Ports = { readonly accounts: Pick<AccountPorts, 'store'>; readonly nowMs: () => number };

export const NO_KEY = 'This tenant has no key with this id. GET /v1/keys lists its keys.';

export async function revokeKey(
  { accounts, nowMs }: Ports,
  { caller, id }: { readonly caller: Caller; readonly id: string },
): Promise<Answer<KeyItem>> {
  const now = nowMs();
  const known = await accounts.store.revoke(caller.tenant, id, now);
  const row = known ? await accounts.store.key(caller.tenant, id) : null;
  return row === null ? missing('not-found', NO_KEY) : found(keyItem(row, now));
}
