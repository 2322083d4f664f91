// A world map in dots with a marker at each region that asks: how fast a node answers there, by colour and by number. The same stands in
// the table beside it.
import { html, raw } from 'hono/html';
import type { RegionService } from '../../../schema/api/profile.ts';
import { duration, share } from './format.ts';
import type { Html } from './html.ts';
import { DOT_DEGREES, LAND_ROWS, NORTH_DEGREES, WEST_DEGREES } from './map-land.ts';

/** Where the platform's location hints are, roughly: a region is a part of the world, not a place. */
const PLACES: Readonly<Record<string, { name: string; lat: number; lon: number; side: 'left' | 'right' }>> = {
  wnam: { name: 'Western North America', lat: 39, lon: -119, side: 'left' },
  enam: { name: 'Eastern North America', lat: 39, lon: -79, side: 'right' },
  sam: { name: 'South America', lat: -22, lon: -48, side: 'right' },
  weur: { name: 'Western Europe', lat: 49, lon: 4, side: 'left' },
  eeur: { name: 'Eastern Europe', lat: 52, lon: 24, side: 'right' },
  apac: { name: 'Asia and Pacific', lat: 22, lon: 112, side: 'right' },
  oc: { name: 'Oceania', lat: -33, lon: 149, side: 'left' },
  afr: { name: 'Africa', lat: -2, lon: 25, side: 'left' },
  me: { name: 'Middle East', lat: 26, lon: 48, side: 'right' },
};

/** A region's name in words; a policy may name regions that are no location hints, and those stay as they are. */
export const regionName = (region: string): string => PLACES[region]?.name ?? region;

/** Medians up to the first are near, up to the second middling, above far. */
const NEAR_MS = 80;
const MIDDLE_MS = 200;
export type Nearness = 'near' | 'middling' | 'far' | 'away';

/** `away`: no answer came back at all. */
export function nearness({ present, latencyMs }: Pick<RegionService, 'present' | 'latencyMs'>): Nearness {
  if (present === 0) return 'away';
  return latencyMs <= NEAR_MS ? 'near' : latencyMs <= MIDDLE_MS ? 'middling' : 'far';
}

const x = (lon: number): number => lon - WEST_DEGREES + DOT_DEGREES / 2;
const y = (lat: number): number => NORTH_DEGREES - lat + DOT_DEGREES / 2;
const WIDTH = 360;
const HEIGHT = LAND_ROWS.length * DOT_DEGREES;

/** Dots of no length with round caps: one path for all the land. */
const LAND = LAND_ROWS.map((row, j) => {
  const top = j * DOT_DEGREES + DOT_DEGREES / 2;
  const dots = Array.from(row, (cell, i) => (cell === '#' ? `M${String(i * DOT_DEGREES + 1.5)} ${String(top)}h0` : ''));
  return dots.join('');
}).join('');

/** Latencies by region are kept in steps: a median is told by the end of its step. */
const latencyWords = ({ present, latencyMs }: RegionService): string =>
  present === 0 ? 'no answer' : `≤ ${duration(latencyMs)}`;

function marker(service: RegionService, nearest: string | null): Html {
  const place = PLACES[service.region];
  if (place === undefined) return html``;
  const [cx, cy] = [x(place.lon), y(place.lat)];
  const tone = nearness(service);
  const left = place.side === 'left';
  const said = latencyWords(service);
  const ring = service.region === nearest ? html`<circle class="ring" cx="${cx}" cy="${cy}" r="5.6" />` : '';
  return html`<g class="${tone}"
    >${ring}<circle cx="${cx}" cy="${cy}" r="3.3" /><text
      x="${cx + (left ? -8 : 8)}"
      y="${cy + 2.1}"
      text-anchor="${left ? 'end' : 'start'}"
      >${said}<title>${place.name}: ${said}, there ${share(service.uptimePpm)} of the time</title></text
    ></g
  >`;
}

/** Null where no region has a place on a map. */
export function worldMap(regions: readonly RegionService[], nearest: string | null): Html | null {
  const placed = regions.filter(({ region }) => PLACES[region] !== undefined);
  if (placed.length === 0) return null;
  const words = placed.map((service) => {
    return `${regionName(service.region)} ${latencyWords(service)}`;
  });
  return html`<figure class="map">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Median answer by region: ${words.join(', ')}.">
      <path class="land" d="${raw(LAND)}" />
      ${placed.map((service) => marker(service, nearest))}
    </svg>
    <figcaption>
      <span>Half of its answers come within this time, the way there and back included.</span>
      <span class="legend"
        ><span><i class="near"></i>up to ${duration(NEAR_MS)}</span
        ><span><i class="middling"></i>up to ${duration(MIDDLE_MS)}</span><span><i class="far"></i>slower</span
        ><span><i class="away"></i>no answer</span></span
      >
    </figcaption>
  </figure>`;
}

/** What other maps are drawn on: the land, where regions are, and degrees as places in the picture. */
export const MAP = { WIDTH, HEIGHT, LAND, PLACES, x, y } as const;
