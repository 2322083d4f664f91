// From where a node is reached, and how fast: the map and the same as a table.
import { html } from 'hono/html';
import type { Profile, RegionService } from '../../../schema/api/profile.ts';
import { duration, number, share } from './format.ts';
import type { Html } from './html.ts';
import { regionName, worldMap } from './map.ts';
import { heads } from './parts.ts';

function row({ region, present, absent, uptimePpm, latencyMs, latencyHighMs }: RegionService, nearest: string | null): Html {
  const trip = (ms: number): string => (present === 0 ? '–' : `≤ ${duration(ms)}`);
  return html`<tr>
    <th scope="row">
      ${regionName(region)}<small>${region === nearest ? html`<span class="holds">nearest</span> · ` : ''}${region}</small>
    </th>
    <td data-label="There" class="num">${share(uptimePpm)}</td>
    <td data-label="Asked" class="num">${number(present + absent)}</td>
    <td data-label="Half answer in" class="num">${trip(latencyMs)}</td>
    <td data-label="19 of 20 answer in" class="num">${trip(latencyHighMs)}</td>
  </tr>`;
}

export function regionsSection({ regions, nearest }: Pick<Profile, 'regions' | 'nearest'>): Html {
  return html`<section aria-labelledby="regions">
    <h2 id="regions">From where it is reached</h2>
    ${
      regions.length === 0
        ? html`<p class="note">No question for its presence is public yet.</p>`
        : html`${worldMap(regions, nearest) ?? ''}
            <table class="tight">
              <caption class="unseen">
                Presence and latency by region
              </caption>
              ${heads(['Region', 'There#', 'Asked#', 'Half answer in#', '19 of 20 answer in#'])}
              <tbody>
                ${regions.map((service) => row(service, nearest))}
              </tbody>
            </table>`
    }
  </section>`;
}
