// Environment texts → typed configuration. A wrong value stops everything with a sentence that names it and its mend.
import { fromHex, type Hex } from '../protocol/bytes.ts';
import { signerAddress } from '../protocol/signer.ts';
import { findPolicy } from '../schema/policy/shipped.ts';
import type { Env } from './env.ts';
import { DomainError } from './errors.ts';
import { UPSTREAMS_MAX } from './services/health/limits.ts';

export type Role = 'validator' | 'gateway';

/** What either role needs. */
export type NetworkConfig = {
  readonly role: Role;
  readonly chainId: number;
  readonly rpcUrls: readonly string[];
  readonly registry: Hex;
  readonly beaconUrls: readonly string[];
  readonly allowHttpHosts: ReadonlySet<string>;
};

/** A validator's. */
export type Config = NetworkConfig & {
  readonly role: 'validator';
  /** Operator address: the validator's identity. */
  readonly validator: Hex;
  readonly seedChainLength: number;
  readonly txPollSeconds: number;
  /** The policy that this validator names and signs for beside the newest on chain; null for none. */
  readonly nextPolicyHash: Hex | null;
  readonly watchFaults: boolean;
};

/** What a validator signs and seeds with. */
export type Keys = { readonly signerKey: Uint8Array; readonly signer: Hex; readonly seedSecret: Hex };

function refuse(name: string, mend: string): never {
  throw new DomainError('misconfigured', `${name} ${mend}`);
}

/** A variable that wrangler.toml does not set is missing at run time, whatever its type says. */
function text(env: Readonly<Partial<Record<string, unknown>>>, name: keyof Env): string {
  const value = env[name];
  return typeof value === 'string' ? value.trim() : '';
}

function address(env: Env, name: 'REGISTRY_ADDRESS' | 'VALIDATOR_ADDRESS'): Hex {
  const value = text(env, name).toLowerCase();
  if (!/^0x[0-9a-f]{40}$/.test(value) || /^0x0{40}$/.test(value)) {
    refuse(name, 'must be a 20-byte address (0x and 40 hex digits, not zero). Set it in wrangler.toml under [vars].');
  }
  return value as Hex;
}

function integer(env: Env, name: 'CHAIN_ID' | 'SEED_CHAIN_LENGTH' | 'TX_POLL_SECONDS', max: number): number {
  const value = Number(text(env, name));
  if (!Number.isSafeInteger(value) || value < 1 || value > max) {
    refuse(name, `must be an integer from 1 to ${String(max)}. Set it in wrangler.toml under [vars].`);
  }
  return value;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function urls(env: Env, name: 'RPC_URL' | 'BEACON_URL'): string[] {
  const values = list(text(env, name));
  if (values.length === 0 || values.length > 8 || !values.every((value) => URL.canParse(value) && /^https?:/.test(value))) {
    refuse(name, 'must hold one to eight comma-separated http(s) URLs. Set it in wrangler.toml under [vars].');
  }
  return values.map((value) => value.replace(/\/$/, ''));
}

function nextPolicy(env: Env): Hex | null {
  const value = text(env, 'NEXT_POLICY').toLowerCase();
  if (value === '') return null;
  const known = /^0x[0-9a-f]{64}$/.test(value) ? findPolicy(value as Hex) : undefined;
  if (known === undefined) {
    refuse(
      'NEXT_POLICY',
      'must be empty, or the hash of a policy that ships with this version. Set it in wrangler.toml under [vars].',
    );
  }
  return value as Hex;
}

function switched(env: Env, name: 'FAULT_WATCH'): boolean {
  const value = text(env, name);
  if (value !== 'on' && value !== 'off') refuse(name, 'must be "on" or "off". Set it in wrangler.toml under [vars].');
  return value === 'on';
}

function optionalUrl(env: Env, name: 'PUBLIC_URL' | 'PUBLIC_RPC_URL'): string | null {
  const value = text(env, name);
  if (value === '') return null;
  if (!URL.canParse(value) || !/^https?:/.test(value) || /[?#]/.test(value)) {
    refuse(name, 'must be empty or one http(s) URL without query. Set it in wrangler.toml under [vars].');
  }
  return value.replace(/\/$/, '');
}

/** What pages and alerts link to. @throws DomainError misconfigured */
export function parsePublic(env: Env): { readonly publicUrl: string | null; readonly publicRpcUrl: string | null } {
  return { publicUrl: optionalUrl(env, 'PUBLIC_URL'), publicRpcUrl: optionalUrl(env, 'PUBLIC_RPC_URL') };
}

/** Where the outside world is, which a region's object has to know and is all that it knows. */
export type LineConfig = Pick<NetworkConfig, 'beaconUrls' | 'allowHttpHosts'>;

/** Lower-case names of hosts that plain http may reach. */
export function parseAllowedHosts(env: Env): ReadonlySet<string> {
  return new Set(list(text(env, 'ALLOW_HTTP_HOSTS')).map((host) => host.toLowerCase()));
}

/** What endpoints' secrets are encrypted under; null where none is set. @throws DomainError misconfigured, without any part of the value */
export function parseVaultKey(env: Env): Uint8Array | null {
  const value = text(env, 'VAULT_KEY').toLowerCase().replace(/^0x/, '');
  if (value === '') return null;
  if (!/^[0-9a-f]{64}$/.test(value)) {
    refuse('VAULT_KEY', 'must be 32 random bytes in hex. Store them with `wrangler secret put VAULT_KEY`.');
  }
  return fromHex(`0x${value}`);
}

/** @throws DomainError misconfigured */
export function parseLineConfig(env: Env): LineConfig {
  return {
    beaconUrls: urls(env, 'BEACON_URL'),
    allowHttpHosts: parseAllowedHosts(env),
  };
}

/** What either role needs. @throws DomainError misconfigured */
export function parseNetworkConfig(env: Env): NetworkConfig {
  if (env.ROLE !== 'validator' && env.ROLE !== 'gateway') {
    refuse('ROLE', 'must be "validator" or "gateway". Set it in wrangler.toml under [vars].');
  }
  return {
    role: env.ROLE,
    chainId: integer(env, 'CHAIN_ID', Number.MAX_SAFE_INTEGER),
    rpcUrls: urls(env, 'RPC_URL'),
    registry: address(env, 'REGISTRY_ADDRESS'),
    ...parseLineConfig(env),
  };
}

/** A validator's configuration. @throws DomainError misconfigured, also on a gateway */
export function parseConfig(env: Env): Config {
  const shared = parseNetworkConfig(env);
  const { role } = shared;
  if (role !== 'validator')
    refuse(
      'ROLE',
      'must be "validator" for this: a gateway audits nobody and signs nothing. Set it in wrangler.toml under [vars].',
    );
  return {
    ...shared,
    role,
    validator: address(env, 'VALIDATOR_ADDRESS'),
    seedChainLength: integer(env, 'SEED_CHAIN_LENGTH', 1_000_000),
    txPollSeconds: integer(env, 'TX_POLL_SECONDS', 3600),
    nextPolicyHash: nextPolicy(env),
    watchFaults: switched(env, 'FAULT_WATCH'),
  };
}

function secret(value: string | undefined, name: 'SIGNER_KEY' | 'SEED_SECRET'): Hex {
  const text = (value ?? '').trim().toLowerCase();
  if (!/^0x[0-9a-f]{64}$/.test(text)) {
    refuse(
      name,
      `must be a secret of 32 bytes in hex. Make one with \`npm run assay -- keys\` and store it with \`wrangler secret put ${name}\`.`,
    );
  }
  return text as Hex;
}

/** @throws DomainError misconfigured, without any part of the value */
export function parseKeys(env: Env): Keys {
  const signerKey = fromHex(secret(env.SIGNER_KEY, 'SIGNER_KEY'));
  const seedSecret = secret(env.SEED_SECRET, 'SEED_SECRET');
  try {
    return { signerKey, signer: signerAddress(signerKey), seedSecret };
  } catch {
    return refuse('SIGNER_KEY', 'is not a valid secp256k1 key. Make a new one with `npm run assay -- keys`.');
  }
}

/** A validator that a gateway asks on demand, and hears what it cannot reach from. The key is a secret. */
export type Upstream = {
  readonly url: string;
  readonly key: string;
  /** Which validator it is, by its operator's address: it may speak as no other. */
  readonly operator: Hex;
};

function isUpstream(value: unknown): value is Upstream {
  if (typeof value !== 'object' || value === null || !('url' in value) || !('key' in value) || !('operator' in value))
    return false;
  const { url, key, operator } = value;
  if (typeof url !== 'string' || typeof key !== 'string' || typeof operator !== 'string') return false;
  return URL.canParse(url) && /^https?:/.test(url) && /^[!-~]{1,200}$/.test(key) && /^0x[0-9a-f]{40}$/i.test(operator);
}

/** None where the secret is not set. @throws DomainError misconfigured, without any part of the value */
export function parseUpstreams(env: Env): readonly Upstream[] {
  const value = text(env, 'UPSTREAMS');
  if (value === '') return [];
  const mend = `must be a JSON list of at most ${String(UPSTREAMS_MAX)} like {"url": "https://…", "key": "assay_…", "operator": "0x…"}, each operator once. Store it with \`wrangler secret put UPSTREAMS\`.`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return refuse('UPSTREAMS', mend);
  }
  if (!Array.isArray(parsed) || parsed.length > UPSTREAMS_MAX || !parsed.every(isUpstream)) return refuse('UPSTREAMS', mend);
  const upstreams = parsed.map(({ url, key, operator }) => {
    return { url: url.replace(/\/$/, ''), key, operator: operator.toLowerCase() as Hex };
  });
  return new Set(upstreams.map(({ operator }) => operator)).size === upstreams.length ? upstreams : refuse('UPSTREAMS', mend);
}
