// `/nodes/:id`: whom to trust at a glance and why. The grade and one sentence first, then each number with its interval, its past, where it is
// reached from, what went wrong, and how to check all of it without us.
import { html } from 'hono/html';
import type { AuditList } from '../../../schema/api/audits.ts';
import type { HealthState, IncidentList } from '../../../schema/api/incidents.ts';
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import type { History, Profile } from '../../../schema/api/profile.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { SCRIPTS } from '../assets/scripts.ts';
import { number, short } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { limitsSection } from './limits.ts';
import { badgesSection } from './node-badges.ts';
import { barsSection } from './node-bars.ts';
import { claimsSection } from './node-claims.ts';
import { historySection } from './node-history.ts';
import { incidentsSection } from './node-incidents.ts';
import { numbersSection } from './node-numbers.ts';
import { ownSections } from './node-own.ts';
import { recentSection } from './node-recent.ts';
import { regionsSection } from './node-regions.ts';
import { networkSection } from './node-verdict.ts';
import { verifySection } from './node-verify.ts';
import { STATUS_WORDS } from './parts.ts';
import { GRADE_TONE, GRADE_WORDS, leadWords } from './profile-words.ts';
import { rosette } from './rosette.ts';

export type NodePage = {
  readonly settings: WebSettings;
  readonly node: NodeDetail;
  readonly profile: Profile;
  readonly history: History;
  readonly incidents: IncidentList;
  /** This validator's own; null on a gateway, which has none. */
  readonly audits: AuditList | null;
  readonly chartEpochs: number;
  /** Where this service is reached, for commands and badges. */
  readonly origin: string;
};

const HEALTH_WORDS: Readonly<Record<HealthState, { tone: string; words: string }>> = {
  healthy: { tone: 'holds', words: 'It answers.' },
  suspected: { tone: 'fails', words: 'One validator cannot reach it.' },
  degraded: { tone: 'fails', words: 'It answers now and then only.' },
  down: { tone: 'fails', words: 'It is down: nobody reaches it.' },
};

/** Length of an epoch. */
export const epochSecondsOf = ({ clock }: WebSettings): number => clock.slotSeconds * clock.slotsPerEpoch;

function standing({ profile, node }: NodePage): Html {
  const { health } = profile;
  const status = node.status === 'audited' ? '' : html`<span class="fails">This node is ${STATUS_WORDS[node.status]}.</span> `;
  const now = health === null ? '' : html`<span class="${HEALTH_WORDS[health].tone}">${HEALTH_WORDS[health].words}</span> `;
  return html`<p class="quiet">${status}${now}${profile.why}</p>`;
}

function hero(page: NodePage): Html {
  const { profile, settings } = page;
  const { id, index, operator, grade } = profile;
  return html`<div class="hero">
    <div>
      <h1>
        <span class="over">Node ${number(index)} <span class="hash">${short(id)}</span></span>
        <span class="${GRADE_TONE[grade]}">${GRADE_WORDS[grade]}.</span>
      </h1>
      <p class="lead">${leadWords(profile, epochSecondsOf(settings))}</p>
      ${standing(page)}
      <ul class="ways">
        <li><a href="#verify">Verify this</a></li>
        <li><a href="/compare?nodes=${id}">Compare</a></li>
        <li><a href="/operators/${operator}">Its operator’s nodes</a></li>
        <li><a href="/v1/nodes/${id}/profile">JSON</a></li>
      </ul>
    </div>
    ${rosette(profile.slices, 'rosette')}
  </div>`;
}

export function nodePage(page: NodePage): Html {
  const { node, profile, settings, audits, chartEpochs, origin } = page;
  const { id, index, grade } = profile;
  const epochSeconds = epochSecondsOf(settings);
  const own = audits === null ? '' : ownSections({ node, audits, chartEpochs });
  const body = html`<p class="crumb"><a href="/#nodes">Nodes</a></p>
    ${hero(page)} ${numbersSection(profile)} ${barsSection(profile.bars)}
    ${historySection({ history: page.history, profile, epochSeconds, path: `/nodes/${id}` })} ${regionsSection(profile)}
    ${incidentsSection(page.incidents, id)} ${recentSection(profile.recent, settings)}
    ${verifySection({ settings, verdict: profile.verdict, origin })} ${networkSection(node)} ${own}
    ${badgesSection({ id, index, origin })} ${claimsSection(node)} ${limitsSection}`;
  const about = `Node ${number(index)}: ${GRADE_WORDS[grade].toLowerCase()}. ${leadWords(profile, epochSeconds)}`;
  const scripts = [SCRIPTS.page.path, SCRIPTS.verify.path];
  return layout({
    title: `Node ${number(index)}: ${GRADE_WORDS[grade].toLowerCase()} · Assay`,
    about,
    body,
    settings,
    room: 'nodes',
    scripts,
  });
}
