// The world with the network's nodes: a disc a region, as large as the number of nodes that answer fastest from there, and how fast they do.
import { html, raw } from 'hono/html';
import type { NetworkFacts } from '../../../schema/api/profile.ts';
import { duration, plural } from './format.ts';
import type { Html } from './html.ts';
import { MAP, regionName } from './map.ts';

type Place = NetworkFacts['regions'][number];

const RADIUS_MIN = 3;
const RADIUS_MAX = 13;

/** Areas compare, not radii. */
const radius = (nodes: number, most: number): number => Math.max(RADIUS_MIN, RADIUS_MAX * Math.sqrt(nodes / Math.max(1, most)));

const words = ({ name, nodes, latencyMs }: Place): string =>
  `${regionName(name)}: ${plural(nodes, 'node')}, ${duration(latencyMs)}`;

function disc(region: Place, most: number): Html {
  const place = MAP.PLACES[region.name];
  if (place === undefined) return html``;
  const [cx, cy] = [MAP.x(place.lon), MAP.y(place.lat)];
  const r = radius(region.nodes, most);
  const left = place.side === 'left';
  return html`<g
    ><title>${words(region)}</title
    ><path
      class="disc"
      d="M${(cx - r).toFixed(1)} ${cy}a${r.toFixed(1)} ${r.toFixed(1)} 0 1 0 ${(2 * r).toFixed(1)} 0a${r.toFixed(1)} ${r.toFixed(1)} 0 1 0 ${(-2 * r).toFixed(1)} 0z"
    /><text x="${(cx + (left ? -1 : 1) * (r + 4)).toFixed(1)}" y="${(cy + 3).toFixed(1)}" text-anchor="${left ? 'end' : 'start'}"
      >${String(region.nodes)}</text
    ></g
  >`;
}

/** Null where no node’s place is known, or none is on a map. */
export function networkMap(regions: readonly Place[]): Html | null {
  const placed = regions.filter(({ name, nodes }) => nodes > 0 && MAP.PLACES[name] !== undefined);
  if (placed.length === 0) return null;
  const most = Math.max(...placed.map(({ nodes }) => nodes));
  return html`<figure class="map">
    <svg
      viewBox="0 0 ${MAP.WIDTH} ${MAP.HEIGHT}"
      role="img"
      aria-label="Nodes by the region that they answer fastest: ${placed.map(words).join('; ')}."
    >
      <path class="land" d="${raw(MAP.LAND)}" />
      ${placed.map((region) => disc(region, most))}
    </svg>
    <figcaption><span>Nodes by the region that they answer fastest; their place itself is not proven.</span></figcaption>
  </figure>`;
}
