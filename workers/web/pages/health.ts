// How the network is, at a glance: nodes by tier as one bar, who is unwell, and where they answer from.
import { html, raw } from 'hono/html';
import type { NetworkFacts } from '../../../schema/api/profile.ts';
import { number, percent, plural } from './format.ts';
import type { Html } from './html.ts';
import { networkMap } from './network-map.ts';

const TONES = ['g1', 'g2', 'g3'] as const;

type Tier = NetworkFacts['tiers'][number] & { readonly words: string; readonly tone: string };

/** Best first; too few samples last, below all tiers before it. */
function tiersOf({ tiers }: NetworkFacts, names: readonly string[]): Tier[] {
  const order = [...names, 'below', 'none'];
  return tiers
    .filter(({ nodes }) => nodes > 0)
    .toSorted((a, b) => order.indexOf(a.tier) - order.indexOf(b.tier))
    .map(({ tier, nodes }) => {
      if (tier === 'none') return { tier, nodes, words: 'not enough data yet', tone: 'g6' };
      if (tier === 'below') return { tier, nodes, words: 'below all tiers', tone: 'g5' };
      return { tier, nodes, words: `tier ${tier}`, tone: TONES[names.indexOf(tier)] ?? 'g4' };
    });
}

function bar(tiers: readonly Tier[], total: number): Html {
  let at = 0;
  const parts = tiers.map(({ nodes, tone }) => {
    const width = (100 * nodes) / total;
    const drawn = `<path class="${tone}" d="M${at.toFixed(2)} 0h${Math.max(0, width - 0.3).toFixed(2)}v8h-${Math.max(0, width - 0.3).toFixed(2)}z"/>`;
    at += width;
    return drawn;
  });
  return html`<svg class="grades" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${raw(parts.join(''))}</svg>`;
}

function unwellWords({ unwell: { suspected, degraded, down } }: NetworkFacts): Html {
  if (suspected + degraded + down === 0) return html`<p class="quiet">No node has an open incident.</p>`;
  const parts = [
    down > 0 ? html`<span class="fails">${number(down)} down</span>` : null,
    degraded > 0 ? html`<span class="fails">${number(degraded)} answering now and then</span>` : null,
    suspected > 0 ? html`${number(suspected)} not reached by one validator` : null,
  ].filter((part) => part !== null);
  return html`<p>
    Right now ${parts.map((part, i) => html`${i === 0 ? '' : ', '}${part}`)}. <a href="#incidents">Incidents</a>
  </p>`;
}

/** @param names of the policy's tiers, best first @param path where the list of nodes is */
export function healthSection(facts: NetworkFacts, names: readonly string[], path: string): Html {
  const tiers = tiersOf(facts, names);
  const total = tiers.reduce((sum, { nodes }) => sum + nodes, 0);
  if (total === 0) return html``;
  const map = networkMap(facts.regions);
  const { due, done, jobs, questions } = facts;
  return html`<section aria-labelledby="state" class="state${map === null ? ' alone' : ''}">
    <div>
      <h2 id="state">How the network is</h2>
      ${bar(tiers, total)}
      <ul class="grades-list">
        ${tiers.map(
          ({ tier, nodes, words, tone }) =>
            html`<li>
              <i class="dot ${tone}"></i><a href="${path}?tier=${tier}#nodes">${words}</a
              ><span class="n">${plural(nodes, 'node')}</span>
            </li>`,
        )}
      </ul>
      ${unwellWords(facts)}
      <p class="quiet">
        Behind it: ${plural(jobs, 'job')} and ${plural(questions, 'question')} whether a node is there.
        ${due === 0 ? '' : `In the newest epoch ${percent(done, due)} of the audits that were due were done.`}
      </p>
    </div>
    ${map ?? ''}
  </section>`;
}
