// The routes of health: incidents and their feeds for everybody, reachability as it is now and quiets for keys, sightings for peers.
import { createRoute } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { incidentItem, incidentList } from '../../../schema/api/incidents.ts';
import { incidentId, incidentsQuery, maintenanceList, unwellList, unwellQuery } from '../../../schema/api/quiets.ts';
import { nodePath, noQuery } from '../../../schema/api/requests.ts';
import { SEAT_HEADER, sightingList } from '../../../schema/api/sightings.ts';
import { nodeCursor } from '../../../schema/api/cursors.ts';
import { incidentsFeed } from '../../services/health/feed.ts';
import { INCIDENTS_LISTED_MAX } from '../../services/health/limits.ts';
import { listIncidents } from '../../services/health/list-incidents.ts';
import { quietItemOf } from '../../services/health/set-quiet.ts';
import { showIncident } from '../../services/health/show-incident.ts';
import { ownLineSince } from '../../services/health/own-line.ts';
import { isSeat, showSightings } from '../../services/health/show-sightings.ts';
import { currentEpoch } from '../../services/views/horizon.ts';
import { requireScope } from '../auth.ts';
import { liveCaching } from '../caching.ts';
import { json } from '../json.ts';
import { jsonAnswer, KEY, problems, rawAnswer } from '../openapi.ts';
import { ProblemError, take } from '../problem.ts';
import type { App, WebContext, WebEnv } from '../request.ts';
import { mountQuiets } from './quiets.ts';

const PRIVATE = { 'cache-control': 'no-store' };
const NO_NODE = 'No node with this id is registered. /v1/nodes lists those that are.';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/incidents',
  operationId: 'listIncidents',
  tags: ['incidents'],
  summary: 'Incidents of revealed epochs, newest first',
  request: { query: incidentsQuery },
  responses: {
    200: jsonAnswer(incidentList, 'Each as it stood at the end of the newest revealed epoch.'),
    ...problems('bad-query', 'bad-cursor', 'not-found'),
  },
});

const showRoute = createRoute({
  method: 'get',
  path: '/v1/incidents/{id}',
  operationId: 'showIncident',
  tags: ['incidents'],
  summary: 'One incident; with a key that has the scope webhooks as it stands now',
  request: { params: z.object({ id: incidentId }), query: noQuery },
  responses: { 200: jsonAnswer(incidentItem, 'The incident.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

const unwellRoute = createRoute({
  method: 'get',
  path: '/v1/health/nodes',
  operationId: 'listUnwellNodes',
  tags: ['incidents'],
  security: KEY,
  middleware: [requireScope('webhooks')],
  summary: 'Nodes that are suspected, degraded or down now',
  request: { query: unwellQuery },
  responses: {
    200: jsonAnswer(unwellList, 'By index, each with its open incident. Nodes that are not named are healthy.'),
    ...problems('unauthenticated', 'forbidden', 'over-quota', 'bad-query', 'bad-cursor'),
  },
});

const maintenanceRoute = createRoute({
  method: 'get',
  path: '/v1/maintenance',
  operationId: 'listMaintenance',
  tags: ['incidents'],
  summary: 'Maintenance that operators announced for their nodes, and that is not over',
  request: { query: noQuery },
  responses: { 200: jsonAnswer(maintenanceList, 'Soonest first.'), ...problems('bad-query') },
});

const sightingsRoute = createRoute({
  method: 'get',
  path: '/v1/sightings',
  operationId: 'readSightings',
  tags: ['peers'],
  security: KEY,
  summary: 'What this validator cannot reach now: for the signers of seats, and keys with the scope sightings',
  request: { query: noQuery },
  responses: {
    200: jsonAnswer(sightingList, 'Node indices with state and time.'),
    ...problems('unauthenticated', 'forbidden', 'over-quota', 'bad-query', 'not-found'),
  },
});

async function indexOf(c: WebContext, id: `0x${string}`): Promise<number> {
  const { ports } = c.var;
  const node = await ports.views.node(currentEpoch(ports), id);
  if (node === null) throw new ProblemError('not-found', NO_NODE);
  return node.index;
}

function mountLists(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor, node } = c.req.valid('query');
    const index = node === undefined ? null : await indexOf(c, node);
    return json(c, await listIncidents(c.var.ports, { node: index, limit, before: cursor ?? null }));
  });
  app.openapi(showRoute, async (c) => {
    const live = c.var.caller?.scopes.includes('webhooks') === true;
    const item = take(await showIncident(c.var.ports, { id: c.req.valid('param').id, live }));
    return live ? c.json(item, 200, PRIVATE) : json(c, item);
  });
  app.openapi(unwellRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { ports } = c.var;
    const [found, ownLineSinceMs] = await Promise.all([
      ports.health.unwell({ after: cursor?.index ?? -1, limit: limit + 1 }),
      ownLineSince(ports),
    ]);
    const items = found.slice(0, limit).map(({ index, id, ...rest }) => ({ node: { index, id }, ...rest }));
    const last = items.at(-1);
    const next = found.length > limit && last !== undefined ? nodeCursor.encode({ index: last.node.index }) : null;
    return c.json({ items, next, ownLineSinceMs }, 200, PRIVATE);
  });
  app.openapi(maintenanceRoute, async (c) => {
    const { ports } = c.var;
    const windows = await ports.health.quiets.announced(null, { nowMs: ports.nowMs(), limit: INCIDENTS_LISTED_MAX });
    return json(c, { items: windows.map(quietItemOf) });
  });
}

const withKey = requireScope('sightings');

/** A seat's signer, or a key with the scope. */
const requirePeer: MiddlewareHandler<WebEnv> = async (c, next) => {
  const header = c.req.header(SEAT_HEADER);
  if (header === undefined) return withKey(c, next);
  if (!(await isSeat(c.var.ports, header))) {
    const what =
      'names an operator with a seat, a time within a minute of now, and the signature of its seat’s key for this validator';
    throw new ProblemError('unauthenticated', `The header ${SEAT_HEADER} ${what}: docs/alerts.md.`);
  }
  await next();
};

function mountSightings(app: App): void {
  app.use('/v1/sightings', requirePeer);
  app.openapi(sightingsRoute, async (c) => {
    const list = await showSightings(c.var.ports);
    if (list === null)
      throw new ProblemError('not-found', 'A gateway sees nothing itself. Ask a validator: /v1/validators lists them.');
    return c.json(list, 200, PRIVATE);
  });
}

async function feed(c: WebContext, path: string, title: string, node: number | null): Promise<Response> {
  const { ports } = c.var;
  const { items } = await listIncidents(ports, { node, limit: INCIDENTS_LISTED_MAX });
  const { publicUrl, clock } = ports.settings;
  const site = publicUrl ?? new URL(c.req.url).origin;
  const text = incidentsFeed(items, { site, path, title, startMs: 1000 * clock.genesis });
  return c.body(text, 200, {
    'content-type': 'application/atom+xml; charset=utf-8',
    'cache-control': liveCaching(clock),
  });
}

const feedRoute = createRoute({
  method: 'get',
  path: '/incidents.atom',
  operationId: 'readIncidentsFeed',
  tags: ['incidents'],
  summary: 'Incidents of revealed epochs as an Atom feed',
  request: { query: noQuery },
  responses: { 200: rawAnswer('application/atom+xml', 'The newest hundred.'), ...problems('bad-query') },
});

const nodeFeedRoute = createRoute({
  method: 'get',
  path: '/nodes/{id}/incidents.atom',
  operationId: 'readNodeFeed',
  tags: ['incidents'],
  summary: 'One node’s incidents as an Atom feed',
  request: { params: nodePath, query: noQuery },
  responses: { 200: rawAnswer('application/atom+xml', 'The newest hundred.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

function mountFeeds(app: App): void {
  app.openapi(feedRoute, (c) => feed(c, '/incidents.atom', 'Assay: incidents', null));
  app.openapi(nodeFeedRoute, async (c) => {
    const { id } = c.req.valid('param');
    const index = await indexOf(c, id);
    return feed(c, `/nodes/${id}/incidents.atom`, `Assay: incidents of node ${String(index)}`, index);
  });
}

export function mountIncidents(app: App): void {
  mountLists(app);
  mountSightings(app);
  mountFeeds(app);
  mountQuiets(app);
}
