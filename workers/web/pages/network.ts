// The network's page, `/` of a gateway and `/network` of a validator: how the network is, which nodes to trust, who says so, and where it
// stands on chain.
import { html } from 'hono/html';
import type { IncidentList } from '../../../schema/api/incidents.ts';
import type { NetworkFacts, Ranking } from '../../../schema/api/profile.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import type { Overview } from '../../services/views/show-overview.ts';
import { faultsSection } from './fault-list.ts';
import { number, plural } from './format.ts';
import { healthSection } from './health.ts';
import type { Html } from './html.ts';
import { incidentsSection } from './incidents.ts';
import { layout } from './layout.ts';
import { limitsSection } from './limits.ts';
import { figure } from './parts.ts';
import { rankedSection, type Asked } from './ranked.ts';
import { rootsSection } from './root-list.ts';
import { validatorsSection } from './validator-list.ts';

export type NetworkPage = {
  readonly settings: WebSettings;
  readonly overview: Overview;
  readonly facts: NetworkFacts;
  readonly ranking: Ranking;
  readonly asked: Asked;
  readonly incidents: IncidentList;
  /** Where this page is. */
  readonly path: '/' | '/network';
  readonly scripts: readonly string[];
};

function figures({ network, validators }: Overview, facts: NetworkFacts): Html {
  const { lastRoot, nodeCount } = network;
  const newest =
    lastRoot === null ? 'none yet' : html`<a href="/consensus/${lastRoot.epoch}">epoch ${number(lastRoot.epoch)}</a>`;
  return html`<dl class="figures">
    ${figure('nodes registered', number(nodeCount))} ${figure('validators behind it', number(validators.items.length))}
    ${figure('audits counted', number(facts.jobs + facts.questions))} ${figure('newest root agreed on', newest)}
  </dl>`;
}

export function networkPage(page: NetworkPage): Html {
  const { overview, settings, facts, path, asked, ranking, incidents, scripts } = page;
  const count = overview.validators.items.length;
  const body = html`<h1>Do these GPUs do the work they are paid for?</h1>
    <p class="lead">
      ${count < 2 ? 'Validators audit' : `${plural(count, 'validator')} audit`} the same nodes without knowing of one another’s
      results, and what two thirds of their weight compute alike stands on chain. You can recompute all of it.
    </p>
    ${figures(overview, facts)}
    ${healthSection(
      facts,
      settings.policy.consensus.tiers.map(({ name }) => name),
      path,
    )}
    ${rankedSection({ settings, path, asked, ranking })} ${validatorsSection(overview)} ${rootsSection(overview)}
    ${incidentsSection(incidents)} ${faultsSection(overview)} ${limitsSection}`;
  const about = 'What independent validators agree on about GPU compute nodes: grades, who audits, and where it stands on chain.';
  return layout({ title: 'Assay · the network', about, body, settings, scripts, room: path === '/' ? 'nodes' : 'network' });
}
