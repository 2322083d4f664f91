// What a node's operator wrote into the registry about it.
import { html } from 'hono/html';
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import { number } from './format.ts';
import type { Html } from './html.ts';

export function claimsSection(node: NodeDetail): Html {
  const row = (name: string, value: Html | string): Html =>
    html`<dt>${name}</dt>
      <dd>${value}</dd>`;
  const hash = (value: string): Html => html`<span class="hash">${value}</span>`;
  return html`<section aria-labelledby="claims">
    <h2 id="claims">What it claims</h2>
    <p class="quiet">From the registry on chain. Speed and memory of its class are put to the test; nothing else is.</p>
    <dl class="facts">
      ${row('Class', node.class ?? 'none')} ${row('Memory', node.vramMiB === 0 ? 'none stated' : `${number(node.vramMiB)} MiB`)}
      ${row('Address', hash(node.host ?? 'not a URL'))}
      ${row('Operator', html`<a class="hash" href="/operators/${node.operator}">${node.operator}</a>`)}
      ${row('Node id', hash(node.id))} ${row('In effect since', `epoch ${number(node.fromEpoch)}`)}
    </dl>
  </section>`;
}
