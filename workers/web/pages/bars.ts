// Small charts as plain SVG: one path a verdict, no script, no inline style.
import { html, raw } from 'hono/html';
import type { Tally } from '../../../schema/api/values.ts';
import { plural } from './format.ts';
import type { Html } from './html.ts';

const KEYS = ['pass', 'void', 'fail'] as const;
const fixed = (value: number): string => String(Number(value.toFixed(1)));
const box = (x: number, y: number, width: number, height: number): string =>
  `M${fixed(x)} ${fixed(y)}h${fixed(width)}v${fixed(height)}h${fixed(-width)}z`;

const words = (tally: Tally): string => `${tally.pass} passed, ${tally.fail} failed, ${tally.void} void`;

/** One bar of the three verdicts, as wide as its column; decoration beside numbers in text. */
export function shareBar(tally: Tally): Html {
  const total = tally.pass + tally.fail + tally.void;
  let x = 0;
  const parts = KEYS.map((key) => {
    const width = total === 0 ? 0 : (100 * tally[key]) / total;
    const path = width === 0 ? '' : `<path class="${key}" d="${box(x, 0, width, 6)}"/>`;
    x += width;
    return path;
  });
  return html`<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <path class="track" d="M0 0h100v6H0z" />
    ${raw(parts.join(''))}
  </svg>`;
}

const HEIGHT = 72;
const STEP = 12;
const WIDTH = 9;

/** A column an epoch, oldest first; `slots` columns wide even while there are fewer epochs. */
export function epochBars(epochs: readonly { epoch: number; tally: Tally }[], slots: number): Html {
  const most = Math.max(1, ...epochs.map(({ tally }) => tally.pass + tally.fail + tally.void));
  const paths = { pass: '', void: '', fail: '' };
  epochs.forEach(({ tally }, i) => {
    let y = HEIGHT;
    for (const key of KEYS) {
      const height = (HEIGHT * tally[key]) / most;
      y -= height;
      if (height > 0) paths[key] += box((slots - epochs.length + i) * STEP, y, WIDTH, height);
    }
  });
  const sum = (key: keyof Tally): number => epochs.reduce((total, { tally }) => total + tally[key], 0);
  const label = `${plural(epochs.length, 'epoch')}: ${words({ pass: sum('pass'), fail: sum('fail'), void: sum('void') })}`;
  const drawn = KEYS.map((key) => (paths[key] === '' ? '' : `<path class="${key}" d="${paths[key]}"/>`)).join('');
  const width = slots * STEP - (STEP - WIDTH);
  return html`<svg
    class="epochs"
    viewBox="0 0 ${width} ${HEIGHT + 1}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <path class="track" d="M0 ${HEIGHT}h${width}v1H0z" />
    ${raw(drawn)}
  </svg>`;
}

export const legend: Html = html`<p class="legend">
  <span><i class="pass"></i>passed</span><span><i class="fail"></i>failed</span><span><i class="void"></i>void: no verdict</span>
</p>`;
