// The operator makes a tenant and its first key.
import type { CreateTenantBody, NewTenant } from '../../../schema/api/accounts.ts';
import { freshKey } from './key-item.ts';
import { ascii, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { randomText } from './key-text.ts';
import type { AccountPorts, Tenant } from './ports.ts';
import { tenantItem } from './show-tenant.ts';

type Ports = { readonly accounts: AccountPorts; readonly nowMs: () => number };

/** 95 bits: no two tenants ever share one. */
const ID_CHARS = 16;
export const FIRST_KEY = 'first key';

export const freshTenantId = ({ random }: Pick<AccountPorts, 'random'>): string => `tnt_${randomText(random, ID_CHARS)}`;

/** A wallet's tenant has the same id for ever: deleted and made again, it finds the counters of what it has used. */
export const walletTenantId = (wallet: Hex): string =>
  `tnt_${randomText((bytes) => sha256(ascii(`assay tenant of ${wallet.toLowerCase()}`)).subarray(0, bytes), ID_CHARS)}`;

export async function createTenant(
  { accounts, nowMs }: Ports,
  { body }: { readonly body: CreateTenantBody },
): Promise<NewTenant> {
  const now = nowMs();
  const { requestsPerMinute = null, auditsPerDay = null, endpointsMax = null } = body.limits;
  const tenant: Tenant = {
    ...{ tenant: freshTenantId(accounts), name: body.name, wallet: null, createdAtMs: now },
    limits: { requestsPerMinute, auditsPerDay, endpointsMax },
  };
  const lifeSeconds = body.expiresInSeconds ?? null;
  const wanted = { tenant: tenant.tenant, origin: 'made', name: FIRST_KEY, scopes: body.scopes, lifeSeconds } as const;
  const { row, told } = freshKey(accounts, wanted, now);
  await accounts.store.addTenant(tenant, row);
  return { tenant: tenantItem(tenant), key: told };
}
