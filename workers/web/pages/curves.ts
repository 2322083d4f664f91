// Curves of a formula, as plain SVG with words around it: for what is easier seen than read. No number here is measured; all are computed.
import { html, raw } from 'hono/html';
import type { Html } from './html.ts';

const WIDTH = 320;
const HEIGHT = 132;
/** Points a curve is drawn through: one in four pixels is smooth enough. */
const STEPS = 80;

export type Curve = {
  /** What it shows, in one sentence that stands for the picture. */
  readonly label: string;
  readonly caption: string;
  /** Share of the height, 0 … 1, at a share of the width. */
  readonly at: (x: number) => number;
  readonly left: string;
  readonly right: string;
  readonly top: string;
  /** A place to look at, and what it says. */
  readonly mark: { readonly x: number; readonly words: string };
};

const fixed = (value: number): string => String(Number(value.toFixed(1)));
const place = (x: number, y: number): string => `${fixed(x * WIDTH)} ${fixed((1 - y) * HEIGHT)}`;

/** A figure with one curve, its ends named at the edges, and one place marked. */
export function curveFigure({ label, caption, at, left, right, top, mark }: Curve): Html {
  // Closer together on the left, where these curves bend.
  const points = Array.from({ length: STEPS + 1 }, (_, i) => place((i / STEPS) ** 2, at((i / STEPS) ** 2)));
  const line = `M${points.join('L')}`;
  const [x, y] = place(mark.x, at(mark.x)).split(' ');
  const drawn = `<path class="fill" d="${line}L${String(WIDTH)} ${String(HEIGHT)}L0 ${String(HEIGHT)}z"/><path class="line" d="${line}"/><path class="rule" d="M${x ?? '0'} ${y ?? '0'}V${String(HEIGHT)}"/><circle class="dot" cx="${x ?? '0'}" cy="${y ?? '0'}" r="4.5"/>`;
  return html`<figure class="curve">
    <div class="graph">
      <span class="top">${top}</span>
      <svg viewBox="-6 -6 ${WIDTH + 12} ${HEIGHT + 12}" role="img" aria-label="${label}">${raw(drawn)}</svg>
      <span class="ends"><span>${left}</span><span>${right}</span></span>
    </div>
    <figcaption><span>${caption} ${mark.words}</span></figcaption>
  </figure>`;
}
