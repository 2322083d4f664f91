// The routes of metrics: the service's own, and one node's.
import { createRoute } from '@hono/zod-openapi';
import { nodePath, noQuery } from '../../../schema/api/requests.ts';
import { OPENMETRICS_TYPE } from '../../services/profiles/openmetrics.ts';
import { showMetrics, showNodeMetrics } from '../../services/profiles/show-metrics.ts';
import { liveCaching } from '../caching.ts';
import { problems, rawAnswer } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';

const metricsRoute = createRoute({
  ...{ method: 'get', path: '/metrics', operationId: 'metrics', tags: ['metrics'] },
  summary: 'Metrics of the network, its nodes and this validator’s work',
  description:
    'OpenMetrics text. Of the thousand best nodes at most; each node has a route of its own. docs/grafana.json draws them.',
  request: { query: noQuery },
  responses: { 200: rawAnswer(OPENMETRICS_TYPE, 'The metrics.'), ...problems('bad-query') },
});

const nodeRoute = createRoute({
  ...{ method: 'get', path: '/v1/nodes/{id}/metrics', operationId: 'nodeMetrics', tags: ['metrics'] },
  summary: 'Metrics of one node',
  request: { params: nodePath, query: noQuery },
  responses: { 200: rawAnswer(OPENMETRICS_TYPE, 'The metrics.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

function answer(c: WebContext, text: string): Response {
  return c.body(text, 200, { 'content-type': OPENMETRICS_TYPE, 'cache-control': liveCaching(c.var.ports.settings.clock) });
}

export function mountMetrics(app: App): void {
  app.openapi(metricsRoute, async (c) => answer(c, await showMetrics(c.var.ports)));
  app.openapi(nodeRoute, async (c) => answer(c, take(await showNodeMetrics(c.var.ports, c.req.valid('param')))));
}
