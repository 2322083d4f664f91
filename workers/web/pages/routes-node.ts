// The pages about nodes: one, several side by side, and all of one operator.
import { z } from 'zod';
import { range, type Profile } from '../../../schema/api/profile.ts';
import { addressParam, nodeIdParam, nodePageQuery } from '../../../schema/api/requests.ts';
import { listIncidents } from '../../services/health/list-incidents.ts';
import { showHistory } from '../../services/profiles/show-history.ts';
import { showOperator } from '../../services/profiles/show-operator.ts';
import { showProfile } from '../../services/profiles/show-profile.ts';
import type { Answer } from '../../services/views/answer.ts';
import { findNode } from '../../services/views/find-node.ts';
import { listNodeAudits } from '../../services/views/list-node-audits.ts';
import type { WebPorts } from '../../services/views/ports.ts';
import { showNode } from '../../services/views/show-node.ts';
import { liveCaching } from '../caching.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type App, type WebContext } from '../request.ts';
import { COMPARED_MAX, comparePage } from './compare.ts';
import type { Html } from './html.ts';
import { nodePage } from './node.ts';
import { operatorPage } from './operator.ts';

const AUDIT_ROWS = 20;
const CHART_EPOCHS = 48;
const INCIDENT_ROWS = 20;
/** Four ids of 66 characters, and what people write between them. */
const NODES_CHARS_MAX = 400;

/** "Verify this" reads from an RPC that the reader chooses: any with TLS, or one on the reader's own machine. */
const READERS_RPC = ['https:', 'http://127.0.0.1:*', 'http://localhost:*'];

const detailQuery = nodePageQuery.extend({ range: range.default('30d') });
const compareQuery = z.object({
  nodes: z
    .string()
    .max(NODES_CHARS_MAX, `at most ${String(NODES_CHARS_MAX)} characters`)
    .default(''),
});

const page = (c: WebContext, content: Html): Response | Promise<Response> =>
  c.html(content, 200, { 'cache-control': liveCaching(c.var.ports.settings.clock) });

/** Where readers reach this service: as its operator says, or as this request did. */
const originOf = (c: WebContext): string => {
  const { publicUrl } = c.var.ports.settings;
  return publicUrl === null ? new URL(c.req.url).origin : publicUrl.replace(/\/+$/, '');
};

async function node(c: WebContext): Promise<Response> {
  const { ports } = c.var;
  const id = pathValue(c, 'id', nodeIdParam);
  const { cursor, range: chosen } = queryValue(c, detailQuery);
  const detail = take(await showNode(ports, { id }));
  const [profile, history, incidents, audits] = await Promise.all([
    showProfile(ports, { id }),
    showHistory(ports, { id, range: chosen }),
    listIncidents(ports, { node: detail.index, limit: INCIDENT_ROWS }),
    ports.settings.validator === null ? null : listNodeAudits(ports, { id, query: { limit: AUDIT_ROWS, cursor } }),
  ]);
  c.set('connectTo', READERS_RPC);
  const parts = { node: detail, profile: take(profile), history: take(history), incidents };
  const own = { audits: audits === null ? null : take(audits), chartEpochs: CHART_EPOCHS };
  return page(c, nodePage({ settings: ports.settings, ...parts, ...own, origin: originOf(c) }));
}

async function profileOf(ports: WebPorts, text: string): Promise<Answer<Profile>> {
  const id = await findNode(ports, { text });
  return id.ok ? showProfile(ports, { id: id.value }) : id;
}

/** A list's tick boxes: each has a name of its own, since no parameter may come twice. */
const ticked = (c: WebContext): string[] =>
  Object.entries(c.req.query()).flatMap(([name, value]) => (/^n\d{1,9}$/.test(name) ? [value] : []));

async function compare(c: WebContext): Promise<Response> {
  const { ports } = c.var;
  const { nodes } = queryValue(c, compareQuery);
  const asked = [nodes, ...ticked(c)]
    .filter((text) => text !== '')
    .join(' ')
    .slice(0, NODES_CHARS_MAX);
  const named = [...new Set(asked.split(/[\s,]+/).filter((text) => text !== ''))];
  const answers = await Promise.all(named.slice(0, COMPARED_MAX).map((text) => profileOf(ports, text)));
  const profiles = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
  const once = profiles.filter(({ id }, i) => profiles.findIndex((other) => other.id === id) === i);
  const notes = answers.flatMap((answer) => (answer.ok ? [] : [answer.detail]));
  if (named.length > COMPARED_MAX) notes.push(`Only the first ${String(COMPARED_MAX)} of what was asked for are compared.`);
  if (once.length === 1) notes.push('One node alone is not a comparison: name another one below.');
  return page(c, comparePage({ settings: ports.settings, profiles: once, asked, notes }));
}

export function mountNodePages(app: App): void {
  app.get('/nodes/:id', node);
  app.get('/compare', compare);
  app.get('/operators/:address', async (c) => {
    const { ports } = c.var;
    const operator = take(await showOperator(ports, { operator: pathValue(c, 'address', addressParam) }));
    return page(c, operatorPage({ settings: ports.settings, operator }));
  });
}
