// A tenant as it sees itself, and as the operator sees one that was just made.
import type { WhoAmI } from '../../../schema/api/accounts.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { ENDPOINTS_MAX } from './limits.ts';
import type { AccountPorts, Caller, Tenant } from './ports.ts';
import { QUOTAS } from './take-quota.ts';

type Ports = { readonly accounts: Pick<AccountPorts, 'store'> };

export function tenantItem({ tenant, name, wallet, createdAtMs, limits }: Tenant): Omit<WhoAmI, 'key'> {
  const inForce = {
    requestsPerMinute: QUOTAS.requests.limit(limits),
    auditsPerDay: QUOTAS.audits.limit(limits),
    endpointsMax: limits.endpointsMax ?? ENDPOINTS_MAX,
  };
  return { tenant, name, wallet, createdAtMs, limits: inForce };
}

export async function showTenant({ accounts }: Ports, { caller }: { readonly caller: Caller }): Promise<Answer<WhoAmI>> {
  const known = await accounts.store.tenant(caller.tenant);
  // Deleted between the look at its key and this one.
  if (known === null) return missing('gone', 'This tenant is no longer there.');
  return found({ ...tenantItem(known), key: { id: caller.key, scopes: [...caller.scopes] } });
}
