// The last audits of a node by all validators, each with its reason in plain words and where its evidence is.
import { html } from 'hono/html';
import { KIND_GEMM, KIND_VRAM } from '../../../protocol/challenge.ts';
import type { RecentAudit } from '../../../schema/api/profile.ts';
import { REASON_TEXT } from '../../../schema/api/reasons.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { bandwidth, duration, hostOf, number, short } from './format.ts';
import type { Html } from './html.ts';
import { heads, time } from './parts.ts';
import { tops } from './profile-words.ts';

/** Shown at once; the rest is behind a fold. */
const FIRST_ROWS = 12;

const kindName = (kind: number): string => (kind === KIND_GEMM ? 'multiplication' : kind === KIND_VRAM ? 'memory' : 'presence');

function evidence({ id, validator, validatorUrl }: RecentAudit, settings: WebSettings): Html {
  if (validator === settings.validator) return html`<a href="/v1/audits/${id}">record and proof</a>`;
  // An address that somebody else wrote stays text.
  return html`<span class="hash">${id}</span><small>at ${hostOf(validatorUrl)}</small>`;
}

function row(audit: RecentAudit, settings: WebSettings): Html {
  const { kind, outcome, reason, elapsedMs, measure, startedAtMs, validator } = audit;
  const tone = outcome === 'pass' ? 'holds' : outcome === 'fail' ? 'fails' : 'quiet';
  const proven = measure === 0 ? '–' : `≥ ${kind === KIND_VRAM ? bandwidth(measure) : tops(measure)}`;
  const why = outcome === 'pass' ? '' : html`<small>${REASON_TEXT[reason].meaning}</small>`;
  const asked = startedAtMs === 0 ? 'no challenge sent' : time(startedAtMs);
  return html`<tr>
    <th scope="row"><span class="${tone}">${REASON_TEXT[reason].title}</span><small>${kindName(kind)}, ${asked}</small>${why}</th>
    <td data-label="By"><a href="/validators/${validator}" class="hash">${short(validator)}</a></td>
    <td data-label="Answered in" class="num">${elapsedMs === 0 ? '–' : duration(elapsedMs)}</td>
    <td data-label="Proven" class="num">${proven}</td>
    <td data-label="Evidence"><span>${evidence(audit, settings)}</span></td>
  </tr>`;
}

function table(audits: readonly RecentAudit[], settings: WebSettings, caption: string): Html {
  return html`<table class="recent">
    <caption class="unseen">
      ${caption}
    </caption>
    ${heads(['Result', 'By', 'Answered in#', 'Proven#', 'Evidence'])}
    <tbody>
      ${audits.map((audit) => row(audit, settings))}
    </tbody>
  </table>`;
}

export function recentSection(recent: readonly RecentAudit[], settings: WebSettings): Html {
  const [first, rest] = [recent.slice(0, FIRST_ROWS), recent.slice(FIRST_ROWS)];
  const more =
    rest.length === 0
      ? ''
      : html`<details>
          <summary>${number(rest.length)} more</summary>
          ${table(rest, settings, 'Earlier audits')}
        </details>`;
  return html`<section aria-labelledby="recent">
    <h2 id="recent">The last audits</h2>
    <p class="quiet">
      By all validators, from archives that were found right; failures of an epoch come before what passed. What is proven is a
      lower bound.
    </p>
    ${
      recent.length === 0
        ? html`<p class="note">No audit of it is public yet.</p>`
        : html`${table(first, settings, 'The last audits by all validators')}${more}`
    }
  </section>`;
}
