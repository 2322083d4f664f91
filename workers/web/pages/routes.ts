// The pages' routes: the same views as the API, put into words.
import type { Hono } from 'hono';
import { epochPageQuery, epochParam, networkPageQuery, nodeIdParam, nodePageQuery } from '../../../schema/api/requests.ts';
import { listEpochNodes } from '../../services/views/list-epoch-nodes.ts';
import { listEpochs } from '../../services/views/list-epochs.ts';
import { listNodeAudits } from '../../services/views/list-node-audits.ts';
import { listNodes } from '../../services/views/list-nodes.ts';
import { showEpoch } from '../../services/views/show-epoch.ts';
import { showNetwork } from '../../services/views/show-network.ts';
import { showNode } from '../../services/views/show-node.ts';
import { liveCaching } from '../caching.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type WebContext, type WebEnv } from '../request.ts';
import { epochPage } from './epoch.ts';
import type { Html } from './layout.ts';
import { networkPage } from './network.ts';
import { nodePage } from './node.ts';

/** Rows and columns a page: together they stay under 30 kB. */
const NODE_ROWS = 20;
const AUDIT_ROWS = 20;
const CHART_EPOCHS = 48;

const page = (c: WebContext, content: Html): Response | Promise<Response> =>
  c.html(content, 200, { 'cache-control': liveCaching(c.var.ports.settings.clock) });

export function mountPages(app: Hono<WebEnv>): void {
  app.get('/', async (c) => {
    const { ports } = c.var;
    const { cursor, class: gpuClass } = queryValue(c, networkPageQuery);
    const [network, nodes, epochs] = await Promise.all([
      showNetwork(ports),
      listNodes(ports, { limit: NODE_ROWS, cursor, class: gpuClass }),
      listEpochs(ports, { limit: CHART_EPOCHS }),
    ]);
    return page(c, networkPage({ settings: ports.settings, network, nodes, epochs, gpuClass, chartEpochs: CHART_EPOCHS }));
  });
  app.get('/nodes/:id', async (c) => {
    const { ports } = c.var;
    const id = pathValue(c, 'id', nodeIdParam);
    const { cursor } = queryValue(c, nodePageQuery);
    const [node, audits] = await Promise.all([
      showNode(ports, { id }),
      listNodeAudits(ports, { id, query: { limit: AUDIT_ROWS, cursor } }),
    ]);
    const parts = { node: take(node), audits: take(audits) };
    return page(c, nodePage({ settings: ports.settings, ...parts, chartEpochs: CHART_EPOCHS }));
  });
  app.get('/epochs/:epoch', async (c) => {
    const { ports } = c.var;
    const epoch = pathValue(c, 'epoch', epochParam);
    const { cursor } = queryValue(c, epochPageQuery);
    const [detail, nodes] = await Promise.all([
      showEpoch(ports, { epoch }),
      listEpochNodes(ports, { epoch, query: { limit: NODE_ROWS, cursor } }),
    ]);
    return page(c, epochPage({ settings: ports.settings, epoch: take(detail), nodes: take(nodes) }));
  });
}
