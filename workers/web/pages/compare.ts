// `/compare?nodes=…`: two to four nodes side by side, the same numbers as on their own pages; the best of a row is marked.
import { html } from 'hono/html';
import { SLICES, type Profile, type Slice } from '../../../schema/api/profile.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { bandwidth, duration, number, plural, share } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { regionName } from './map.ts';
import {
  GRADE_TONE,
  GRADE_WORDS,
  SLICE_NAMES,
  sliceInterval,
  sliceMissing,
  sliceSamples,
  sliceValue,
  tops,
} from './profile-words.ts';
import { rosetteMark } from './rosette.ts';

export const COMPARED_MAX = 4;

export type ComparePage = {
  readonly settings: WebSettings;
  readonly profiles: readonly Profile[];
  /** What was asked for, as it was written. */
  readonly asked: string;
  /** Why some of that is not here. */
  readonly notes: readonly string[];
};

type Row = {
  readonly name: string;
  readonly cell: (profile: Profile) => Html | string;
  /** For marking the best; null where the node has no such number. */
  readonly value: ((profile: Profile) => number | null) | null;
  readonly better: 'more' | 'less';
};

const sliceOf = (profile: Profile, key: Slice['key']): Slice | undefined => profile.slices.find((slice) => slice.key === key);

function sliceRow(key: Slice['key']): Row {
  const cell = (profile: Profile): Html | string => {
    const slice = sliceOf(profile, key);
    if (slice === undefined) return '–';
    const value = sliceValue(slice);
    const interval = sliceInterval(slice).replace(/^between (.*) and /, '$1 to ');
    return html`<span
      >${value ?? html`<span class="quiet">${sliceMissing(slice)}</span>`}<small>${interval}</small
      ><small>${sliceSamples(slice)}</small></span
    >`;
  };
  const value = (profile: Profile): number | null => sliceOf(profile, key)?.value ?? null;
  return { name: SLICE_NAMES[key], cell, value, better: key === 'latency' ? 'less' : 'more' };
}

const classWords = ({ class: claimed, evidence: { floor } }: Profile): Html | string =>
  claimed === null ? 'none' : html`<span>${claimed}${floor === null ? '' : html`<small>asks for ${tops(floor)}</small>`}</span>`;

const SCORE: Row = {
  name: 'Score',
  cell: ({ verdict }) =>
    verdict === null || verdict.tier === 0
      ? '–'
      : html`<span
          >${share(verdict.scorePpm)}<small
            >${verdict.tierName === null ? 'below all tiers' : `tier ${verdict.tierName}`}</small
          ></span
        >`,
  value: ({ verdict }) => (verdict === null || verdict.tier === 0 ? null : verdict.scorePpm),
  better: 'more',
};

const PLAIN: readonly Row[] = [
  { name: 'Claims', cell: classWords, value: null, better: 'more' },
  {
    name: 'Wrong results',
    cell: ({ evidence: { wrong, pass, fail } }) => (pass + fail === 0 ? '–' : `${number(wrong)} of ${number(pass + fail)}`),
    value: ({ evidence: { wrong, pass, fail } }) => (pass + fail === 0 ? null : wrong),
    better: 'less',
  },
  {
    name: 'Memory read at',
    cell: ({ verdict }) => (verdict === null || verdict.bandwidth === 0 ? '–' : `≥ ${bandwidth(verdict.bandwidth)}`),
    value: ({ verdict }) => (verdict === null || verdict.bandwidth === 0 ? null : verdict.bandwidth),
    better: 'more',
  },
  { name: 'Nearest region', cell: ({ nearest }) => (nearest === null ? '–' : regionName(nearest)), value: null, better: 'more' },
];

function regionRows(profiles: readonly Profile[]): Row[] {
  const regions = [...new Set(profiles.flatMap((profile) => profile.regions.map(({ region }) => region)))];
  const of = (profile: Profile, region: string): number | null => {
    const service = profile.regions.find((one) => one.region === region);
    return service === undefined || service.present === 0 ? null : service.latencyMs;
  };
  return regions.map((region) => ({
    name: `From ${regionName(region)}`,
    cell: (profile) => {
      const latency = of(profile, region);
      return latency === null ? '–' : `≤ ${duration(latency)}`;
    },
    value: (profile) => of(profile, region),
    better: 'less',
  }));
}

/** Which columns have a row's best value; none where all are equal, or only one has any. */
export function bestPlaces(values: readonly (number | null)[], better: 'more' | 'less'): Set<number> {
  const known = values.filter((value) => value !== null);
  if (known.length < 2 || new Set(known).size === 1) return new Set();
  const best = better === 'more' ? Math.max(...known) : Math.min(...known);
  return new Set(values.flatMap((value, i) => (value === best ? [i] : [])));
}

function rowOf({ name, cell, value, better }: Row, profiles: readonly Profile[]): Html {
  const best = value === null ? new Set<number>() : bestPlaces(profiles.map(value), better);
  return html`<tr>
    <th scope="row">${name}</th>
    ${profiles.map(
      (profile, i) =>
        html`<td data-label="Node ${number(profile.index)}" class="${best.has(i) ? 'best' : ''}">
          <span>${best.has(i) ? html`<small class="holds">best</small>` : ''}${cell(profile)}</span>
        </td>`,
    )}
  </tr>`;
}

function head(profile: Profile, rest: readonly Profile[]): Html {
  const { id, index, grade, slices } = profile;
  const without = rest.map((other) => other.id).join(',');
  return html`<th scope="col">
    ${rosetteMark(slices)}<a href="/nodes/${id}">Node ${number(index)}</a
    ><small class="${GRADE_TONE[grade]}">${GRADE_WORDS[grade]}</small>
    ${
      rest.length < 2
        ? ''
        : html`<small
            ><a href="/compare?nodes=${without}">leave out<span class="unseen"> node ${number(index)}</span></a></small
          >`
    }
  </th>`;
}

function table(profiles: readonly Profile[]): Html {
  const rows = [...PLAIN.slice(0, 1), SCORE, ...SLICES.map(sliceRow), ...PLAIN.slice(1), ...regionRows(profiles)];
  return html`<table class="compare">
    <caption class="unseen">
      ${plural(profiles.length, 'node')} side by side
    </caption>
    <thead>
      <tr>
        <td></td>
        ${profiles.map((profile) =>
          head(
            profile,
            profiles.filter((other) => other !== profile),
          ),
        )}
      </tr>
    </thead>
    <tbody>
      ${rows.map((row) => rowOf(row, profiles))}
    </tbody>
  </table>`;
}

function form({ profiles, asked }: ComparePage): Html {
  const value = profiles.length === 0 ? asked : profiles.map(({ index }) => String(index)).join(', ');
  return html`<form class="ask" action="/compare" method="get">
    <label for="nodes">Numbers or ids of two to four nodes, with commas between them</label>
    <div>
      <input id="nodes" name="nodes" value="${value}" required autocomplete="off" spellcheck="false" /><button type="submit">
        Compare
      </button>
    </div>
  </form>`;
}

/** Who is ahead in how many of the five slices, in one sentence. */
function lead(profiles: readonly Profile[]): string {
  if (profiles.length < 2) return 'Two to four nodes side by side, by the numbers that all validators agreed on.';
  const wins = profiles.map(() => 0);
  for (const key of SLICES) {
    const { value, better } = sliceRow(key);
    if (value === null) continue;
    for (const place of bestPlaces(profiles.map(value), better)) wins[place] = (wins[place] ?? 0) + 1;
  }
  const most = Math.max(...wins);
  const ahead = profiles.filter((_, i) => wins[i] === most);
  const [first] = ahead;
  if (first === undefined || most === 0) return 'They do not differ in any of the five slices.';
  const names = ahead.map(({ index }) => `node ${number(index)}`).join(' and ');
  return `${names[0]?.toUpperCase() ?? ''}${names.slice(1)} ${ahead.length === 1 ? 'leads' : 'lead'} in ${plural(most, 'slice')} of five.`;
}

export function comparePage(page: ComparePage): Html {
  const { profiles, settings, notes } = page;
  const title = profiles.length < 2 ? 'Compare nodes' : `Nodes ${profiles.map(({ index }) => number(index)).join(', ')} compared`;
  const body = html`<p class="crumb"><a href="/#nodes">Nodes</a></p>
    <h1>${title}</h1>
    <p class="lead">${lead(profiles)}</p>
    ${notes.map((note) => html`<p class="note">${note}</p>`)} ${profiles.length === 0 ? '' : table(profiles)} ${form(page)}`;
  const about = 'GPU nodes side by side: correctness, proven rate, latency, uptime, evidence.';
  return layout({ title: `${title} · Assay`, about, body, settings, room: 'nodes' });
}
