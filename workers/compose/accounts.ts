// Environment → the ports of the accounts part.
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { d1Accounts } from '../adapters/d1-accounts.ts';
import { quotaObject } from '../adapters/quota-object.ts';
import { prepareQuota, takeFromSql } from '../adapters/sql-quota.ts';
import type { Env } from '../env.ts';
import { ADMIN_KEY_CHARS_MIN } from '../services/accounts/limits.ts';
import type { AccountPorts, QuotaAsk, QuotaWord } from '../services/accounts/ports.ts';

export function accountPorts(env: Env): AccountPorts {
  return {
    store: d1Accounts(env.DB),
    quota: quotaObject(env.QUOTA),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    adminKeyHash: () => {
      const key = (env.ADMIN_KEY ?? '').trim();
      return key.length < ADMIN_KEY_CHARS_MIN ? null : toHex(sha256(new TextEncoder().encode(key)));
    },
  };
}

/** The counters of the Quota object over its own storage. */
export function composeQuota(sql: SqlStorage): { readonly take: (ask: QuotaAsk) => QuotaWord } {
  prepareQuota(sql);
  return { take: (ask) => takeFromSql(sql, ask) };
}
