// Nodes in effect, best first or in another order, filtered. All pages of one list are taken from the root that its first page was, so that
// a new root neither repeats nor skips anybody.
import { standingCursor } from '../../../schema/api/cursors.ts';
import { filterMark, type RankFilters, type RankQuery } from '../../../schema/api/profile-requests.ts';
import type { Ranking } from '../../../schema/api/profile.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { newestRoot, unwellNodes } from './newest-root.ts';
import { ANY, type StandingFilter } from './ports.ts';
import { rankedNode } from './ranked-node.ts';

export type { RankQuery };

/** Of a tier's name; -1, which no node has, for one that the policy does not know. */
function tierNumber({ consensus: { tiers } }: Policy, name: string): number {
  if (name === 'none') return 0;
  if (name === 'below') return 1 + tiers.length;
  const place = tiers.findIndex((tier) => tier.name === name);
  return place < 0 ? -1 : 1 + place;
}

function filterOf(policy: Policy, { q, class: gpuClass, region, tier, operator }: RankFilters): StandingFilter {
  const search = (q ?? '').trim().toLowerCase();
  return {
    ...ANY,
    gpuClass: gpuClass ?? null,
    operator: operator ?? null,
    region: region ?? null,
    tier: tier === undefined ? null : tierNumber(policy, tier),
    search: search === '' ? null : search,
  };
}

/** `null` at the end: nothing is behind it. */
export async function rankNodes(ports: WebPorts, query: RankQuery): Promise<Ranking> {
  const newest = await newestRoot(ports);
  const { cursor, limit, sort } = query;
  // The next page's root may be an earlier one; never one that is not public.
  const root = Math.min(cursor === undefined ? Infinity : cursor.root - 1, newest.root?.epoch ?? -1);
  const page = {
    ...{ current: currentEpoch(ports), root, sort, filter: filterOf(newest.policy, query) },
    ...{ after: cursor === undefined ? null : { key: cursor.key, index: cursor.index }, limit: limit + 1 },
  };
  const [{ rows, total }, unwell] = await Promise.all([ports.profiles.standings(horizonOf(ports), page), unwellNodes(ports)]);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const place = last && { root: root + 1, filter: filterMark(query), key: last.key, index: last.node.index };
  return {
    items: shown.map((row) => rankedNode(ports, newest, row, unwell)),
    next: place === undefined ? null : standingCursor.encode(place),
    total,
    epoch: root < 0 ? null : root,
    rootHash: root === newest.root?.epoch ? newest.root.rootHash : null,
  };
}
