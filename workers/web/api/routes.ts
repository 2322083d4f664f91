// The JSON routes about nodes, the network and its policy. Each parses, asks one view, and says how long the answer keeps.
import { createRoute, z } from '@hono/zod-openapi';
import { auditList, auditDetail } from '../../../schema/api/audits.ts';
import { health, network } from '../../../schema/api/network.ts';
import { nodeDetail, nodeList } from '../../../schema/api/nodes.ts';
import { problem } from '../../../schema/api/problems.ts';
import { auditPath, hashPath, nodeAuditsQuery, nodePath, nodesQuery, noQuery } from '../../../schema/api/requests.ts';
import { listNodeAudits } from '../../services/views/list-node-audits.ts';
import { listNodes } from '../../services/views/list-nodes.ts';
import { showAudit } from '../../services/views/show-audit.ts';
import { showHealth } from '../../services/views/show-health.ts';
import { showNetwork } from '../../services/views/show-network.ts';
import { showNode } from '../../services/views/show-node.ts';
import { findShownPolicy, showPolicy, type ShownPolicy } from '../../services/views/show-policy.ts';
import { FOREVER_CACHING, liveCaching } from '../caching.ts';
import { json } from '../json.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';
import { mountConsensus } from './consensus.ts';
import { mountEpochs } from './epochs.ts';

const listNodesRoute = createRoute({
  method: 'get',
  path: '/v1/nodes',
  operationId: 'listNodes',
  tags: ['nodes'],
  summary: 'Nodes in effect, by index',
  request: { query: nodesQuery },
  responses: {
    200: jsonAnswer(nodeList, 'Nodes with the network’s verdict and this validator’s own sums.'),
    ...problems('bad-query', 'bad-cursor'),
  },
});

const showNodeRoute = createRoute({
  method: 'get',
  path: '/v1/nodes/{id}',
  operationId: 'showNode',
  tags: ['nodes'],
  summary: 'One node as the ledger knows it',
  request: { params: nodePath, query: noQuery },
  responses: {
    200: jsonAnswer(nodeDetail, 'Its key, address, last epochs, verdicts, and tallies by validator.'),
    ...problems('bad-id', 'bad-query', 'not-found'),
  },
});

const listNodeAuditsRoute = createRoute({
  method: 'get',
  path: '/v1/nodes/{id}/audits',
  operationId: 'listNodeAudits',
  tags: ['audits'],
  summary: 'This validator’s audits of a node, newest first',
  request: { params: nodePath, query: nodeAuditsQuery },
  responses: {
    200: jsonAnswer(auditList, 'Audits of revealed epochs.'),
    ...problems('bad-id', 'bad-query', 'bad-cursor', 'not-found'),
  },
});

const showAuditRoute = createRoute({
  method: 'get',
  path: '/v1/audits/{id}',
  operationId: 'showAudit',
  tags: ['audits'],
  summary: 'One audit of this validator, with its proof',
  request: { params: auditPath, query: noQuery },
  responses: {
    200: jsonAnswer(auditDetail, 'The record as hashed, the way from its hash to the root, and the transaction.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const showHealthRoute = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'showHealth',
  tags: ['network'],
  summary: 'Whether the service answers',
  responses: {
    200: jsonAnswer(health, 'It does. Steps that fail at present are named.'),
    ...problems(),
    503: {
      description: 'Its database does not; a deployment that is not ready says so as a problem.',
      content: { 'application/json': { schema: health }, 'application/problem+json': { schema: problem } },
    },
  },
});

const showNetworkRoute = createRoute({
  method: 'get',
  path: '/v1/network',
  operationId: 'showNetwork',
  tags: ['network'],
  summary: 'The network at a glance',
  request: { query: noQuery },
  responses: {
    200: jsonAnswer(network, 'Chain, registry, clock, policy, newest root, recent sums.'),
    ...problems('bad-query'),
  },
});

/** A policy's form is the protocol's own (docs/protocol.md); here it is what its bytes say. */
const policy = z.record(z.string(), z.unknown());

const showPolicyRoute = createRoute({
  method: 'get',
  path: '/v1/policy',
  operationId: 'showPolicy',
  tags: ['network'],
  summary: 'The policy in force',
  request: { query: noQuery },
  responses: {
    200: jsonAnswer(policy, 'Canonical JSON: the SHA-256 of these bytes is the policy’s hash.'),
    ...problems('bad-query'),
  },
});

const findPolicyRoute = createRoute({
  method: 'get',
  path: '/v1/policies/{hash}',
  operationId: 'findPolicy',
  tags: ['network'],
  summary: 'Any policy that this version knows',
  request: { params: hashPath, query: noQuery },
  responses: {
    200: jsonAnswer(policy, 'Canonical JSON, as hashed.'),
    ...problems('bad-id', 'bad-query', 'not-found'),
  },
});

function policyAnswer(c: WebContext, { json, hash }: ShownPolicy, caching: string): Response {
  return c.body(json, 200, { 'content-type': 'application/json', etag: `"${hash}"`, 'cache-control': caching });
}

function mountNetwork(app: App): void {
  app.openapi(showHealthRoute, async (c) => {
    const health = await showHealth(c.var.ports);
    return c.json(health, health.status === 'ok' ? 200 : 503, { 'cache-control': 'no-store' });
  });
  app.openapi(showNetworkRoute, async (c) => json(c, await showNetwork(c.var.ports)));
  app.openapi(showPolicyRoute, (c) => policyAnswer(c, showPolicy(c.var.ports), liveCaching(c.var.ports.settings.clock)));
  app.openapi(findPolicyRoute, (c) => policyAnswer(c, take(findShownPolicy(c.var.ports, c.req.valid('param'))), FOREVER_CACHING));
}

export function mountApi(app: App): void {
  mountNetwork(app);
  app.openapi(listNodesRoute, async (c) => json(c, await listNodes(c.var.ports, c.req.valid('query'))));
  app.openapi(showNodeRoute, async (c) => json(c, take(await showNode(c.var.ports, c.req.valid('param')))));
  app.openapi(listNodeAuditsRoute, async (c) => {
    const input = { ...c.req.valid('param'), query: c.req.valid('query') };
    return json(c, take(await listNodeAudits(c.var.ports, input)));
  });
  app.openapi(showAuditRoute, async (c) => {
    const detail = take(await showAudit(c.var.ports, c.req.valid('param')));
    return json(c, detail, detail.report !== null && detail.inclusion !== null ? 'fixed' : 'live');
  });
  mountEpochs(app);
  mountConsensus(app);
}
