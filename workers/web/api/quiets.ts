// The routes of quiets: mutes, acknowledgements and maintenance windows, within the caller's tenant only.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { newQuiet, quietId, quietItem, quietList, quietsQuery } from '../../../schema/api/quiets.ts';
import { noQuery } from '../../../schema/api/requests.ts';
import { quietItemOf, setQuiet } from '../../services/health/set-quiet.ts';
import { callerIn, requireScope } from '../auth.ts';
import { jsonAnswer, jsonBody, KEY, problems } from '../openapi.ts';
import { ProblemError, take } from '../problem.ts';
import type { App } from '../request.ts';

const PRIVATE = { 'cache-control': 'no-store' };
const OF_KEY = ['unauthenticated', 'forbidden', 'over-quota', 'bad-query'] as const;
const shared = { tags: ['webhooks' as const], security: KEY, middleware: [requireScope('webhooks')] };

const addRoute = createRoute({
  method: 'post',
  path: '/v1/quiets',
  operationId: 'addQuiet',
  ...shared,
  summary: 'Mute a node, acknowledge an incident, or announce maintenance',
  request: { query: noQuery, body: jsonBody(newQuiet) },
  responses: {
    201: jsonAnswer(quietItem, 'What holds from now on.'),
    ...problems(...OF_KEY, 'bad-body', 'bad-media-type', 'body-too-large', 'not-found'),
  },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/quiets',
  operationId: 'listQuiets',
  ...shared,
  summary: 'Quiets of this tenant that are not over',
  request: { query: quietsQuery },
  responses: { 200: jsonAnswer(quietList, 'By id.'), ...problems(...OF_KEY, 'bad-cursor') },
});

const removeRoute = createRoute({
  method: 'delete',
  path: '/v1/quiets/{id}',
  operationId: 'removeQuiet',
  ...shared,
  summary: 'End a quiet now',
  request: { params: z.object({ id: quietId }), query: noQuery },
  responses: { 204: { description: 'It is gone.' }, ...problems(...OF_KEY, 'bad-id', 'not-found') },
});

export function mountQuiets(app: App): void {
  app.openapi(addRoute, async (c) => {
    const input = { tenant: callerIn(c).tenant, body: c.req.valid('json') };
    return c.json(take(await setQuiet(c.var.ports, input)), 201, PRIVATE);
  });
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { ports } = c.var;
    const page = { after: cursor ?? '', limit: limit + 1, nowMs: ports.nowMs() };
    const found = await ports.health.quiets.list(callerIn(c).tenant, page);
    const items = found.slice(0, limit).map(quietItemOf);
    return c.json({ items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }, 200, PRIVATE);
  });
  app.openapi(removeRoute, async (c) => {
    const { ports } = c.var;
    const gone = await ports.health.quiets.remove(callerIn(c).tenant, c.req.valid('param').id, ports.nowMs());
    if (!gone) throw new ProblemError('not-found', 'This tenant has no quiet with this id. /v1/quiets lists those that it has.');
    return c.body(null, 204, PRIVATE);
  });
}
