// Makes a key for the caller's tenant. It can do nothing that the key in use cannot.
import type { CreateKeyBody, NewKey, Scope } from '../../../schema/api/accounts.ts';
import { found, missing, type Answer, type Missing } from '../views/answer.ts';
import { freshKey, keyBounds, TOO_MANY } from './key-item.ts';
import type { AccountPorts, Caller } from './ports.ts';

type Ports = { readonly accounts: AccountPorts; readonly nowMs: () => number };

/** The problem of scopes beyond the caller's own; null for none. */
export function beyond(caller: Caller, scopes: readonly Scope[]): Missing | null {
  const others = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (others.length === 0) return null;
  return missing('forbidden', `A key can make keys with scopes of its own only; this one lacks ${others.join(', ')}.`);
}

export async function createKey(
  { accounts, nowMs }: Ports,
  { caller, body }: { readonly caller: Caller; readonly body: CreateKeyBody },
): Promise<Answer<NewKey>> {
  const refused = beyond(caller, body.scopes);
  if (refused !== null) return refused;
  const now = nowMs();
  const { name, scopes, expiresInSeconds } = body;
  const wanted = { tenant: caller.tenant, origin: 'made', name, scopes, lifeSeconds: expiresInSeconds ?? null } as const;
  const { row, told } = freshKey(accounts, wanted, now);
  return (await accounts.store.addKey(row, keyBounds(now))) ? found(told) : missing('conflict', TOO_MANY);
}
