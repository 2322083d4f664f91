// The list of nodes with its filter: a plain GET form, so that it works without script, can be linked and goes back with the browser's own
// button. Ticked nodes go to /compare by a second form.
import { html } from 'hono/html';
import { SORTS, type Grade, type RankedNode, type Ranking, type Sort } from '../../../schema/api/profile.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { duration, number, plural, rate, share, short } from './format.ts';
import type { Html } from './html.ts';
import { meter } from './meter.ts';
import { heads, STATUS_WORDS } from './parts.ts';

/** What the reader asked for, as it came. */
export type Asked = {
  readonly q?: string | undefined;
  readonly class?: string | undefined;
  readonly region?: string | undefined;
  readonly tier?: string | undefined;
  readonly operator?: string | undefined;
  readonly sort?: Sort | undefined;
};

export type RankedList = {
  readonly settings: WebSettings;
  readonly path: '/' | '/network';
  readonly asked: Asked;
  readonly ranking: Ranking;
};

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  score: 'best first',
  rate: 'fastest work',
  latency: 'quickest answer',
  uptime: 'most often there',
  index: 'by number',
};

const TONE: Readonly<Record<Grade, string>> = {
  excellent: 'holds',
  reliable: 'holds',
  fair: '',
  poor: 'fails',
  failing: 'fails',
  unproven: 'quiet',
};

const HEALTH: Readonly<Record<NonNullable<RankedNode['health']>, string>> = {
  healthy: '',
  suspected: 'not reached just now',
  degraded: 'answers now and then',
  down: 'down',
};

/** The same list at another place, or with something else asked. */
function linkTo({ path, asked }: RankedList, change: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...asked, ...change }))
    if (value !== undefined && value !== '' && (name !== 'sort' || value !== 'score')) params.set(name, value);
  const query = params.toString();
  return `${path}${query === '' ? '' : `?${query}`}#nodes`;
}

type Option = readonly [value: string, words: string];

function choice(name: string, label: string, chosen: string | undefined, options: readonly Option[]): Html {
  return html`<label
    >${label}
    <select name="${name}">
      ${options.map(([value, words]) =>
        value === (chosen ?? '')
          ? html`<option value="${value}" selected>${words}</option>`
          : html`<option value="${value}">${words}</option>`,
      )}
    </select></label
  >`;
}

const plain = (values: readonly string[], all: string): Option[] => [['', all], ...values.map((value): Option => [value, value])];

function filterForm(list: RankedList): Html {
  const { settings, asked, path } = list;
  const { classes, regions, consensus } = settings.policy;
  const tiers = consensus.tiers.map(({ name }): Option => [name, `tier ${name}`]);
  const filtered = Object.entries(asked).some(
    ([name, value]) => value !== undefined && value !== '' && (name !== 'sort' || value !== 'score'),
  );
  return html`<form class="filter" action="${path}#nodes" method="get" role="search" aria-label="Nodes" data-live="nodes-found">
    <label class="search"
      >Search
      <input
        type="search"
        name="q"
        value="${asked.q ?? ''}"
        maxlength="64"
        placeholder="number, id, address"
        autocomplete="off"
        spellcheck="false"
    /></label>
    ${choice(
      'class',
      'Class',
      asked.class,
      plain(
        classes.map(({ name }) => name),
        'all',
      ),
    )}
    ${choice('region', 'Near', asked.region, plain(regions, 'anywhere'))}
    ${choice('tier', 'Tier', asked.tier, [['', 'any'], ...tiers, ['below', 'below all'], ['none', 'no grade yet']])}
    ${choice(
      'sort',
      'Order',
      asked.sort ?? 'score',
      SORTS.map((sort): Option => [sort, SORT_WORDS[sort]]),
    )}
    ${asked.operator === undefined ? '' : html`<input type="hidden" name="operator" value="${asked.operator}" />`}
    <span class="act"><button type="submit">Show</button>${filtered ? html`<a href="${path}#nodes">Clear</a>` : ''}</span>
  </form>`;
}

function nodeRow(node: RankedNode): Html {
  const { id, index, host, grade, scorePpm, samples, tierName, uptimePpm, uptimeLowPpm, latencyMs, nearest, health, status } =
    node;
  const name = `Node ${number(index)}`;
  const ill = health === null || health === 'healthy' ? '' : html`<small class="fails">${HEALTH[health]}</small>`;
  const said = status === 'audited' ? '' : html`<small>${STATUS_WORDS[status]}</small>`;
  return html`<tr>
    <th scope="row">
      <span class="pick"
        ><input type="checkbox" name="n${index}" value="${index}" form="compare" aria-label="Compare ${name}" /><span
          ><a href="/nodes/${id}">${name}</a><small class="hash">${host ?? short(id)}</small></span
        ></span
      >
    </th>
    <td data-label="Grade">
      <span
        ><span class="${TONE[grade]}">${grade}</span
        >${tierName === null ? '' : html`<small>tier&nbsp;${tierName}</small>`}${ill}${said}</span
      >
    </td>
    <td data-label="Class" class="claim">${node.class ?? 'no class'}</td>
    <td data-label="Passes">
      ${
        scorePpm === null || grade === 'unproven'
          ? html`<span class="quiet">${plural(samples, 'audit')} so far</span>`
          : html`<span>${meter(scorePpm)}≥ ${share(scorePpm)} <span class="quiet">of ${number(samples)}</span></span>`
      }
    </td>
    <td data-label="There" class="num">
      ${uptimePpm === null ? '–' : html`<span>${share(uptimePpm)}${uptimeLowPpm === null ? '' : html`<small>≥ ${share(uptimeLowPpm)}</small>`}</span>`}
    </td>
    <td data-label="Rate" class="num">${node.rate === null ? '–' : html`≥ ${rate(node.rate)}`}</td>
    <td data-label="Answers in" class="num">
      ${latencyMs === null ? '–' : html`<span>${duration(latencyMs)}${nearest === null ? '' : html`<small>near ${nearest}</small>`}</span>`}
    </td>
  </tr>`;
}

function countWords({ ranking, asked }: RankedList): Html {
  const { total, epoch } = ranking;
  const by =
    asked.operator === undefined
      ? ''
      : html` of operator <a class="hash" href="/operators/${asked.operator}">${short(asked.operator)}</a>`;
  const of = epoch === null ? '' : html`, as agreed for <a href="/consensus/${epoch}">epoch ${number(epoch)}</a>`;
  return html`${plural(total, 'node')}${by}${of}, ${SORT_WORDS[asked.sort ?? 'score']}.`;
}

const NONE_YET = html`<p class="note">
  The validators have not agreed on any epoch yet. Grades appear once an epoch has ended, every archive is public, and two thirds
  of the weight have signed the same root.
</p>`;

function found(list: RankedList): Html {
  const { ranking } = list;
  const more = ranking.next === null ? '' : html`<a href="${linkTo(list, { cursor: ranking.next })}" rel="next">More nodes</a>`;
  if (ranking.items.length === 0)
    return html`<p class="note">No node is like that. <a href="${list.path}#nodes">Show all</a></p>`;
  return html`${ranking.epoch === null ? NONE_YET : ''}
    <p class="quiet" role="status">${countWords(list)}</p>
    <table class="ranked">
      ${heads(['Node', 'Grade', 'Class', 'Passes', 'There#', 'Proven rate#', 'Answers in#'])}
      <tbody>
        ${ranking.items.map(nodeRow)}
      </tbody>
    </table>
    <form class="after" id="compare" action="/compare" method="get">
      <button type="submit">Compare those ticked</button><span class="quiet">two to four</span>${more}
    </form>`;
}

export function rankedSection(list: RankedList): Html {
  const { samplesMin } = list.settings.policy.consensus;
  return html`<section aria-labelledby="nodes">
    <h2 id="nodes">Nodes</h2>
    ${filterForm(list)}
    <div id="nodes-found">${found(list)}</div>
    <p class="quiet">
      “≥” is what is certain: the lower end of a 95 % interval, or work that was surely done. Under ${number(samplesMin)} audits
      there is no grade. <a href="/methodology#grades">What grades ask for</a>. Prices are not on chain, so none are shown.
    </p>
  </section>`;
}
