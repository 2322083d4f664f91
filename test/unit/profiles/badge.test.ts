// Badges: legible colours, text that fits its box, and nothing that a reader of SVG could take for markup.
import { describe, expect, test } from 'vitest';
import { badge, type Badge } from '../../../schema/api/badges.ts';
import { GRADE_COLORS } from '../../../workers/services/profiles/show-badge.ts';
import { badgeSvg, textWidth } from '../../../workers/web/badge-svg.ts';

const CONTRAST_MIN = 4.5; // WCAG 2.2, 1.4.3

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const againstWhite = (color: string): number => 1.05 / (luminance(color) + 0.05);

const of = (change: Partial<Badge> = {}): Badge => ({
  ...{ schemaVersion: 1, label: 'assay', message: 'excellent', color: '116329', cacheSeconds: 300, ...change },
});

describe('a badge', () => {
  test.each(Object.entries(GRADE_COLORS))('%s: white text on it is legible', (_grade, color) => {
    expect(againstWhite(color)).toBeGreaterThanOrEqual(CONTRAST_MIN);
    expect(badge.parse(of({ color })).color).toBe(color);
  });

  test('its dark half is legible, too', () => {
    const [, dark = ''] = /<rect width="\d+" height="20" fill="#([0-9a-f]{6})"/.exec(badgeSvg(of())) ?? [];
    expect(againstWhite(dark)).toBeGreaterThanOrEqual(CONTRAST_MIN);
  });

  test('is as wide as its texts, which cannot run over', () => {
    const svg = badgeSvg(of({ label: 'assay uptime', message: 'not enough data' }));
    const widths = [...svg.matchAll(/textLength="(\d+)"/g)].map(([, width]) => Number(width));
    expect(widths).toEqual([textWidth('assay uptime'), textWidth('not enough data')]);
    const [, total] = /^<svg [^>]*width="(\d+)"/.exec(svg) ?? [];
    expect(Number(total)).toBe(widths.reduce((sum, width) => sum + width + 14, 0));
  });

  test('escapes what it is given', () => {
    const svg = badgeSvg(of({ label: '<script>alert(1)</script>', message: `"&'` }));
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).toContain('&quot;&amp;&#39;');
    expect(svg.match(/<\w+/g)?.every((tag) => ['<svg', '<title', '<clipPath', '<rect', '<g', '<text'].includes(tag))).toBe(true);
  });

  test('says in words what it shows', () => {
    expect(badgeSvg(of())).toContain('role="img" aria-label="assay: excellent"');
  });
});
