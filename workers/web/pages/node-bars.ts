// Ninety bars of a node's past: a day each, or an epoch each while the network is young. Two lanes, work and presence; a table says the same.
import { html, raw } from 'hono/html';
import type { Bar } from '../../../schema/api/profile.ts';
import { hitColumns } from './charts.ts';
import { number, percent, utc } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';
import { stretch } from './profile-words.ts';

const BARS = 90;
const STEP = 8;
const WIDTH = 6;
const HEIGHT = 44;
/** One failure among thousands is still seen. */
const FAIL_HEIGHT_MIN = 2.5;
const DAY_MS = 86_400_000;

type Lane = {
  readonly name: string;
  readonly good: (bar: Bar) => number;
  readonly bad: (bar: Bar) => number;
  readonly words: string;
};
const LANES: readonly Lane[] = [
  { name: 'Audits', good: ({ pass }) => pass, bad: ({ fail }) => fail, words: 'passed' },
  { name: 'Presence', good: ({ present }) => present, bad: ({ absent }) => absent, words: 'answered' },
];

const fixed = (value: number): string => String(Number(value.toFixed(1)));
const box = (x: number, y: number, height: number): string =>
  `M${fixed(x)} ${fixed(y)}h${String(WIDTH)}v${fixed(height)}h-${String(WIDTH)}z`;

const day = (timeMs: number): string => utc(timeMs).slice(0, 10);

/** `2026-11-22`, or `epoch 41, 2026-11-22 10:00` where a bar is shorter than a day. */
export function barWhen({ fromMs, throughMs, fromEpoch, throughEpoch }: Bar): string {
  if (throughMs - fromMs > DAY_MS / 2) return day(fromMs);
  const which =
    fromEpoch === throughEpoch ? `epoch ${number(fromEpoch)}` : `epochs ${number(fromEpoch)} to ${number(throughEpoch)}`;
  return `${which}, ${utc(fromMs).slice(0, 16)}`;
}

function barWords(bar: Bar): string {
  const parts = LANES.map(({ name, good, bad, words }) => {
    const all = good(bar) + bad(bar);
    return all === 0 ? `${name.toLowerCase()}: none` : `${name.toLowerCase()}: ${number(good(bar))} of ${number(all)} ${words}`;
  });
  return `${barWhen(bar)} · ${parts.join(' · ')}`;
}

/** Full columns of what went well, with what went badly at the foot, at least visibly. */
function lanePaths(bars: readonly Bar[], { good, bad }: Lane): string {
  const paths = { track: '', pass: '', fail: '' };
  bars.forEach((bar, i) => {
    const x = (BARS - bars.length + i) * STEP;
    const all = good(bar) + bad(bar);
    if (all === 0) {
      paths.track += box(x, HEIGHT - 4, 4);
      return;
    }
    const height = bad(bar) === 0 ? 0 : Math.max(FAIL_HEIGHT_MIN, (HEIGHT * bad(bar)) / all);
    if (height < HEIGHT) paths.pass += box(x, 0, HEIGHT - height - (height > 0 ? 1 : 0));
    if (height > 0) paths.fail += box(x, HEIGHT - height, Math.min(HEIGHT, height));
  });
  return Object.entries(paths)
    .map(([tone, d]) => (d === '' ? '' : `<path class="${tone}" d="${d}"/>`))
    .join('');
}

function lane(bars: readonly Bar[], which: Lane): Html {
  const [good, bad] = [which.good, which.bad].map((of) => bars.reduce((sum, bar) => sum + of(bar), 0));
  const all = (good ?? 0) + (bad ?? 0);
  const said = all === 0 ? 'none yet' : `${number(good ?? 0)} of ${number(all)} ${which.words} · ${percent(good ?? 0, all)}`;
  const width = BARS * STEP - (STEP - WIDTH);
  return html`<figure class="chart lane" aria-label="${which.name}">
    <figcaption><span class="name">${which.name}</span><span>${said}</span></figcaption>
    <svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${which.name}: ${said}.">
      ${raw(lanePaths(bars, which))}
      <g transform="translate(${(BARS - bars.length) * STEP} 0)">${hitColumns(bars.map(barWords), HEIGHT, bars.length * STEP)}</g>
    </svg>
    <p class="readout quiet" data-rest=""></p>
  </figure>`;
}

function table(bars: readonly Bar[]): Html {
  const known = bars.filter(({ pass, fail, present, absent }) => pass + fail + present + absent > 0);
  return html`<details>
    <summary>The same as a table</summary>
    <table class="dense tight">
      <caption class="unseen">
        Audits and presence over time, newest first
      </caption>
      ${heads(['When', 'Passed#', 'Failed#', 'There#', 'Not there#'])}
      <tbody>
        ${known.toReversed().map(
          (bar) =>
            html`<tr>
              <th scope="row">${barWhen(bar)}</th>
              <td data-label="Passed" class="num">${number(bar.pass)}</td>
              <td data-label="Failed" class="num">${number(bar.fail)}</td>
              <td data-label="There" class="num">${number(bar.present)}</td>
              <td data-label="Not there" class="num">${number(bar.absent)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}

/** Nothing where there are no bars. */
export function barsSection(known: readonly Bar[]): Html {
  const bars = known.slice(-BARS);
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return html``;
  const barSeconds = (first.throughMs - first.fromMs) / 1000;
  const all = (last.throughMs - first.fromMs) / 1000;
  const each = first.fromEpoch === first.throughEpoch ? 'an epoch, ' : '';
  return html`<section aria-labelledby="past">
    <h2 id="past">The last ${stretch(1, all)}</h2>
    <p class="quiet">One bar is ${each}${stretch(1, barSeconds)}; red at its foot is the share that failed.</p>
    ${LANES.map((which) => lane(bars, which))}
    <div class="ends"><span>${barWhen(first)}</span><span>${barWhen(last)}</span></div>
    ${table(bars)}
  </section>`;
}
