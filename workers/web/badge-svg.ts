// A badge as a picture: two boxes with text. The text's width is set, so that no font makes it run over; everything in it is escaped.
import type { Badge } from '../../schema/api/badges.ts';
import { escapeXml } from '../services/xml.ts';

const HEIGHT = 20;
const PADDING = 7;
/** Widths in Verdana at 11 px, rounded up: most characters, narrow ones, and wide ones. */
const [USUAL, NARROW, WIDE] = [7, 4, 10];

/** What a text takes at 11 px, give or take; `textLength` makes it exact. */
export function textWidth(text: string): number {
  return Array.from(text).reduce(
    (sum, char) => sum + (/[ .,:;'|!ijlI]/.test(char) ? NARROW : /[mwMW%@]/.test(char) ? WIDE : USUAL),
    0,
  );
}

function words(text: string, x: number): string {
  const at = `x="${String(x + PADDING)}" y="14" textLength="${String(textWidth(text))}" lengthAdjust="spacingAndGlyphs"`;
  return `<text ${at}>${escapeXml(text)}</text>`;
}

export function badgeSvg({ label, message, color }: Badge): string {
  const [left, right] = [textWidth(label) + 2 * PADDING, textWidth(message) + 2 * PADDING];
  const [width, name] = [String(left + right), escapeXml(`${label}: ${message}`)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${String(HEIGHT)}" role="img" aria-label="${name}">`,
    `<title>${name}</title>`,
    `<clipPath id="r"><rect width="${width}" height="${String(HEIGHT)}" rx="3" fill="#fff"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${String(left)}" height="${String(HEIGHT)}" fill="#3d444d"/>`,
    `<rect x="${String(left)}" width="${String(right)}" height="${String(HEIGHT)}" fill="#${color}"/></g>`,
    // A hairline, so that the dark half ends somewhere on a dark page, too.
    `<rect x=".5" y=".5" width="${String(left + right - 1)}" height="${String(HEIGHT - 1)}" rx="3" fill="none" stroke="#8c959f"/>`,
    `<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">${words(label, 0)}${words(message, left)}</g>`,
    '</svg>',
  ].join('');
}
