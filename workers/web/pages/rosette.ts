// The rosette: five petals, each as full as its slice, each a link to where its number stands. Server-made SVG without style or script; who
// does not see it hears the same five numbers.
import { html, raw } from 'hono/html';
import { SLICES, type Slice } from '../../../schema/api/profile.ts';
import type { Html } from './html.ts';
import { SLICE_NAMES, sliceMissing, sliceValue } from './profile-words.ts';

const INNER = 22;
const OUTER = 92;
/** Radians between two petals, at each side of it. */
const GAP = 0.045;
const LABEL_AT = OUTER + 17;
const LINE = 17;
/** Under a quarter a petal is set in red. */
export const LOW_PPM = 250_000;

const fixed = (value: number): string => String(Number(value.toFixed(1)));
const at = (radius: number, angle: number): string => `${fixed(radius * Math.cos(angle))} ${fixed(radius * Math.sin(angle))}`;

/** The petal's middle, clockwise from the top. */
const middle = (place: number): number => -Math.PI / 2 + (place * 2 * Math.PI) / SLICES.length;

function petal(place: number, radius: number): string {
  const half = Math.PI / SLICES.length;
  const [from, to] = [middle(place) - half, middle(place) + half];
  // The gap is as wide at the centre as at the rim.
  const shift = (r: number): number => (GAP * OUTER) / r;
  const [outer, inner] = [shift(radius), shift(INNER)];
  const arc = `A${fixed(radius)} ${fixed(radius)} 0 0 1 ${at(radius, to - outer)}`;
  return `M${at(INNER, from + inner)}L${at(radius, from + outer)}${arc}L${at(INNER, to - inner)}A${fixed(INNER)} ${fixed(INNER)} 0 0 0 ${at(INNER, from + inner)}z`;
}

/** Filled by area: half a slice is half of the ink. */
const radiusOf = (ppm: number): number => Math.sqrt(INNER ** 2 + (ppm / 1e6) * (OUTER ** 2 - INNER ** 2));

function shape(slice: Slice, place: number): string {
  const track = `<path class="${slice.ppm === null ? 'unknown' : 'track'}" d="${petal(place, OUTER)}"/>`;
  if (slice.ppm === null) return track;
  return `${track}<path class="${slice.ppm < LOW_PPM ? 'fail' : 'pass'}" d="${petal(place, Math.max(INNER + 3, radiusOf(slice.ppm)))}"/>`;
}

/** Two texts, so that a space stands between them for who hears them. */
function label(slice: Slice, place: number): Html {
  const angle = middle(place);
  const [x, y] = [LABEL_AT * Math.cos(angle), LABEL_AT * Math.sin(angle)];
  const anchor = Math.abs(x) < 1 ? 'middle' : x > 0 ? 'start' : 'end';
  const top = Math.abs(x) < 1 ? y - 12 : y;
  const value = sliceValue(slice);
  return html`<text x="${fixed(x)}" y="${fixed(top)}" text-anchor="${anchor}">${SLICE_NAMES[slice.key]}</text>
    <text x="${fixed(x)}" y="${fixed(top + LINE)}" text-anchor="${anchor}" class="${value === null ? 'missing' : 'value'}">
      ${value ?? sliceMissing(slice)}
    </text>`;
}

const said = (slice: Slice): string => `${SLICE_NAMES[slice.key]} ${sliceValue(slice) ?? sliceMissing(slice)}`;

/** Whole, with names, values and links; `id` keeps its title apart from another rosette's on the same page. */
export function rosette(slices: readonly Slice[], id: string): Html {
  const ordered = SLICES.flatMap((key) => slices.find((slice) => slice.key === key) ?? []);
  const says = ordered.map(said).join(', ');
  return html`<svg class="rosette" viewBox="-214 -140 428 262" role="group" aria-labelledby="${id}-title ${id}-desc">
    <title id="${id}-title">Five slices of trust</title>
    <desc id="${id}-desc">${says}.</desc>
    ${ordered.map((slice, place) => html`<a href="#${slice.key}">${raw(shape(slice, place))}${label(slice, place)}</a>`)}
  </svg>`;
}

/** A small one without names, as a picture beside text that says the same. */
export function rosetteMark(slices: readonly Slice[]): Html {
  const ordered = SLICES.flatMap((key) => slices.find((slice) => slice.key === key) ?? []);
  return html`<svg class="rosette-mark" viewBox="-95 -95 190 190" aria-hidden="true">${raw(ordered.map(shape).join(''))}</svg>`;
}
