-- Tenants of the hosted API, their keys (hashes of secrets only), and the nonces of sign-ins, one in each of a fixed number of slots.
CREATE TABLE tenants (
  tenant TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  wallet TEXT,
  requests_per_minute INTEGER,
  audits_per_day INTEGER,
  endpoints_max INTEGER,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX tenants_by_wallet ON tenants (wallet);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  origin TEXT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  successor TEXT
) WITHOUT ROWID;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant, created_at);

CREATE TABLE sign_in_nonces (
  slot INTEGER PRIMARY KEY,
  nonce TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);
