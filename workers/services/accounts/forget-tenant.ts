// Deletes a tenant and all that is its: rows of every part at once, and its counters when the day is over that they count. There is no way
// back.
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
  // What is left of a counter that does not answer are a few numbers under a name that tells nothing.
  await accounts.quota.forget(tenant).catch(() => undefined);
  return found(null);
}
