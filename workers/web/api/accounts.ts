// The routes of tenants and keys: who am I, making, listing, rotating and revoking keys, deleting everything, and the two ways in: the operator
// makes a tenant, or a wallet signs in. Nothing of them is kept by any cache.
import { createRoute } from '@hono/zod-openapi';
import { forgetQuery, keyPath, keysQuery } from '../../../schema/api/account-requests.ts';
import {
  createKeyBody,
  createTenantBody,
  keyItem,
  keyList,
  newKey,
  newTenant,
  rotateKeyBody,
  signInBody,
  signInNonce,
  whoAmI,
} from '../../../schema/api/accounts.ts';
import { noQuery } from '../../../schema/api/requests.ts';
import { createKey } from '../../services/accounts/create-key.ts';
import { createTenant } from '../../services/accounts/create-tenant.ts';
import { forgetTenant } from '../../services/accounts/forget-tenant.ts';
import { issueNonce } from '../../services/accounts/issue-nonce.ts';
import { listKeys } from '../../services/accounts/list-keys.ts';
import { revokeKey } from '../../services/accounts/revoke-key.ts';
import { rotateKey } from '../../services/accounts/rotate-key.ts';
import { showTenant } from '../../services/accounts/show-tenant.ts';
import { signIn } from '../../services/accounts/sign-in.ts';
import { callerIn, requireKey, requireOperator, requireScope, tellQuota } from '../auth.ts';
import { jsonAnswer, jsonBody, KEY, problems } from '../openapi.ts';
import { ProblemError, take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';

const told = (c: WebContext, value: object, status: 200 | 201 = 200): Response =>
  c.json(value, status, { 'cache-control': 'no-store' });

const WITH_KEY = ['unauthenticated', 'forbidden', 'over-quota', 'bad-query'] as const;
const WITH_BODY = ['bad-body', 'bad-media-type', 'body-too-large'] as const;

const showTenantRoute = createRoute({
  method: 'get',
  path: '/v1/tenant',
  operationId: 'showTenant',
  tags: ['accounts'],
  summary: 'Who asks: the key’s tenant and its limits',
  security: KEY,
  middleware: [requireKey] as const,
  request: { query: noQuery },
  responses: { 200: jsonAnswer(whoAmI, 'The tenant, and the key that asked.'), ...problems(...WITH_KEY, 'gone') },
});

const forgetTenantRoute = createRoute({
  method: 'delete',
  path: '/v1/tenant',
  operationId: 'forgetTenant',
  tags: ['accounts'],
  summary: 'Delete the tenant with all its data (scope keys)',
  security: KEY,
  middleware: [requireScope('keys')] as const,
  request: { query: forgetQuery },
  responses: { 204: { description: 'Everything of the tenant is deleted, this key too.' }, ...problems(...WITH_KEY) },
});

const listKeysRoute = createRoute({
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  tags: ['accounts'],
  summary: 'The tenant’s keys, newest first (scope keys)',
  security: KEY,
  middleware: [requireScope('keys')] as const,
  request: { query: keysQuery },
  responses: { 200: jsonAnswer(keyList, 'Keys without their secrets.'), ...problems(...WITH_KEY, 'bad-cursor') },
});

const createKeyRoute = createRoute({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  tags: ['accounts'],
  summary: 'Make a key with scopes that the asking key has (scope keys)',
  security: KEY,
  middleware: [requireScope('keys')] as const,
  request: { query: noQuery, body: jsonBody(createKeyBody) },
  responses: {
    201: jsonAnswer(newKey, 'The key, whole: it is told this once.'),
    ...problems(...WITH_KEY, ...WITH_BODY, 'conflict'),
  },
});

const revokeKeyRoute = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  operationId: 'revokeKey',
  tags: ['accounts'],
  summary: 'End a key at once (scope keys)',
  security: KEY,
  middleware: [requireScope('keys')] as const,
  request: { params: keyPath, query: noQuery },
  responses: { 200: jsonAnswer(keyItem, 'The key as it is now.'), ...problems(...WITH_KEY, 'bad-id', 'not-found') },
});

const rotateKeyRoute = createRoute({
  method: 'post',
  path: '/v1/keys/{id}/rotate',
  operationId: 'rotateKey',
  tags: ['accounts'],
  summary: 'Replace a key by one with the same scopes; both are good for the overlap (scope keys)',
  security: KEY,
  middleware: [requireScope('keys')] as const,
  request: { params: keyPath, query: noQuery, body: jsonBody(rotateKeyBody) },
  responses: {
    201: jsonAnswer(newKey, 'The successor, whole: it is told this once.'),
    ...problems(...WITH_KEY, ...WITH_BODY, 'bad-id', 'not-found', 'gone', 'conflict'),
  },
});

const createTenantRoute = createRoute({
  method: 'post',
  path: '/v1/tenants',
  operationId: 'createTenant',
  tags: ['accounts'],
  summary: 'Make a tenant and its first key (the operator’s ADMIN_KEY)',
  security: KEY,
  middleware: [requireOperator] as const,
  request: { query: noQuery, body: jsonBody(createTenantBody) },
  responses: {
    201: jsonAnswer(newTenant, 'The tenant, and its first key: it is told this once.'),
    ...problems('unauthenticated', 'forbidden', 'bad-query', ...WITH_BODY),
  },
});

const issueNonceRoute = createRoute({
  method: 'post',
  path: '/v1/sign-in/nonce',
  operationId: 'issueSignInNonce',
  tags: ['accounts'],
  summary: 'What a wallet’s message (EIP-4361) must say; its nonce is good once, for ten minutes',
  request: { query: noQuery },
  responses: { 201: jsonAnswer(signInNonce, 'The fields of the message.'), ...problems('bad-query', 'forbidden') },
});

const signInRoute = createRoute({
  method: 'post',
  path: '/v1/sign-in',
  operationId: 'signIn',
  tags: ['accounts'],
  summary: 'A signed message (EIP-4361) becomes a key for 24 hours; the wallet’s tenant is made at its first sign-in',
  request: { query: noQuery, body: jsonBody(signInBody) },
  responses: {
    201: jsonAnswer(newTenant, 'The wallet’s tenant, and the key: it is told this once.'),
    ...problems('unauthenticated', 'forbidden', 'over-quota', 'unavailable', 'bad-query', 'conflict', ...WITH_BODY),
  },
});

function mountKeys(app: App): void {
  app.openapi(listKeysRoute, async (c) =>
    told(c, take(await listKeys(c.var.ports, { caller: callerIn(c), ...c.req.valid('query') }))),
  );
  app.openapi(createKeyRoute, async (c) =>
    told(c, take(await createKey(c.var.ports, { caller: callerIn(c), body: c.req.valid('json') })), 201),
  );
  app.openapi(revokeKeyRoute, async (c) =>
    told(c, take(await revokeKey(c.var.ports, { caller: callerIn(c), id: c.req.valid('param').id }))),
  );
  app.openapi(rotateKeyRoute, async (c) => {
    const input = { caller: callerIn(c), id: c.req.valid('param').id, body: c.req.valid('json') };
    return told(c, take(await rotateKey(c.var.ports, input)), 201);
  });
}

const originOf = (c: WebContext): string => new URL(c.req.url).origin;

export function mountAccounts(app: App): void {
  app.openapi(showTenantRoute, async (c) => told(c, take(await showTenant(c.var.ports, { caller: callerIn(c) }))));
  app.openapi(forgetTenantRoute, async (c) => {
    take(await forgetTenant(c.var.ports, { caller: callerIn(c), confirm: c.req.valid('query').confirm }));
    return c.body(null, 204, { 'cache-control': 'no-store' });
  });
  mountKeys(app);
  app.openapi(createTenantRoute, async (c) => told(c, await createTenant(c.var.ports, { body: c.req.valid('json') }), 201));
  app.openapi(issueNonceRoute, async (c) => told(c, take(await issueNonce(c.var.ports, { origin: originOf(c) })), 201));
  app.openapi(signInRoute, async (c) => {
    const signedIn = await signIn(c.var.ports, { origin: originOf(c), body: c.req.valid('json') });
    if (signedIn.ok) return told(c, signedIn.value, 201);
    tellQuota(c, signedIn.quota ?? null, signedIn.code);
    throw new ProblemError(signedIn.code, signedIn.detail);
  });
}
