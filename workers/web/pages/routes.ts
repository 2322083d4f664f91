// The pages' routes: the same views as the API, put into words.
import { epochPageQuery, epochParam, ownPageQuery } from '../../../schema/api/requests.ts';
import { listEpochNodes } from '../../services/views/list-epoch-nodes.ts';
import { listEpochs } from '../../services/views/list-epochs.ts';
import { listNodes } from '../../services/views/list-nodes.ts';
import { showEpoch } from '../../services/views/show-epoch.ts';
import { showNetwork } from '../../services/views/show-network.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type App, type WebContext } from '../request.ts';
import { epochPage } from './epoch.ts';
import { ownPage } from './own.ts';
import { mountNetworkPages, network, page } from './routes-network.ts';
import { mountNodePages } from './routes-node.ts';

/** Rows and columns a page: together they stay under 30 kB. */
const NODE_ROWS = 20;
const CHART_EPOCHS = 48;

const isGateway = (c: WebContext): boolean => c.var.ports.settings.validator === null;

async function own(c: WebContext): Promise<Response> {
  const { ports } = c.var;
  const { cursor, class: gpuClass } = queryValue(c, ownPageQuery);
  const [summary, nodes, epochs] = await Promise.all([
    showNetwork(ports),
    listNodes(ports, { limit: NODE_ROWS, cursor, class: gpuClass }),
    listEpochs(ports, { limit: CHART_EPOCHS }),
  ]);
  const { settings } = ports;
  return page(c, ownPage({ settings, network: summary, nodes, epochs, gpuClass, chartEpochs: CHART_EPOCHS }));
}

export function mountPages(app: App): void {
  app.get('/', async (c) => (isGateway(c) ? network(c, '/') : own(c)));
  mountNodePages(app);
  app.get('/epochs/:epoch', async (c) => {
    const { ports } = c.var;
    const epoch = pathValue(c, 'epoch', epochParam);
    const { cursor } = queryValue(c, epochPageQuery);
    // A gateway has no audits of its own; what it has of an epoch is on the network's page of it.
    if (isGateway(c)) return c.redirect(`/consensus/${epoch}`);
    const [detail, nodes] = await Promise.all([
      showEpoch(ports, { epoch }),
      listEpochNodes(ports, { epoch, query: { limit: NODE_ROWS, cursor } }),
    ]);
    return page(c, epochPage({ settings: ports.settings, epoch: take(detail), nodes: take(nodes) }));
  });
  mountNetworkPages(app);
}
