// What validators read from one another while they agree. What changes while rounds run is kept for a second: a round is a few seconds long.
import { createRoute } from '@hono/zod-openapi';
import { epochPath, hashPath, noQuery } from '../../../schema/api/requests.ts';
import { objectionsSchema, reportSetSchema, statementsSchema, tellable } from '../../../schema/wire/network.ts';
import { tellObjections, tellReportSet, tellStatements } from '../../services/views/tell-peers.ts';
import { PEER_CACHING } from '../caching.ts';
import { json } from '../json.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';

const tellStatementsRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/statements',
  operationId: 'tellStatements',
  tags: ['peers'],
  summary: 'Signed roots of an epoch, the latest rounds first',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: jsonAnswer(statementsSchema, 'Statements of all validators that are known here.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const tellObjectionsRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/objections',
  operationId: 'tellObjections',
  tags: ['peers'],
  summary: 'Draws that did not stand here',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: jsonAnswer(objectionsSchema, 'Each names the validator, the slot and the draw.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const tellReportSetRoute = createRoute({
  method: 'get',
  path: '/v1/report-sets/{hash}',
  operationId: 'tellReportSet',
  tags: ['peers'],
  summary: 'The entries of a report set',
  request: { params: hashPath, query: noQuery },
  responses: {
    200: jsonAnswer(reportSetSchema, 'As the root’s `reportSetHash` has them.'),
    ...problems('bad-id', 'bad-query', 'not-found'),
  },
});

const told = (c: WebContext, value: object): Response =>
  c.json(tellable(value) as object, 200, { 'cache-control': PEER_CACHING });

export function mountPeers(app: App): void {
  app.openapi(tellStatementsRoute, async (c) => told(c, take(await tellStatements(c.var.ports, c.req.valid('param')))));
  app.openapi(tellObjectionsRoute, async (c) => told(c, take(await tellObjections(c.var.ports, c.req.valid('param')))));
  app.openapi(tellReportSetRoute, async (c) => json(c, take(await tellReportSet(c.var.ports, c.req.valid('param'))), 'fixed'));
}
