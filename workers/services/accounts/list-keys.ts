// The caller's tenant's keys, newest first.
import type { KeyList } from '../../../schema/api/accounts.ts';
import { keyCursor, type TenantCursor } from '../../../schema/api/tenant-cursors.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { keyItem } from './key-item.ts';
import type { AccountPorts, Caller } from './ports.ts';

type Ports = { readonly accounts: Pick<AccountPorts, 'store'>; readonly nowMs: () => number };
type Input = { readonly caller: Caller; readonly limit: number; readonly cursor?: TenantCursor | undefined };

export async function listKeys({ accounts, nowMs }: Ports, { caller, limit, cursor }: Input): Promise<Answer<KeyList>> {
  const { tenant } = caller;
  const place = cursor === undefined ? null : keyCursor.open(tenant, cursor);
  if (cursor !== undefined && place === null) {
    return missing('bad-cursor', 'cursor: not a cursor of this list; take it from the `next` of an answer.');
  }
  const before = place === null ? null : { createdAtMs: place.atMs, id: place.id };
  const rows = await accounts.store.keys(tenant, { before, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next =
    rows.length > limit && last !== undefined ? keyCursor.encode(tenant, { atMs: last.createdAtMs, id: last.id }) : null;
  return found({ items: items.map((row) => keyItem(row, nowMs())), next });
}
