// The routes of webhooks: endpoints, their secrets and deliveries, and the stream of events. Each acts within the caller's tenant only, and
// nothing of them is kept by any cache.
import { createRoute, z } from '@hono/zod-openapi';
import { noQuery } from '../../../schema/api/requests.ts';
import {
  deliveriesQuery,
  deliveryList,
  endpointChange,
  endpointId,
  endpointItem,
  endpointList,
  endpointMade,
  endpointsQuery,
  eventIdText,
  eventList,
  eventsQuery,
  newEndpoint,
  publicKey,
  replayed,
  replayRange,
  secretRotated,
  testSent,
} from '../../../schema/api/webhooks.ts';
import { ENDPOINTS_MAX } from '../../services/accounts/limits.ts';
import { listDeliveries, listEvents, replayMany, replayOne } from '../../services/alerts/deliveries.ts';
import {
  changeEndpoint,
  createEndpoint,
  enableEndpoint,
  itemOf,
  listEndpoints,
  ownEndpoint,
  removeEndpoint,
  rotateSecret,
  showPublicKey,
  testEndpoint,
} from '../../services/alerts/endpoints.ts';
import { takeWithin } from '../../services/accounts/take-quota.ts';
import { callerIn, requireScope, tellQuota } from '../auth.ts';
import { jsonAnswer, jsonBody, KEY, problems } from '../openapi.ts';
import { ProblemError, take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';

const told = (c: WebContext, value: object, status: 200 | 201 | 202 = 200): Response =>
  c.json(value, status, { 'cache-control': 'no-store' });

const OF_KEY = ['unauthenticated', 'forbidden', 'over-quota', 'bad-query'] as const;
const OF_ONE = [...OF_KEY, 'bad-id', 'not-found'] as const;
const OF_BODY = ['bad-body', 'bad-media-type', 'body-too-large'] as const;

const one = z.strictObject({ id: endpointId });
const delivery = z.strictObject({ id: endpointId, event: eventIdText });

const shared = { tags: ['webhooks' as const], security: KEY, middleware: [requireScope('webhooks')] };
const owned = (c: WebContext, id: string): { tenant: string; id: string } => ({ tenant: callerIn(c).tenant, id });

/** Tests and replays make this Worker ask addresses that strangers chose: so many an hour for a tenant. @throws ProblemError over-quota, unavailable */
async function spend(c: WebContext, name: 'tests' | 'replays'): Promise<void> {
  const { tenant, limits } = callerIn(c);
  const taken = await takeWithin(c.var.ports, tenant, name, 1, limits);
  tellQuota(c, taken.ok ? taken.value : taken.quota, taken.ok ? null : taken.code);
  if (!taken.ok) throw new ProblemError(taken.code, taken.detail);
}

const publicKeyRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/public-key',
  operationId: 'showWebhookKey',
  tags: ['webhooks'],
  summary: 'The ed25519 key by which deliveries with scheme v1a are verified',
  request: { query: noQuery },
  responses: { 200: jsonAnswer(publicKey, 'The key.'), ...problems('bad-query') },
});

const createEndpointRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks',
  operationId: 'createWebhook',
  ...shared,
  summary: 'Make an endpoint; its secret is in this answer only',
  request: { query: noQuery, body: jsonBody(newEndpoint) },
  responses: { 201: jsonAnswer(endpointMade, 'The endpoint and its secret.'), ...problems(...OF_KEY, ...OF_BODY) },
});

const listEndpointsRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks',
  operationId: 'listWebhooks',
  ...shared,
  summary: 'Your endpoints',
  request: { query: endpointsQuery },
  responses: { 200: jsonAnswer(endpointList, 'In the order in which they were made.'), ...problems(...OF_KEY, 'bad-cursor') },
});

const showEndpointRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/{id}',
  operationId: 'showWebhook',
  ...shared,
  summary: 'One endpoint, and how it stands with its deliveries',
  request: { query: noQuery, params: one },
  responses: { 200: jsonAnswer(endpointItem, 'The endpoint.'), ...problems(...OF_ONE) },
});

const changeEndpointRoute = createRoute({
  method: 'patch',
  path: '/v1/webhooks/{id}',
  operationId: 'changeWebhook',
  ...shared,
  summary: 'Change an endpoint; what is left out stays',
  request: { query: noQuery, params: one, body: jsonBody(endpointChange) },
  responses: { 200: jsonAnswer(endpointItem, 'The endpoint.'), ...problems(...OF_ONE, ...OF_BODY, 'conflict') },
});

const removeEndpointRoute = createRoute({
  method: 'delete',
  path: '/v1/webhooks/{id}',
  operationId: 'deleteWebhook',
  ...shared,
  summary: 'Delete an endpoint with its deliveries',
  request: { query: noQuery, params: one },
  responses: { 204: { description: 'It is gone, with what it still had to deliver.' }, ...problems(...OF_ONE) },
});

const rotateRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/{id}/rotate',
  operationId: 'rotateWebhookSecret',
  ...shared,
  summary: 'A new secret; the old one signs beside it for 24 hours',
  request: { query: noQuery, params: one },
  responses: { 200: jsonAnswer(secretRotated, 'The new secret, shown this once.'), ...problems(...OF_ONE, 'conflict') },
});

const testRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/{id}/test',
  operationId: 'testWebhook',
  ...shared,
  summary: 'Send a test event to this endpoint',
  request: { query: noQuery, params: one },
  responses: {
    202: jsonAnswer(testSent, 'It is on its way; the log tells what came of it.'),
    ...problems(...OF_ONE, 'conflict', 'unavailable'),
  },
});

const enableRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/{id}/enable',
  operationId: 'enableWebhook',
  ...shared,
  summary: 'Enable an endpoint again; what it missed can be replayed',
  request: { query: noQuery, params: one },
  responses: { 200: jsonAnswer(endpointItem, 'The endpoint.'), ...problems(...OF_ONE) },
});

const deliveriesRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries',
  operationId: 'listDeliveries',
  ...shared,
  summary: 'What was delivered, what failed and why, newest first',
  request: { query: deliveriesQuery, params: one },
  responses: { 200: jsonAnswer(deliveryList, 'Deliveries with their attempts.'), ...problems(...OF_ONE, 'bad-cursor') },
});

const replayOneRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/{id}/deliveries/{event}/replay',
  operationId: 'replayDelivery',
  ...shared,
  summary: 'Deliver an event once more, with the same id',
  request: { query: noQuery, params: delivery },
  responses: { 202: jsonAnswer(replayed, 'It is due.'), ...problems(...OF_ONE, 'conflict', 'unavailable') },
});

const replayRangeRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/{id}/replay',
  operationId: 'replayRange',
  ...shared,
  summary: 'Deliver what occurred in a range and matches the filters, delivered before or not',
  request: { query: noQuery, params: one, body: jsonBody(replayRange) },
  responses: {
    202: jsonAnswer(replayed, 'How many events are due; `next` goes on after the bound of one request.'),
    ...problems(...OF_ONE, ...OF_BODY, 'bad-cursor', 'conflict', 'unavailable'),
  },
});

const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/events',
  operationId: 'listEvents',
  ...shared,
  summary: 'All events in order, for who missed some; the last cursor goes on with what comes later',
  request: { query: eventsQuery },
  responses: { 200: jsonAnswer(eventList, 'Events, oldest first.'), ...problems(...OF_KEY, 'bad-cursor') },
});

function mountEndpoints(app: App): void {
  app.openapi(createEndpointRoute, async (c) => {
    const { tenant, limits } = callerIn(c);
    const input = { tenant, endpointsMax: limits.endpointsMax ?? ENDPOINTS_MAX, body: c.req.valid('json') };
    return told(c, take(await createEndpoint(c.var.ports, input)), 201);
  });
  app.openapi(listEndpointsRoute, async (c) => {
    const input = { tenant: callerIn(c).tenant, ...c.req.valid('query') };
    return told(c, take(await listEndpoints(c.var.ports, input)));
  });
  app.openapi(showEndpointRoute, async (c) =>
    told(c, itemOf(take(await ownEndpoint(c.var.ports, owned(c, c.req.valid('param').id))))),
  );
  app.openapi(changeEndpointRoute, async (c) => {
    const input = { ...owned(c, c.req.valid('param').id), body: c.req.valid('json') };
    return told(c, take(await changeEndpoint(c.var.ports, input)));
  });
  app.openapi(removeEndpointRoute, async (c) => {
    take(await removeEndpoint(c.var.ports, owned(c, c.req.valid('param').id)));
    return c.body(null, 204, { 'cache-control': 'no-store' });
  });
}

function mountVerbs(app: App): void {
  app.openapi(rotateRoute, async (c) => told(c, take(await rotateSecret(c.var.ports, owned(c, c.req.valid('param').id)))));
  app.openapi(testRoute, async (c) => {
    await spend(c, 'tests');
    return told(c, take(await testEndpoint(c.var.ports, owned(c, c.req.valid('param').id))), 202);
  });
  app.openapi(enableRoute, async (c) => told(c, take(await enableEndpoint(c.var.ports, owned(c, c.req.valid('param').id)))));
}

function mountDeliveries(app: App): void {
  app.openapi(deliveriesRoute, async (c) => {
    const input = { ...owned(c, c.req.valid('param').id), ...c.req.valid('query') };
    return told(c, take(await listDeliveries(c.var.ports, input)));
  });
  app.openapi(replayOneRoute, async (c) => {
    await spend(c, 'replays');
    const { id, event } = c.req.valid('param');
    return told(c, take(await replayOne(c.var.ports, { ...owned(c, id), event })), 202);
  });
  app.openapi(replayRangeRoute, async (c) => {
    await spend(c, 'replays');
    const input = { ...owned(c, c.req.valid('param').id), range: c.req.valid('json') };
    return told(c, take(await replayMany(c.var.ports, input)), 202);
  });
  app.openapi(eventsRoute, async (c) => {
    const input = { tenant: callerIn(c).tenant, ...c.req.valid('query') };
    return told(c, take(await listEvents(c.var.ports, input)));
  });
}

export function mountWebhooks(app: App): void {
  app.openapi(publicKeyRoute, (c) => told(c, take(showPublicKey(c.var.ports))));
  mountEndpoints(app);
  mountVerbs(app);
  mountDeliveries(app);
}
