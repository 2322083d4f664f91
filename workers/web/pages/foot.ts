// The foot of every page: whose view it is, and where the same is as data.
import { html } from 'hono/html';
import type { WebSettings } from '../../services/views/ports.ts';
import type { Html } from './html.ts';

export function foot(settings: WebSettings): Html {
  const { validator } = settings;
  const whose = validator === null ? 'A gateway’s view of all validators' : 'One validator’s view';
  const own = validator === null ? '' : html` · validator <span class="hash">${validator}</span>`;
  return html`<p>
      ${whose}, from stored and signed data. Chain ${settings.chainId} · registry
      <span class="hash">${settings.registry}</span>${own}
    </p>
    <p>Policy <a class="hash" href="/v1/policy">${settings.policyHash}</a></p>
    <p>
      Times are UTC. As data: <a href="/v1/network">network</a> · <a href="/v1/nodes">nodes</a> ·
      <a href="/v1/consensus">roots</a> · <a href="/metrics">metrics</a> · <a href="/incidents.atom">feed of incidents</a> ·
      <a href="/reference">the API</a> · version ${settings.version}
    </p>`;
}
