// The routes of a validator's own epochs; a gateway, which has none, lists those of the network.
import { createRoute, z } from '@hono/zod-openapi';
import { consensusList, signedReport } from '../../../schema/api/consensus.ts';
import { epochDetail, epochList, epochNodeList } from '../../../schema/api/epochs.ts';
import { epochNodesQuery, epochPath, epochsQuery, noQuery } from '../../../schema/api/requests.ts';
import { listConsensus } from '../../services/views/list-consensus.ts';
import { listEpochNodes } from '../../services/views/list-epoch-nodes.ts';
import { listEpochs } from '../../services/views/list-epochs.ts';
import { showEpoch } from '../../services/views/show-epoch.ts';
import { tellReport } from '../../services/views/tell-peers.ts';
import { json } from '../json.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App } from '../request.ts';

const listEpochsRoute = createRoute({
  method: 'get',
  path: '/v1/epochs',
  operationId: 'listEpochs',
  tags: ['epochs'],
  summary: 'Public epochs, newest first',
  request: { query: epochsQuery },
  responses: {
    200: jsonAnswer(z.union([epochList, consensusList]), 'A validator’s own epochs; on a gateway those of the network.'),
    ...problems('bad-query', 'bad-cursor'),
  },
});

const showEpochRoute = createRoute({
  method: 'get',
  path: '/v1/epochs/{epoch}',
  operationId: 'showEpoch',
  tags: ['epochs'],
  summary: 'One own epoch: counts, roots, beacon, signed report',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: jsonAnswer(epochDetail, 'The epoch as sealed, and as posted if it is on chain.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const listEpochNodesRoute = createRoute({
  method: 'get',
  path: '/v1/epochs/{epoch}/nodes',
  operationId: 'listEpochNodes',
  tags: ['epochs'],
  summary: 'An own epoch’s summaries: the leaves under its summary root',
  request: { params: epochPath, query: epochNodesQuery },
  responses: {
    200: jsonAnswer(epochNodeList, 'By node and kind.'),
    ...problems('bad-id', 'bad-query', 'bad-cursor', 'not-found', 'not-revealed'),
  },
});

const showReportRoute = createRoute({
  method: 'get',
  path: '/v1/epochs/{epoch}/report',
  operationId: 'showReport',
  tags: ['peers'],
  summary: 'The own report of an epoch, as signed',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: jsonAnswer(signedReport, 'Report and signature. It may come before the reveal, as soon as the chain has it.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

export function mountEpochs(app: App): void {
  app.openapi(listEpochsRoute, async (c) => {
    const [{ ports }, query] = [c.var, c.req.valid('query')];
    return json(c, ports.settings.validator === null ? await listConsensus(ports, query) : await listEpochs(ports, query));
  });
  app.openapi(showEpochRoute, async (c) => {
    const detail = take(await showEpoch(c.var.ports, c.req.valid('param')));
    return json(c, detail, detail.state === 'posted' ? 'fixed' : 'live');
  });
  app.openapi(listEpochNodesRoute, async (c) => {
    const input = { ...c.req.valid('param'), query: c.req.valid('query') };
    return json(c, take(await listEpochNodes(c.var.ports, input)), 'fixed');
  });
  app.openapi(showReportRoute, async (c) => {
    const { told, posted } = take(await tellReport(c.var.ports, c.req.valid('param')));
    return json(c, told, posted ? 'fixed' : 'live');
  });
}
