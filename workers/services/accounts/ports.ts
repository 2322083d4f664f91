// What the accounts part needs from outside: a store of tenants and keys, one counter a tenant, chance, and the operator's key as a hash.
// No port ever gives or takes a secret of a key: hashes only.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Scope } from '../../../schema/api/accounts.ts';

/** A tenant's own limits; null for the usual ones. */
export type LimitOverrides = {
  readonly requestsPerMinute: number | null;
  readonly auditsPerDay: number | null;
  readonly endpointsMax: number | null;
};

/** Who asks, once a key was found good. */
export type Caller = {
  readonly tenant: string;
  /** Visible characters of the key. */
  readonly key: string;
  readonly scopes: readonly Scope[];
  readonly limits: LimitOverrides;
};

export type Tenant = {
  readonly tenant: string;
  readonly name: string;
  readonly wallet: Hex | null;
  readonly limits: LimitOverrides;
  readonly createdAtMs: number;
};

export type KeyOrigin = 'made' | 'sign-in';

export type StoredKey = {
  readonly id: string;
  readonly tenant: string;
  readonly secretHash: Hex;
  readonly origin: KeyOrigin;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly successor: string | null;
};

export type KeyPlace = { readonly createdAtMs: number; readonly id: string };

/** Every write is one atomic batch. Ids of another tenant are as if they were not there. */
export type AccountStore = {
  readonly addTenant: (tenant: Tenant, firstKey: StoredKey) => Promise<void>;
  /** The wallet's tenant, which is `fresh` if there was none. */
  readonly tenantOfWallet: (wallet: Hex, fresh: Tenant) => Promise<string>;
  readonly tenant: (tenant: string) => Promise<Tenant | null>;
  /** By its visible characters, with what its tenant says of limits. */
  readonly keyById: (id: string) => Promise<{ readonly key: StoredKey; readonly limits: LimitOverrides } | null>;
  readonly key: (tenant: string, id: string) => Promise<StoredKey | null>;
  /** Newest first, before `before`. */
  readonly keys: (tenant: string, page: { readonly before: KeyPlace | null; readonly limit: number }) => Promise<StoredKey[]>;
  /** False where the tenant has as many keys as it may, or is gone; forgets keys that ended before `deadBeforeMs`. */
  readonly addKey: (key: StoredKey, bounds: KeyBounds) => Promise<boolean>;
  /** The same for a sign-in's key: takes the oldest of its kind back where there are too many. */
  readonly addSignInKey: (key: StoredKey, bounds: KeyBounds) => Promise<boolean>;
  /** Stores the successor and ends the old key at `endsAtMs`; false where the old one is not live, was rotated before, or there are too many. */
  readonly rotate: (old: StoredKey, successor: StoredKey, endsAtMs: number, bounds: KeyBounds) => Promise<boolean>;
  /** False where there is no such key. */
  readonly revoke: (tenant: string, id: string, nowMs: number) => Promise<boolean>;
  readonly used: (id: string, nowMs: number) => Promise<void>;
  readonly addNonce: (nonce: Nonce) => Promise<void>;
  /** Whether it was there and good; it is gone afterwards. */
  readonly takeNonce: (nonce: Omit<Nonce, 'expiresAtMs'>, nowMs: number) => Promise<boolean>;
  /** Deletes everything that has this tenant, in all parts' tables, in one batch. */
  readonly forget: (tenant: string) => Promise<void>;
};

export type KeyBounds = { readonly live: number; readonly rows: number; readonly nowMs: number; readonly deadBeforeMs: number };
export type Nonce = { readonly slot: number; readonly nonce: string; readonly expiresAtMs: number };

export type QuotaName = 'requests' | 'audits' | 'tests' | 'replays';

/** A limit as the counter is asked for it. */
export type QuotaAsk = {
  /** `new-wallets` is counted for the whole Worker, under a name that no tenant has. */
  readonly name: QuotaName | 'new-wallets';
  readonly limit: number;
  readonly windowMs: number;
  /** Negative gives back; what is used never falls below zero. */
  readonly amount: number;
  readonly nowMs: number;
};

/** What the counter says; nothing is counted where it was not granted. */
export type QuotaWord = { readonly granted: boolean; readonly used: number; readonly resetAtMs: number };

/** One of the things that a tenant may have at a time, such as an open stream. The same id again renews it. */
export type HoldAsk = {
  readonly id: string;
  /** What it is of; there may be `perPlace` of each. */
  readonly place: string;
  readonly perPlace: number;
  readonly perTenant: number;
  /** Until then, unless it is renewed or released. */
  readonly untilMs: number;
  readonly nowMs: number;
};

/** One counter a tenant: the one place where its quotas are decided. Throws or rejects where it cannot be reached in time. */
export type QuotaPort = {
  /** False where there are too many. */
  readonly hold: (tenant: string, ask: HoldAsk) => Promise<boolean>;
  readonly release: (tenant: string, id: string) => Promise<void>;
  /** What was used counts until its window is over, so that nobody has it twice by deleting his tenant; then the counters are gone. */
  readonly take: (tenant: string, ask: QuotaAsk) => Promise<QuotaWord>;
  readonly forget: (tenant: string) => Promise<void>;
};

export type AccountPorts = {
  readonly store: AccountStore;
  readonly quota: QuotaPort;
  readonly random: (bytes: number) => Uint8Array;
  /** SHA-256 of the operator's key; null where none is configured, or a short one. */
  readonly adminKeyHash: () => Hex | null;
};
