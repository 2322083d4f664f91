// Pieces that several pages share: tallies, standings, reasons in plain words, times.
import { html } from 'hono/html';
import type { Reason } from '../../../protocol/verdict.ts';
import type { NodeItem, Standing } from '../../../schema/api/nodes.ts';
import { BASIS_TEXT, REASON_TEXT } from '../../../schema/api/reasons.ts';
import type { Tally } from '../../../schema/api/values.ts';
import { shareBar } from './bars.ts';
import { number, percent, plural, utc } from './format.ts';
import type { Html } from './html.ts';

export function tallyCell(tally: Tally): Html {
  const verdicts = tally.pass + tally.fail;
  if (verdicts === 0 && tally.void === 0) return html`<span class="quiet">none yet</span>`;
  const voided = tally.void === 0 ? '' : html`<small>and ${number(tally.void)} void</small>`;
  return html`${shareBar(tally)}<span>${number(tally.pass)} of ${number(verdicts)} passed</span>${voided}`;
}

/** A node's results in this validator's own audits; nothing where it has none. */
export function ownResults({ totals, standing }: Pick<NodeItem, 'totals' | 'standing'>): { totals: Tally; standing: Standing } {
  return {
    totals: totals ?? { pass: 0, fail: 0, void: 0 },
    standing: standing ?? { samples: 0, enough: false, passRateLowerPpm: null },
  };
}

/** Few audits give no grade, and say so. */
export function standingWords(standing: Standing): string {
  const { samples, passRateLowerPpm } = standing;
  if (passRateLowerPpm === null) return `${plural(samples, 'audit')} so far: not enough to judge by`;
  return `passes at least ${percent(passRateLowerPpm, 1_000_000)}`;
}

export const STATUS_WORDS: Readonly<Record<NodeItem['status'], string>> = {
  audited: 'audited',
  retired: 'retired: no longer audited',
  unknown_class: 'not audited: its class is not in the policy',
};

export const reasonTitle = (reason: Reason): string => REASON_TEXT[reason].title;

/** Reasons that occurred, most frequent first, each with what it means and who can check it. */
export function reasonTable(failures: readonly { reason: Reason; count: number }[]): Html {
  const sums = new Map<Reason, number>();
  for (const { reason, count } of failures) sums.set(reason, (sums.get(reason) ?? 0) + count);
  const rows = [...sums].toSorted(([, a], [, b]) => b - a);
  if (rows.length === 0) return html`<p class="note">No failed audit in this window.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Reason</th>
        <th scope="col" class="num">Audits</th>
        <th scope="col">In plain words</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([reason, count]) =>
          html`<tr>
            <th scope="row" class="fails">${REASON_TEXT[reason].title}</th>
            <td class="num" data-label="Audits">${number(count)}</td>
            <td>${REASON_TEXT[reason].meaning}<small>${BASIS_TEXT[REASON_TEXT[reason].basis]}</small></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export const time = (timeMs: number): Html => html`<time datetime="${utc(timeMs).replace(' ', 'T')}Z">${utc(timeMs)}</time>`;

/** A number with its name, as in a page's row of figures. */
export const figure = (name: string, value: Html | string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

/** Table heads in order; a name that ends in `#` heads a column of numbers. */
export const heads = (names: readonly string[]): Html =>
  html`<thead>
    <tr>
      ${names.map((name) =>
        name.endsWith('#') ? html`<th scope="col" class="num">${name.slice(0, -1)}</th>` : html`<th scope="col">${name}</th>`,
      )}
    </tr>
  </thead>`;

/** A term and what it is, for lists of facts; nothing where it is unknown. */
export const fact = (name: string, value: Html | string | null): Html =>
  value === null
    ? html``
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;

export const hash = (value: string): Html => html`<span class="hash">${value}</span>`;
