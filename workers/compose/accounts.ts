// Environment → the ports of the accounts part.
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { d1Accounts } from '../adapters/d1-accounts.ts';
import { quotaObject } from '../adapters/quota-object.ts';
import { DAY_MS, dropOver, holdInSql, prepareQuota, releaseInSql, takeFromSql } from '../adapters/sql-quota.ts';
import type { Env } from '../env.ts';
import { ADMIN_KEY_CHARS_MIN } from '../services/accounts/limits.ts';
import type { AccountPorts, HoldAsk, QuotaAsk, QuotaWord } from '../services/accounts/ports.ts';

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

export type Counters = {
  readonly take: (ask: QuotaAsk) => QuotaWord;
  readonly hold: (ask: HoldAsk) => boolean;
  readonly release: (id: string) => void;
  /** Drops what is over; whether nothing is left. */
  readonly dropOver: (nowMs: number) => boolean;
};

/** When every window that is open now is over. */
export const windowsEndMs = (nowMs: number): number => nowMs - (nowMs % DAY_MS) + DAY_MS;

/** The counters of the Quota object over its own storage. */
export function composeQuota(sql: SqlStorage): Counters {
  prepareQuota(sql);
  return {
    take: (ask) => takeFromSql(sql, ask),
    hold: (ask) => holdInSql(sql, ask),
    release: (id) => {
      releaseInSql(sql, id);
    },
    dropOver: (nowMs) => dropOver(sql, nowMs),
  };
}
