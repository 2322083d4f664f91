// Whether a node was there, on its page: by region, with the interval that so many questions allow.
import { html } from 'hono/html';
import type { NodeDetail, RegionPresence } from '../../../schema/api/nodes.ts';
import { duration, number, share } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';

function row({ region, present, absent, ...rest }: RegionPresence): Html {
  const { uptimePpm, uptimeLowPpm, uptimeHighPpm, latencyMs, latencyHighMs } = rest;
  const trip = (ms: number): string => (ms === 0 ? '–' : duration(ms));
  return html`<tr>
    <th scope="row">${region}</th>
    <td data-label="There" class="num">
      <span>${share(uptimePpm)}<small>between ${share(uptimeLowPpm)} and ${share(uptimeHighPpm)}</small></span>
    </td>
    <td data-label="Asked" class="num">${number(present + absent)}</td>
    <td data-label="Half answer in" class="num">${trip(latencyMs)}</td>
    <td data-label="19 of 20 answer in" class="num">${trip(latencyHighMs)}</td>
  </tr>`;
}

export function presenceSection({ presence }: NodeDetail): Html {
  if (presence === null) return html``;
  return html`<section aria-labelledby="presence">
    <h2 id="presence">Is it there?</h2>
    <p class="quiet">
      Signed answers to a nonce, asked at random times from several regions. The interval holds the true share with 95 %
      confidence; times include the way to the region and back.
    </p>
    ${
      presence.length === 0
        ? html`<p class="note">It has not been asked in this window.</p>`
        : html`<table>
            ${heads(['Region', 'There#', 'Asked#', 'Half answer in#', '19 of 20 answer in#'])}
            <tbody>
              ${presence.map(row)}
            </tbody>
          </table>`
    }
  </section>`;
}
