// Takes from a tenant's quota, which its counter decides exactly: of any number of requests at once, as many get through as there is room
// for. Where the counter does not answer, reading goes on (`requests`), and what costs others something does not (all others). What a tenant may
// have of a thing at a time, such as endpoints, is a condition of the statement that stores one, and needs no counter.
import { AUDITS_PER_DAY, NEW_WALLETS_PER_HOUR, REPLAYS_PER_HOUR, REQUESTS_PER_MINUTE, TESTS_PER_HOUR } from './limits.ts';
import type { AccountPorts, LimitOverrides, QuotaAsk, QuotaName } from './ports.ts';

type Ports = { readonly accounts: Pick<AccountPorts, 'store' | 'quota'>; readonly nowMs: () => number };

/** What RateLimit headers tell. */
export type QuotaState = {
  readonly name: QuotaAsk['name'];
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
  readonly resetSeconds: number;
};

/** An Answer (../views/answer.ts) with the quota's state; null where its counter did not answer. */
export type Taken =
  | { readonly ok: true; readonly value: QuotaState | null }
  | { readonly ok: false; readonly code: 'over-quota'; readonly detail: string; readonly quota: QuotaState }
  | { readonly ok: false; readonly code: 'unavailable'; readonly detail: string; readonly quota: null };

type Rule = {
  readonly windowMs: number;
  readonly limit: (own: LimitOverrides) => number;
  /** Of which unit, in words. */
  readonly of: string;
  readonly whenSilent: 'go-on' | 'refuse';
};

const HOUR_MS = 3_600_000;

export const QUOTAS: Readonly<Record<QuotaName, Rule>> = {
  requests: {
    windowMs: 60_000,
    limit: (own) => own.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    of: 'requests a minute',
    whenSilent: 'go-on',
  },
  audits: {
    windowMs: 86_400_000,
    limit: (own) => own.auditsPerDay ?? AUDITS_PER_DAY,
    of: 'audits on demand a day (UTC)',
    whenSilent: 'refuse',
  },
  // Both send to addresses that the caller chose.
  tests: { windowMs: HOUR_MS, limit: () => TESTS_PER_HOUR, of: 'test events an hour', whenSilent: 'refuse' },
  replays: { windowMs: HOUR_MS, limit: () => REPLAYS_PER_HOUR, of: 'replays an hour', whenSilent: 'refuse' },
};

const USUAL: LimitOverrides = { requestsPerMinute: null, auditsPerDay: null, endpointsMax: null };

const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));

function refusal({ of }: Rule, limit: number, resetSeconds: number): string {
  return `This tenant has ${String(limit)} ${of}, and they are used up. Try again in ${String(resetSeconds)} s, or ask the operator for more.`;
}

/** The same where the tenant's own limits are known already, as a Caller has them. */
export async function takeWithin(
  { accounts, nowMs }: Ports,
  tenant: string,
  name: QuotaName,
  amount: number,
  own: LimitOverrides,
): Promise<Taken> {
  const rule = QUOTAS[name];
  const limit = rule.limit(own);
  const now = nowMs();
  const ask: QuotaAsk = { name, limit, windowMs: rule.windowMs, amount, nowMs: now };
  const word = await accounts.quota.take(tenant, ask).catch(() => null);
  if (word === null) {
    if (rule.whenSilent === 'go-on') return { ok: true, value: null };
    const detail =
      'The counter of this tenant’s quota does not answer, and without it nothing of this kind is begun. Try again in a minute.';
    return { ok: false, code: 'unavailable', detail, quota: null };
  }
  const resetSeconds = seconds(word.resetAtMs - now);
  const state = { name, limit, remaining: Math.max(0, limit - word.used), windowSeconds: rule.windowMs / 1000, resetSeconds };
  if (word.granted) return { ok: true, value: state };
  return { ok: false, code: 'over-quota', detail: refusal(rule, limit, resetSeconds), quota: state };
}

/**
 * Takes `amount` of a tenant's quota. A negative amount gives back what was taken for something that did not come about.
 * @example const taken = await takeQuota(ports, caller.tenant, 'audits', 1); if (!taken.ok) return taken;
 */
export async function takeQuota(ports: Ports, tenant: string, name: QuotaName, amount: number): Promise<Taken> {
  const known = await ports.accounts.store.tenant(tenant);
  return takeWithin(ports, tenant, name, amount, known?.limits ?? USUAL);
}

/** The object of the whole Worker; ids of tenants begin with `tnt_`. */
const EVERYBODY = 'everybody';

/** Takes one of the places for wallets that have no tenant yet. */
export async function takeNewWallet({
  accounts,
  nowMs,
}: Omit<Ports, 'accounts'> & { accounts: Pick<AccountPorts, 'quota'> }): Promise<Taken> {
  const [name, limit, now] = ['new-wallets' as const, NEW_WALLETS_PER_HOUR, nowMs()];
  const ask: QuotaAsk = { name, limit, windowMs: HOUR_MS, amount: 1, nowMs: now };
  const word = await accounts.quota.take(EVERYBODY, ask).catch(() => null);
  if (word === null) {
    const detail = 'The counter of new wallets does not answer, and without it none is taken. Try again in a minute.';
    return { ok: false, code: 'unavailable', detail, quota: null };
  }
  const resetSeconds = seconds(word.resetAtMs - now);
  const state = { name, limit, remaining: Math.max(0, limit - word.used), windowSeconds: HOUR_MS / 1000, resetSeconds };
  if (word.granted) return { ok: true, value: state };
  const detail = `${String(limit)} wallets that were not known before have signed in here within this hour, which is as many as are taken. Try again in ${String(resetSeconds)} s; wallets that have a tenant sign in as ever.`;
  return { ok: false, code: 'over-quota', detail, quota: state };
}
