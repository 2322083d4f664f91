// The network-wide pages' routes: the network, its epochs and validators, how numbers come about, and how this Worker is.
import { z } from 'zod';
import { rankPageQuery } from '../../../schema/api/profile-requests.ts';
import { addressParam, epochParam } from '../../../schema/api/requests.ts';
import { listIncidents } from '../../services/health/list-incidents.ts';
import { networkFacts } from '../../services/profiles/network-facts.ts';
import { rankNodes } from '../../services/profiles/rank-nodes.ts';
import { showConsensus } from '../../services/views/show-consensus.ts';
import { showOverview } from '../../services/views/show-overview.ts';
import { showStatus } from '../../services/views/show-status.ts';
import { showValidator } from '../../services/views/show-validator.ts';
import { SCRIPTS } from '../assets/scripts.ts';
import { liveCaching } from '../caching.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type App, type WebContext } from '../request.ts';
import { consensusPage } from './consensus.ts';
import type { Html } from './html.ts';
import { methodologyPage } from './methodology.ts';
import { networkPage } from './network.ts';
import { statusPage } from './status.ts';
import { validatorPage } from './validator.ts';

/** A form sends what was left empty, too. */
const filled = (given: unknown): unknown =>
  typeof given === 'object' && given !== null
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
    : given;
const formQuery = z.preprocess(filled, rankPageQuery);

/** Rows of the network's page, which has five tables: together they stay under 30 kB compressed. */
const RANK_ROWS = 25;
const ROOT_ROWS = 10;
const INCIDENT_ROWS = 6;

export const page = (c: WebContext, content: Html): Response | Promise<Response> =>
  c.html(content, 200, { 'cache-control': liveCaching(c.var.ports.settings.clock) });

export async function network(c: WebContext, path: '/' | '/network'): Promise<Response> {
  const { ports } = c.var;
  const { limit: _limit, cursor, ...asked } = queryValue(c, formQuery);
  const [overview, facts, ranking, incidents] = await Promise.all([
    showOverview(ports, { epochs: ROOT_ROWS }),
    networkFacts(ports),
    rankNodes(ports, { ...asked, cursor, limit: RANK_ROWS }),
    listIncidents(ports, { limit: INCIDENT_ROWS }),
  ]);
  const { settings } = ports;
  return page(c, networkPage({ settings, overview, facts, ranking, asked, incidents, path, scripts: [SCRIPTS.find.path] }));
}

export function mountNetworkPages(app: App): void {
  app.get('/network', async (c) => network(c, '/network'));
  app.get('/consensus/:epoch', async (c) => {
    const { ports } = c.var;
    const { detail } = take(await showConsensus(ports, { epoch: pathValue(c, 'epoch', epochParam) }));
    return page(c, consensusPage({ settings: ports.settings, detail, origin: new URL(c.req.url).origin }));
  });
  app.get('/validators/:operator', async (c) => {
    const { ports } = c.var;
    const validator = take(await showValidator(ports, { operator: pathValue(c, 'operator', addressParam) }));
    return page(c, validatorPage({ settings: ports.settings, validator }));
  });
  app.get('/methodology', (c) => page(c, methodologyPage(c.var.ports.settings)));
  app.get('/status', async (c) => {
    const { ports } = c.var;
    const [status, incidents] = await Promise.all([showStatus(ports), listIncidents(ports, { limit: INCIDENT_ROWS })]);
    return page(c, statusPage({ settings: ports.settings, status, incidents, nowMs: ports.nowMs() }));
  });
}
