// The routes of those who audit, and of faults that were proved against anybody.
import { createRoute } from '@hono/zod-openapi';
import { faultDetail, faultList, validatorDetail, validatorList } from '../../../schema/api/consensus.ts';
import { faultPath, faultsQuery, noQuery, operatorPath } from '../../../schema/api/requests.ts';
import { listFaults, showFault } from '../../services/views/list-faults.ts';
import { listValidators } from '../../services/views/list-validators.ts';
import { showValidator } from '../../services/views/show-validator.ts';
import { json } from '../json.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App } from '../request.ts';

const listValidatorsRoute = createRoute({
  method: 'get',
  path: '/v1/validators',
  operationId: 'listValidators',
  tags: ['validators'],
  summary: 'Seats of the newest set',
  request: { query: noQuery },
  responses: {
    200: jsonAnswer(validatorList, 'Stake, weight, line under the newest root, reward so far, archive.'),
    ...problems('bad-query'),
  },
});

const showValidatorRoute = createRoute({
  method: 'get',
  path: '/v1/validators/{operator}',
  operationId: 'showValidator',
  tags: ['validators'],
  summary: 'One validator, with its last epochs',
  request: { params: operatorPath, query: noQuery },
  responses: {
    200: jsonAnswer(validatorDetail, 'Its seat, archives and scores.'),
    ...problems('bad-id', 'bad-query', 'not-found'),
  },
});

const listFaultsRoute = createRoute({
  method: 'get',
  path: '/v1/faults',
  operationId: 'listFaults',
  tags: ['validators'],
  summary: 'Provable faults that were found here, newest epoch first',
  request: { query: faultsQuery },
  responses: {
    200: jsonAnswer(faultList, 'What was found, and what came of it on chain.'),
    ...problems('bad-query', 'bad-cursor'),
  },
});

const showFaultRoute = createRoute({
  method: 'get',
  path: '/v1/faults/{faultKey}',
  operationId: 'showFault',
  tags: ['validators'],
  summary: 'One fault, with what proves it',
  request: { params: faultPath, query: noQuery },
  responses: {
    200: jsonAnswer(faultDetail, 'The proof as the chain’s contract takes it.'),
    ...problems('bad-id', 'bad-query', 'not-found'),
  },
});

export function mountValidators(app: App): void {
  app.openapi(listValidatorsRoute, async (c) => json(c, await listValidators(c.var.ports)));
  app.openapi(showValidatorRoute, async (c) => json(c, take(await showValidator(c.var.ports, c.req.valid('param')))));
  app.openapi(listFaultsRoute, async (c) => json(c, await listFaults(c.var.ports, c.req.valid('query'))));
  app.openapi(showFaultRoute, async (c) => json(c, take(await showFault(c.var.ports, c.req.valid('param')))));
}
