// Deletes a tenant and all that is its: rows of every part, and its counters. There is no way back.
import { found, missing, type Answer } from '../views/answer.ts';
import type { AccountPorts, Caller } from './ports.ts';

type Ports = { readonly accounts: Pick<AccountPorts, 'store' | 'quota'> };
type Input = { readonly caller: Caller; readonly confirm: string };

export async function forgetTenant({ accounts }: Ports, { caller, confirm }: Input): Promise<Answer<null>> {
  const { tenant } = caller;
  if (confirm !== tenant) {
    return missing('bad-query', 'confirm: must be this tenant’s own id, as GET /v1/tenant tells it. Nothing was deleted.');
  }
  await accounts.store.forget(tenant);
  // What is left of a counter that does not answer are three numbers under a name that nobody has any more.
  await accounts.quota.forget(tenant).catch(() => undefined);
  return found(null);
}
