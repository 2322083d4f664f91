// A node's incidents as a line of time: what happened, its cause in plain words, who saw it, and when it was over.
import { html } from 'hono/html';
import type { IncidentItem, IncidentList } from '../../../schema/api/incidents.ts';
import { REASON_TEXT } from '../../../schema/api/reasons.ts';
import { plural, short, span } from './format.ts';
import type { Html } from './html.ts';
import { time } from './parts.ts';

const TITLES: Readonly<Record<IncidentItem['severity'], string>> = {
  suspected: 'Could not be reached by one validator',
  degraded: 'Answered now and then only',
  down: 'Could not be reached',
};

function lasted({ openedAtMs, recoveredAtMs }: IncidentItem): string {
  if (recoveredAtMs === null) return ', not over yet';
  return ` for ${span(Math.max(1, Math.round((recoveredAtMs - openedAtMs) / 1000)))}`;
}

function seen({ seenBy }: IncidentItem): Html {
  if (seenBy.length === 0) return html``;
  return html`<details>
    <summary>Seen by ${plural(seenBy.length, 'validator')}</summary>
    <ul class="seen">
      ${seenBy.map(
        ({ validator, sinceMs }) =>
          html`<li><a href="/validators/${validator}" class="hash">${short(validator)}</a> since ${time(sinceMs)}</li>`,
      )}
    </ul>
  </details>`;
}

function item(incident: IncidentItem): Html {
  const { severity, open, cause, openedAtMs, confirmedAtMs, recoveredAtMs } = incident;
  const { title, meaning } = REASON_TEXT[cause];
  const confirmed =
    confirmedAtMs === null ? 'No second validator saw it.' : html`A second validator saw it, too, at ${time(confirmedAtMs)}.`;
  return html`<li class="${open ? 'open' : 'over'} ${severity}">
    <h3>${TITLES[severity]}${lasted(incident)}</h3>
    <p>
      ${time(openedAtMs)}${recoveredAtMs === null ? '' : html` – recovered ${time(recoveredAtMs)}`}.
      ${cause === 'none' ? '' : html`<b>${title}:</b> ${meaning} `}${confirmed}
    </p>
    ${seen(incident)}
  </li>`;
}

export function incidentsSection({ items, next }: IncidentList, nodeId: string): Html {
  const more = next === null ? '' : html`<p class="more"><a href="/v1/nodes/${nodeId}/incidents">All of them, as JSON</a></p>`;
  return html`<section aria-labelledby="incidents">
    <h2 id="incidents">Incidents</h2>
    ${
      items.length === 0
        ? html`<p class="note">None is known: nobody found it out of reach.</p>`
        : html`<ol class="timeline">
            ${items.map(item)}
          </ol>`
    }
    ${more}
  </section>`;
}
