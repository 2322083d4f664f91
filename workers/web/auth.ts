// Who asks: a key in the Authorization header, what it may do, and how much of its quota is left. On public reads a key is optional; one that
// is given must be good. A key's text goes nowhere but into its hash: not into errors, not into logs.
import type { MiddlewareHandler } from 'hono';
import type { Scope } from '../../schema/api/accounts.ts';
import type { ProblemCode } from '../../schema/api/problems.ts';
import { authenticate } from '../services/accounts/authenticate.ts';
import { isOperator } from '../services/accounts/is-operator.ts';
import { ADMIN_KEY_CHARS_MIN, CREDENTIAL_CHARS_MAX } from '../services/accounts/limits.ts';
import type { Caller } from '../services/accounts/ports.ts';
import { takeWithin, type QuotaState } from '../services/accounts/take-quota.ts';
import { ProblemError } from './problem.ts';
import type { WebContext, WebEnv } from './request.ts';

const NEEDED = 'A key is needed: `Authorization: Bearer assay_…`. docs/accounts.md says how to get one.';
const MISTYPED = 'This is no whole key of this service: its checksum does not fit. Copy it again, from `assay_` to its end.';
const REFUSED = 'This key is unknown, revoked or expired. Another key of its tenant sees which; or make a new one.';

const BEARER = new RegExp(`^Bearer +([\\x21-\\x7e]{1,${String(CREDENTIAL_CHARS_MAX)}})$`, 'i');

/** The credential of the request; null where there is no Authorization header, empty where it holds none. */
export function bearerOf(c: WebContext): string | null {
  const header = c.req.header('authorization');
  return header === undefined ? null : (BEARER.exec(header.trim())?.[1] ?? '');
}

/** Answers 401 with the challenge that RFC 6750 asks for. @throws ProblemError unauthenticated */
export function refuseCaller(c: WebContext, detail: string, error = ', error="invalid_token"'): never {
  c.header('www-authenticate', `Bearer realm="assay"${error}`);
  throw new ProblemError('unauthenticated', detail);
}

/** Fields of draft-ietf-httpapi-ratelimit-headers-10: q quota, w window, r remaining, t seconds until it is whole again. */
function setQuotaHeaders(c: WebContext, { name, limit, remaining, windowSeconds, resetSeconds }: QuotaState): void {
  c.header('ratelimit-policy', `"${name}";q=${String(limit)};w=${String(windowSeconds)}`, { append: true });
  c.header('ratelimit', `"${name}";r=${String(remaining)};t=${String(resetSeconds)}`, { append: true });
}

/** Tells the caller of a quota that a service took from (or could not), as headers of whatever is answered. */
export function tellQuota(c: WebContext, quota: QuotaState | null, code: ProblemCode | null = null): void {
  if (quota === null) return;
  setQuotaHeaders(c, quota);
  if (code === 'over-quota') c.header('retry-after', String(Math.max(1, quota.resetSeconds)));
}

/** Checks the key and takes one request of its tenant's quota. */
async function identify(c: WebContext, text: string): Promise<{ caller: Caller; quota: QuotaState | null }> {
  const { ports } = c.var;
  const found = await authenticate(ports, text);
  if (!found.ok) return refuseCaller(c, found.why === 'mistyped' ? MISTYPED : REFUSED);
  const { caller } = found;
  const taken = await takeWithin(ports, caller.tenant, 'requests', 1, caller.limits);
  tellQuota(c, taken.ok ? taken.value : taken.quota, taken.ok ? null : taken.code);
  if (!taken.ok) throw new ProblemError(taken.code, taken.detail);
  c.set('caller', caller);
  return { caller, quota: taken.value };
}

/** What a key's holder is answered belongs into no shared cache: it carries the state of its quota. */
function keepPrivate(c: WebContext, quota: QuotaState | null): void {
  // A handler that returned a Response of its own has lost what was set before it.
  if (quota !== null && !c.res.headers.has('ratelimit')) setQuotaHeaders(c, quota);
  const kept = c.res.headers.get('cache-control');
  if (kept?.includes('public') === true) c.header('cache-control', kept.replace('public', 'private'));
  c.header('vary', 'Authorization', { append: true });
}

/** Routes whose Authorization header holds something else than a key. */
const OTHER_CREDENTIALS: readonly string[] = ['/v1/tenants'];

/** For every route of the API: a key that is given is checked and counted, and `c.var.caller` says whose it is. */
export const optionalCaller: MiddlewareHandler<WebEnv> = async (c, next) => {
  const text = OTHER_CREDENTIALS.includes(c.req.path) ? null : bearerOf(c);
  if (text === null) {
    await next();
    return;
  }
  const { quota } = await identify(c, text);
  await next();
  keepPrivate(c, quota);
};

async function callerOf(c: WebContext): Promise<Caller> {
  const known = c.var.caller;
  if (known !== undefined) return known;
  const text = bearerOf(c);
  return text === null ? refuseCaller(c, NEEDED, '') : (await identify(c, text)).caller;
}

/** Lets callers with a good key through, whatever its scopes. */
export const requireKey: MiddlewareHandler<WebEnv> = async (c, next) => {
  await callerOf(c);
  await next();
};

/**
 * Lets only callers through whose key has the scope; `c.var.caller` says who it is. One request of the tenant's quota is taken.
 * @example app.use('/v1/audits', requireScope('audits')) // or in createRoute: middleware: [requireScope('audits')] as const
 */
export function requireScope(scope: Scope): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    const { scopes } = await callerOf(c);
    if (!scopes.includes(scope)) {
      c.header('www-authenticate', `Bearer realm="assay", error="insufficient_scope", scope="${scope}"`);
      throw new ProblemError(
        'forbidden',
        `This key lacks the scope ${scope}. Use one that has it; a key with the scope keys can make keys.`,
      );
    }
    await next();
  };
}

const NO_OPERATOR = `Tenants are not made here: this deployment has no ADMIN_KEY of ${String(ADMIN_KEY_CHARS_MIN)} characters or more. Its operator sets one with \`wrangler secret put ADMIN_KEY\`; a wallet can sign in (POST /v1/sign-in/nonce).`;
const NOT_OPERATOR = 'This takes the operator’s key: `Authorization: Bearer <ADMIN_KEY>`.';

/** Lets the operator through, by the deployment's own secret. */
export const requireOperator: MiddlewareHandler<WebEnv> = async (c, next) => {
  const text = bearerOf(c);
  const is = isOperator(c.var.ports.accounts, text ?? '');
  if (is === 'unset') throw new ProblemError('forbidden', NO_OPERATOR);
  if (is === 'no') refuseCaller(c, NOT_OPERATOR, text === null ? '' : undefined);
  await next();
};

/** The caller of a route behind `requireScope` or `requireKey`. @throws ProblemError unauthenticated where there is none */
export function callerIn(c: WebContext): Caller {
  return c.var.caller ?? refuseCaller(c, NEEDED, '');
}
