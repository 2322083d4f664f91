// The pictures: what is drawn follows from the numbers, and the same is said in words.
import { describe, expect, test } from 'vitest';
import { SLICES } from '../../../schema/api/profile.ts';
import { linePath, niceTop } from '../../../workers/web/pages/charts.ts';
import { bestPlaces } from '../../../workers/web/pages/compare.ts';
import { nearness, regionName, worldMap } from '../../../workers/web/pages/map.ts';
import { LAND_ROWS } from '../../../workers/web/pages/map-land.ts';
import { barsSection } from '../../../workers/web/pages/node-bars.ts';
import { rosette } from '../../../workers/web/pages/rosette.ts';
import { barsOf, profileOf } from './fixture.ts';

const text = async (part: unknown): Promise<string> => String(await part);
const petalRadius = (d: string): number => Number(/A([\d.]+) /.exec(d)?.[1] ?? 0);

describe('the rosette', () => {
  const slices = profileOf().slices;
  test('has a petal, a link and a name for each slice', async () => {
    const svg = await text(rosette(slices, 'r'));
    for (const key of SLICES) expect(svg).toContain(`href="#${key}"`);
    expect(svg).toContain('<title id="r-title">');
    expect(svg.match(/class="pass"/g)).toHaveLength(5);
    expect(svg).toContain('Uptime 99.6 %');
  });
  test('fills by area: half full is half of the ink', async () => {
    const half = slices.map((slice) => ({ ...slice, ppm: 500_000 }));
    const full = slices.map((slice) => ({ ...slice, ppm: 1_000_000 }));
    const radius = async (list: typeof slices): Promise<number> =>
      petalRadius(/class="pass" d="([^"]+)"/.exec(await text(rosette(list, 'r')))?.[1] ?? '');
    const [r, outer, inner] = [await radius(half), await radius(full), 22];
    expect((r ** 2 - inner ** 2) / (outer ** 2 - inner ** 2)).toBeCloseTo(0.5, 2);
  });
  test('draws what is unknown as unknown, and nothing as a bad sliver', async () => {
    const svg = await text(
      rosette(
        slices.map((slice, i) => ({ ...slice, ppm: i === 0 ? null : 0, value: null })),
        'r',
      ),
    );
    expect(svg.match(/class="unknown"/g)).toHaveLength(1);
    expect(svg.match(/class="fail"/g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});

describe('a line chart', () => {
  test('has round tops', () => {
    expect([niceTop(0), niceTop(1), niceTop(290), niceTop(801), niceTop(1.42e15), niceTop(0.3)]).toEqual([
      1, 1, 400, 1000, 2e15, 0.4,
    ]);
  });
  test('breaks where nothing was measured, and shows a lonely value as a dot', () => {
    expect(linePath([10, 20, null, 5, null, null], 20)).toBe('M50 80L150 0M350 120h.01');
    expect(linePath([null, null], 1)).toBe('');
  });
});

describe('the bars', () => {
  test('say each day and their sum, in picture and table', async () => {
    const section = await text(barsSection(barsOf(90)));
    expect(section.match(/class="hit"/g)).toHaveLength(180);
    expect(section).toContain('The last 90 days');
    expect(section).toContain('1,128 of 1,134 passed · 99.4 %');
    expect(section.match(/<tr>/g)).toHaveLength(1 + 81);
  });
  test('of a young network are epochs; without any there is no section', async () => {
    const young = barsOf(3).map((bar, i) => ({ ...bar, throughMs: bar.fromMs + 30_000, fromEpoch: i, throughEpoch: i, pass: 1 }));
    const section = await text(barsSection(young));
    expect(section).toContain('One bar is an epoch, 30 s;');
    expect(section).toContain('epoch 2, ');
    expect((await text(barsSection([]))).trim()).toBe('');
  });
});

describe('the map', () => {
  test('is a full grid, with a marker for each region that has a place', async () => {
    expect(LAND_ROWS.every((row) => /^[.#]{120}$/.test(row))).toBe(true);
    const svg = await text(worldMap(profileOf().regions, 'weur'));
    expect(svg.match(/<circle/g)).toHaveLength(10);
    expect(svg).toContain('Western Europe ≤ 14 ms');
  });
  test('leaves out what is no place, and tells no answer from a slow one', async () => {
    const [one] = profileOf().regions;
    if (one === undefined) throw new Error('no region');
    expect(worldMap([{ ...one, region: 'rack7' }], null)).toBeNull();
    expect(regionName('rack7')).toBe('rack7');
    expect([
      nearness({ present: 0, latencyMs: 0 }),
      nearness({ present: 1, latencyMs: 20 }),
      nearness({ present: 1, latencyMs: 900 }),
    ]).toEqual(['away', 'near', 'far']);
  });
});

test('the best of a row: more or less, shared by equals, none where nothing tells them apart', () => {
  expect([...bestPlaces([3, 9, null], 'more')]).toEqual([1]);
  expect([...bestPlaces([3, 3, 8], 'less')]).toEqual([0, 1]);
  expect([bestPlaces([5, 5], 'more').size, bestPlaces([5, null], 'more').size]).toEqual([0, 0]);
});
