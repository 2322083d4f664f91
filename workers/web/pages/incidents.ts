// Incidents of all nodes, newest first: what happened to whom, why, for how long, and who saw it. Of revealed epochs only.
import { html } from 'hono/html';
import type { IncidentItem, IncidentList } from '../../../schema/api/incidents.ts';
import { plural, span } from './format.ts';
import type { Html } from './html.ts';
import { heads, reasonTitle, time } from './parts.ts';

const WORST: Readonly<Record<IncidentItem['severity'], string>> = {
  suspected: 'could not be reached, once',
  degraded: 'failed now and then',
  down: 'was down',
};

function lasted({ openedAtMs, recoveredAtMs }: IncidentItem): string {
  return recoveredAtMs === null ? 'goes on' : span(Math.max(1, Math.round((recoveredAtMs - openedAtMs) / 1000)));
}

function row(incident: IncidentItem): Html {
  const { node, severity, cause, openedAtMs, recoveredAtMs, seenBy } = incident;
  return html`<tr>
    <th scope="row"><a href="/nodes/${node.id}">Node ${node.index}</a><small>${WORST[severity]}</small></th>
    <td data-label="Cause"><span class="${severity === 'suspected' ? 'quiet' : 'fails'}">${reasonTitle(cause)}</span></td>
    <td data-label="Began">${time(openedAtMs)}</td>
    <td data-label="Lasted"><span class="${recoveredAtMs === null ? 'fails' : 'holds'}">${lasted(incident)}</span></td>
    <td data-label="Seen by" class="num">${plural(seenBy.length, 'validator')}</td>
  </tr>`;
}

export function incidentsSection({ items, next }: IncidentList): Html {
  return html`<section aria-labelledby="incidents">
    <h2 id="incidents">Incidents</h2>
    <p class="quiet">
      Nodes that could not be reached, as they stood when their epoch became public.
      <a href="/incidents.atom">Feed</a> · <a href="/v1/incidents">as JSON</a>
    </p>
    ${
      items.length === 0
        ? html`<p class="note">None that is public.</p>`
        : html`<table>
            ${heads(['Node', 'Cause', 'Began', 'Lasted', 'Seen by#'])}
            <tbody>
              ${items.map(row)}
            </tbody>
          </table>`
    }
    ${next === null ? '' : html`<p class="more"><a href="/v1/incidents">Older incidents, as JSON</a></p>`}
  </section>`;
}
