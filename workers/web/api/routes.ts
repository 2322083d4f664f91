// The JSON routes. Each parses, asks one view, and says how long the answer keeps.
import {
  auditIdParam,
  epochNodesQuery,
  epochParam,
  epochsQuery,
  hashParam,
  nodeAuditsQuery,
  nodeIdParam,
  nodesQuery,
  noQuery,
} from '../../../schema/api/requests.ts';
import { listConsensus } from '../../services/views/list-consensus.ts';
import { listEpochNodes } from '../../services/views/list-epoch-nodes.ts';
import { listEpochs } from '../../services/views/list-epochs.ts';
import { listNodeAudits } from '../../services/views/list-node-audits.ts';
import { listNodes } from '../../services/views/list-nodes.ts';
import { showAudit } from '../../services/views/show-audit.ts';
import { showEpoch } from '../../services/views/show-epoch.ts';
import { showHealth } from '../../services/views/show-health.ts';
import { showNetwork } from '../../services/views/show-network.ts';
import { showNode } from '../../services/views/show-node.ts';
import { findShownPolicy, showPolicy, type ShownPolicy } from '../../services/views/show-policy.ts';
import { FOREVER_CACHING, liveCaching } from '../caching.ts';
import { json } from '../json.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type App, type WebContext } from '../request.ts';
import { mountConsensus } from './consensus.ts';

function mountNodes(app: App): void {
  app.get('/v1/nodes', async (c) => json(c, await listNodes(c.var.ports, queryValue(c, nodesQuery))));
  app.get('/v1/nodes/:id', async (c) => {
    queryValue(c, noQuery);
    return json(c, take(await showNode(c.var.ports, { id: pathValue(c, 'id', nodeIdParam) })));
  });
  app.get('/v1/nodes/:id/audits', async (c) => {
    const input = { id: pathValue(c, 'id', nodeIdParam), query: queryValue(c, nodeAuditsQuery) };
    return json(c, take(await listNodeAudits(c.var.ports, input)));
  });
}

function mountEpochs(app: App): void {
  app.get('/v1/epochs', async (c) => {
    const [{ ports }, query] = [c.var, queryValue(c, epochsQuery)];
    // A gateway has no epochs of its own to list: those of the network, with their roots.
    return json(c, ports.settings.validator === null ? await listConsensus(ports, query) : await listEpochs(ports, query));
  });
  app.get('/v1/epochs/:epoch', async (c) => {
    queryValue(c, noQuery);
    const detail = take(await showEpoch(c.var.ports, { epoch: pathValue(c, 'epoch', epochParam) }));
    return json(c, detail, detail.state === 'posted' ? 'fixed' : 'live');
  });
  app.get('/v1/epochs/:epoch/nodes', async (c) => {
    const input = { epoch: pathValue(c, 'epoch', epochParam), query: queryValue(c, epochNodesQuery) };
    return json(c, take(await listEpochNodes(c.var.ports, input)), 'fixed');
  });
}

function policyAnswer(c: WebContext, { json, hash }: ShownPolicy, caching: string): Response {
  return c.body(json, 200, { 'content-type': 'application/json', etag: `"${hash}"`, 'cache-control': caching });
}

export function mountApi(app: App): void {
  app.get('/health', async (c) => {
    const health = await showHealth(c.var.ports);
    return c.json(health, health.status === 'ok' ? 200 : 503, { 'cache-control': 'no-store' });
  });
  app.get('/v1/network', async (c) => {
    queryValue(c, noQuery);
    return json(c, await showNetwork(c.var.ports));
  });
  app.get('/v1/policy', (c) => {
    queryValue(c, noQuery);
    return policyAnswer(c, showPolicy(c.var.ports), liveCaching(c.var.ports.settings.clock));
  });
  app.get('/v1/policies/:hash', (c) => {
    queryValue(c, noQuery);
    const policy = take(findShownPolicy(c.var.ports, { hash: pathValue(c, 'hash', hashParam) }));
    return policyAnswer(c, policy, FOREVER_CACHING);
  });
  mountNodes(app);
  app.get('/v1/audits/:id', async (c) => {
    queryValue(c, noQuery);
    const detail = take(await showAudit(c.var.ports, { id: pathValue(c, 'id', auditIdParam) }));
    return json(c, detail, detail.report !== null && detail.inclusion !== null ? 'fixed' : 'live');
  });
  mountEpochs(app);
  mountConsensus(app);
}
