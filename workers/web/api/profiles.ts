// The routes of profiles: one node's standing and history, all nodes ranked, the best for a purpose, an operator's, the network's facts.
import { createRoute, z } from '@hono/zod-openapi';
import { bestQuery, historyQuery, rankQuery } from '../../../schema/api/profile-requests.ts';
import { best, history, networkFacts as factsAnswer, operatorDetail, profile, ranking } from '../../../schema/api/profile.ts';
import { addressParam, nodePath, noQuery } from '../../../schema/api/requests.ts';
import { bestNodes } from '../../services/profiles/best-nodes.ts';
import { networkFacts } from '../../services/profiles/network-facts.ts';
import { rankNodes } from '../../services/profiles/rank-nodes.ts';
import { showHistory } from '../../services/profiles/show-history.ts';
import { showOperator } from '../../services/profiles/show-operator.ts';
import { showProfile } from '../../services/profiles/show-profile.ts';
import { json } from '../json.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App } from '../request.ts';

const bestRoute = createRoute({
  ...{ method: 'get', path: '/v1/nodes/best', operationId: 'bestNodes', tags: ['nodes'] },
  summary: 'Nodes to place work on',
  description:
    'Best first, with why each stands where it stands and how many nodes each condition left. The same root and question give the same order.',
  request: { query: bestQuery },
  responses: { 200: jsonAnswer(best, 'The nodes, and the steps that led to them.'), ...problems('bad-query') },
});

const profileRoute = createRoute({
  ...{ method: 'get', path: '/v1/nodes/{id}/profile', operationId: 'nodeProfile', tags: ['nodes'] },
  summary: 'A node’s trust profile',
  description: 'Grade and why, five slices, bars, regions, recent audits and evidence; docs/profiles.md states the rules.',
  request: { params: nodePath, query: noQuery },
  responses: { 200: jsonAnswer(profile, 'The profile.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

const historyRoute = createRoute({
  ...{ method: 'get', path: '/v1/nodes/{id}/history', operationId: 'nodeHistory', tags: ['nodes'] },
  summary: 'A node’s history',
  description: 'Counts, latencies, proven rate and score over a range, in 120 points at most.',
  request: { params: nodePath, query: historyQuery },
  responses: { 200: jsonAnswer(history, 'The points, oldest first.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

const rankingRoute = createRoute({
  ...{ method: 'get', path: '/v1/ranking', operationId: 'rankNodes', tags: ['nodes'] },
  summary: 'All nodes, ranked',
  description: 'Filtered, searched and sorted. A cursor is good for the filters and order that it was made under.',
  request: { query: rankQuery },
  responses: { 200: jsonAnswer(ranking, 'A page of nodes.'), ...problems('bad-query', 'bad-cursor') },
});

const operatorRoute = createRoute({
  ...{ method: 'get', path: '/v1/operators/{address}', operationId: 'showOperator', tags: ['nodes'] },
  summary: 'An operator’s nodes',
  request: { params: z.object({ address: addressParam }), query: noQuery },
  responses: {
    200: jsonAnswer(operatorDetail, 'All nodes of the operator, best first.'),
    ...problems('bad-id', 'bad-query', 'not-found'),
  },
});

const factsRoute = createRoute({
  ...{ method: 'get', path: '/v1/network/facts', operationId: 'networkFacts', tags: ['network'] },
  summary: 'The network in a few numbers',
  request: { query: noQuery },
  responses: {
    200: jsonAnswer(factsAnswer, 'Nodes by tier, class and region, and what stands behind them.'),
    ...problems('bad-query'),
  },
});

export function mountProfiles(app: App): void {
  app.openapi(bestRoute, async (c) => json(c, await bestNodes(c.var.ports, c.req.valid('query'))));
  app.openapi(profileRoute, async (c) => json(c, take(await showProfile(c.var.ports, c.req.valid('param')))));
  app.openapi(historyRoute, async (c) => {
    const input = { ...c.req.valid('param'), ...c.req.valid('query') };
    return json(c, take(await showHistory(c.var.ports, input)));
  });
  app.openapi(rankingRoute, async (c) => json(c, await rankNodes(c.var.ports, c.req.valid('query'))));
  app.openapi(operatorRoute, async (c) => {
    const { address } = c.req.valid('param');
    return json(c, take(await showOperator(c.var.ports, { operator: address })));
  });
  app.openapi(factsRoute, async (c) => json(c, await networkFacts(c.var.ports)));
}
