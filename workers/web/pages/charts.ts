// Line charts and ninety bars as server-made SVG. The plot stretches to the page's width; its words stand around it as text, so that they
// are as large on a phone as on a desk. Each column carries its values as a title, which a script shows nicer.
import { html, raw } from 'hono/html';
import type { Html } from './html.ts';

const WIDTH = 600;
const HEIGHT = 160;
/** Lines across the plot, the lowest at zero. */
const STEPS = 4;

export type Series = {
  /** `main` is drawn in the accent, `edge` lightly, with the area between filled. */
  readonly tone: 'main' | 'edge';
  readonly values: readonly (number | null)[];
};

export type Chart = {
  /** What it shows, as a heading of the figure. */
  readonly name: string;
  /** The whole of it in one sentence, for who does not see it. */
  readonly label: string;
  readonly series: readonly Series[];
  /** A level that matters, and its name. */
  readonly level: { readonly value: number; readonly name: string } | null;
  readonly format: (value: number) => string;
  /** Of each column, oldest first: when, and what it says. */
  readonly columns: readonly { readonly words: string }[];
  /** Under the plot, evenly spread. */
  readonly ends: readonly string[];
  readonly legend: Html;
};

const fixed = (value: number): string => String(Number(value.toFixed(1)));

/** The smallest round number at or above: 1, 2, 4 or 8 times a power of ten, so that quarters of it are round as well. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8].find((step) => value <= step * power * (1 + 1e-9)) ?? 10) * power;
}

/** A path through the values, broken where there is none; a value alone is a dot. */
export function linePath(values: readonly (number | null)[], top: number): string {
  const step = WIDTH / values.length;
  let path = '';
  values.forEach((value, i) => {
    if (value === null) return;
    const point = `${fixed(step * (i + 0.5))} ${fixed(HEIGHT * (1 - value / top))}`;
    const alone = (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
    path += (values[i - 1] ?? null) === null ? `M${point}${alone ? 'h.01' : ''}` : `L${point}`;
  });
  return path;
}

/** The area between two series, where both have values. */
function bandPath(low: readonly (number | null)[], high: readonly (number | null)[], top: number): string {
  const step = WIDTH / low.length;
  const place = (i: number, value: number): string => `${fixed(step * (i + 0.5))} ${fixed(HEIGHT * (1 - value / top))}`;
  let path = '';
  for (let i = 0; i < low.length; i++) {
    const run: { i: number; low: number; high: number }[] = [];
    for (; i < low.length; i++) {
      const [a, b] = [low[i] ?? null, high[i] ?? null];
      if (a === null || b === null) break;
      run.push({ i, low: a, high: b });
    }
    if (run.length < 2) continue;
    const there = run.map((point) => place(point.i, point.high)).join('L');
    const back = run.toReversed().map((point) => place(point.i, point.low));
    path += `M${there}L${back.join('L')}z`;
  }
  return path;
}

/** One invisible column for each point: the browser shows its title, a script marks it. */
export function hitColumns(words: readonly string[], height: number, width = WIDTH): Html {
  const step = width / Math.max(1, words.length);
  return html`${words.map(
    (said, i) =>
      html`<rect class="hit" x="${fixed(i * step)}" y="0" width="${fixed(step)}" height="${height}"
        ><title>${said}</title></rect
      >`,
  )}`;
}

/** Null where there is nothing to draw. */
export function lineChart({ name, label, series, level, format, columns, ends, legend }: Chart): Html | null {
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (known.length === 0) return null;
  const top = niceTop(Math.max(...known, level?.value ?? 0));
  const ticks = Array.from({ length: STEPS + 1 }, (_, i) => (top * (STEPS - i)) / STEPS);
  const grid = ticks.map((_, i) => `M0 ${fixed((HEIGHT * i) / STEPS)}H${String(WIDTH)}`).join('');
  const main = series.find(({ tone }) => tone === 'main')?.values ?? [];
  const edge = series.find(({ tone }) => tone === 'edge')?.values ?? [];
  const levelPath =
    level === null ? '' : `<path class="level" d="M0 ${fixed(HEIGHT * (1 - level.value / top))}H${String(WIDTH)}"/>`;
  const drawn =
    `<path class="grid" d="${grid}"/><path class="band" d="${bandPath(main, edge, top)}"/>${levelPath}` +
    `<path class="edge" d="${linePath(edge, top)}"/><path class="main" d="${linePath(main, top)}"/>`;
  return html`<figure class="chart" aria-label="${name}">
    <figcaption><span class="name">${name}</span>${legend}</figcaption>
    <div class="plot">
      <div class="ticks" aria-hidden="true">${ticks.map((tick) => html`<span>${tick === 0 ? '0' : format(tick)}</span>`)}</div>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">
        ${raw(drawn)}${hitColumns(
          columns.map(({ words }) => words),
          HEIGHT,
        )}
      </svg>
      <div class="ends">${ends.map((end) => html`<span>${end}</span>`)}</div>
    </div>
    <p class="readout quiet" data-rest=""></p>
  </figure>`;
}
