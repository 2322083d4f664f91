// A row of small marks, one a place in time, oldest first: good, bad, not known yet. The words beside it say the same.
import { html, raw } from 'hono/html';
import type { Html } from './html.ts';

export type Mark = 'good' | 'bad' | 'waiting' | 'none';

const STEP = 8;
const WIDTH = 5.5;
const HEIGHT = 20;
const CLASS: Readonly<Record<Mark, string>> = { good: 'pass', bad: 'fail', waiting: 'void', none: 'track' };

/** @param label what the strip says, for who does not see it */
export function strip(marks: readonly Mark[], label: string): Html {
  const path = (mark: Mark): string => {
    const drawn = marks.map((one, i) =>
      one === mark ? `M${String(STEP * i)} 0h${String(WIDTH)}v${String(HEIGHT)}h-${String(WIDTH)}z` : '',
    );
    const d = drawn.join('');
    return d === '' ? '' : `<path class="${CLASS[mark]}" d="${d}"/>`;
  };
  const width = Math.max(1, STEP * marks.length - (STEP - WIDTH));
  return html`<svg class="strip" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">
    ${raw((['good', 'bad', 'waiting', 'none'] as const).map(path).join(''))}
  </svg>`;
}
