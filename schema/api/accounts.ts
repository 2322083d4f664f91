// Tenants of the hosted API, their keys and what those may do, and signing in with a wallet (EIP-4361).
import { z } from 'zod';
import { address, count, page, timeMs } from './values.ts';

/** read: more requests than anonymous callers · audits: on-demand audits · webhooks: endpoints, mutes, acknowledgements · sightings: what this validator cannot reach now · keys: make and revoke keys. */
export const SCOPES = ['read', 'audits', 'webhooks', 'sightings', 'keys'] as const;
export const scope = z.enum(SCOPES);
export type Scope = z.infer<typeof scope>;

/** What a key gets that nobody chose scopes for: all that a tenant needs; `sightings` is for other Workers. */
export const USUAL_SCOPES = ['read', 'audits', 'webhooks', 'keys'] as const satisfies readonly Scope[];

const NAME_CHARS_MAX = 80;
/** The most that a tenant's row may say of any limit; workers/services/accounts/limits.ts says what is usual. */
export const OVERRIDE_MAX = 1_000_000;
/** A key that lives shorter than this cannot be used by hand … */
export const LIFE_SECONDS_MIN = 60;
/** … and one that lives longer may as well have no end, which is what a key has that nobody chose one for. */
export const LIFE_SECONDS_MAX = 10 * 365 * 86_400;
/** How long the old key stays good beside its successor. */
export const OVERLAP_SECONDS = 86_400;
export const OVERLAP_SECONDS_MAX = 30 * 86_400;
/** A message of EIP-4361 with a statement and a few resources. */
const MESSAGE_CHARS_MAX = 4_096;
/** A signature of a contract wallet may be long; it is refused with a sentence of its own. */
const SIGNATURE_CHARS_MAX = 8_192;

const name = z
  .string()
  .min(1)
  .max(NAME_CHARS_MAX)
  .regex(/^[^\p{C}]+$/u, 'a name has no control characters')
  .refine((text) => text.trim() === text, 'a name neither begins nor ends with a space');
const scopes = z
  .array(scope)
  .min(1)
  .max(SCOPES.length)
  .refine((list) => new Set(list).size === list.length, 'a scope is named twice');
const life = z.int().min(LIFE_SECONDS_MIN).max(LIFE_SECONDS_MAX);
const limit = z.int().min(0).max(OVERRIDE_MAX);

/** Limits in force. */
export const tenantLimits = z.strictObject({ requestsPerMinute: count, auditsPerDay: count, endpointsMax: count });

export const tenantItem = z.strictObject({
  tenant: z.string(),
  name: z.string(),
  /** Who signed in with it; null for a tenant that the operator made. */
  wallet: address.nullable(),
  createdAtMs: timeMs,
  limits: tenantLimits,
});
/** Who asks, and with which key. */
export const whoAmI = z.strictObject({ ...tenantItem.shape, key: z.strictObject({ id: z.string(), scopes: z.array(scope) }) });
export type WhoAmI = z.infer<typeof whoAmI>;

export const keyItem = z.strictObject({
  id: z.string(),
  /** As the key begins: `assay_<id>`. */
  prefix: z.string(),
  name: z.string(),
  scopes: z.array(scope),
  state: z.enum(['live', 'expired', 'revoked']),
  /** `sign-in`: made by a wallet’s signature. */
  origin: z.enum(['made', 'sign-in']),
  createdAtMs: timeMs,
  expiresAtMs: timeMs.nullable(),
  revokedAtMs: timeMs.nullable(),
  /** To the minute. */
  lastUsedAtMs: timeMs.nullable(),
  /** Id of the key that replaced it. */
  successor: z.string().nullable(),
});
export type KeyItem = z.infer<typeof keyItem>;
export const keyList = page(keyItem);
export type KeyList = z.infer<typeof keyList>;

/** `key` is the whole key. It is told this once, and stored nowhere. */
export const newKey = z.strictObject({ ...keyItem.shape, key: z.string() });
export type NewKey = z.infer<typeof newKey>;
export const newTenant = z.strictObject({ tenant: tenantItem, key: newKey });
export type NewTenant = z.infer<typeof newTenant>;

export const createKeyBody = z.strictObject({ name, scopes, expiresInSeconds: life.optional() });
export type CreateKeyBody = z.infer<typeof createKeyBody>;

/** Without `expiresInSeconds` the successor lives as long as its predecessor was made to live. */
export const rotateKeyBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(OVERLAP_SECONDS_MAX).default(OVERLAP_SECONDS),
  expiresInSeconds: life.optional(),
});
export type RotateKeyBody = z.infer<typeof rotateKeyBody>;

export const createTenantBody = z.strictObject({
  name,
  scopes: scopes.default([...USUAL_SCOPES]),
  limits: z
    .strictObject({ requestsPerMinute: limit.optional(), auditsPerDay: limit.optional(), endpointsMax: limit.optional() })
    .default({}),
  expiresInSeconds: life.optional(),
});
export type CreateTenantBody = z.infer<typeof createTenantBody>;

/** What a message of EIP-4361 must say to be accepted here, once. */
export const signInNonce = z.strictObject({
  nonce: z.string(),
  domain: z.string(),
  uri: z.string(),
  version: z.literal('1'),
  chainId: count,
  statement: z.string(),
  expiresAtMs: timeMs,
});
export type SignInNonce = z.infer<typeof signInNonce>;

export const signInBody = z.strictObject({
  message: z.string().min(1).max(MESSAGE_CHARS_MAX),
  signature: z
    .string()
    .max(SIGNATURE_CHARS_MAX)
    .regex(/^0x(?:[0-9a-fA-F]{2})+$/, 'a signature is 0x and hexadecimal digits'),
});
export type SignInBody = z.infer<typeof signInBody>;
