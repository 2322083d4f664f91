// Nodes to place work on, best first: one condition after the other, each with how many it leaves, and for each node that is left why it
// stands where it stands. The same root and question give the same answer.
import type { BestQuery } from '../../../schema/api/profile-requests.ts';
import type { Best, RankedNode } from '../../../schema/api/profile.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { BEST_SCAN_MAX } from './limits.ts';
import { newestRoot, unwellNodes } from './newest-root.ts';
import { percent } from './percent.ts';
import { ANY } from './ports.ts';
import { rankedNode } from './ranked-node.ts';

type Condition = { readonly condition: string; readonly holds: (node: RankedNode) => boolean };

/** What is asked of every node, then what the caller asks; the class was asked of the database. Cheapest to read first; the order has no influence on who is left. */
export function conditionsOf(query: BestQuery): Condition[] {
  const { region, min_score: score, min_uptime: uptime } = query;
  return [
    { condition: 'of a class that is audited, and not retired', holds: ({ status }) => status === 'audited' },
    { condition: 'enough samples for a tier', holds: ({ grade }) => grade !== 'unproven' },
    { condition: 'not graded failing', holds: ({ grade }) => grade !== 'failing' },
    {
      condition: 'no open incident in revealed epochs',
      holds: ({ health }) => health === 'healthy' || health === null,
    },
    ...(score === undefined
      ? []
      : [{ condition: `score is at least ${percent(score)}`, holds: ({ scorePpm }: RankedNode) => (scorePpm ?? -1) >= score }]),
    ...(uptime === undefined
      ? []
      : [
          {
            condition: `uptime is at least ${percent(uptime)} (lower end)`,
            holds: ({ uptimeLowPpm }: RankedNode) => (uptimeLowPpm ?? -1) >= uptime,
          },
        ]),
    ...(region === undefined
      ? []
      : [{ condition: `nearest to ${region}`, holds: ({ nearest }: RankedNode) => nearest === region }]),
  ];
}

/** By score, then the lower end of uptime, then latency, then index: no two nodes are alike. */
function byMerit(a: RankedNode, b: RankedNode): number {
  const score = (b.scorePpm ?? -1) - (a.scorePpm ?? -1);
  const uptime = (b.uptimeLowPpm ?? -1) - (a.uptimeLowPpm ?? -1);
  const latency = (a.latencyMs ?? Infinity) - (b.latencyMs ?? Infinity);
  return score || uptime || (Number.isNaN(latency) ? 0 : latency) || a.index - b.index;
}

/** What sets a node behind the one before it. */
function whyOf(node: RankedNode, before: RankedNode | undefined): string {
  const own = `Score ${percent(node.scorePpm ?? 0)}, uptime at least ${percent(node.uptimeLowPpm ?? 0)}, ${latencyText(node)}`;
  if (before === undefined) return `${own}: no node that is left has a higher score.`;
  if (node.scorePpm !== before.scorePpm) return `${own}: the next lower score.`;
  if (node.uptimeLowPpm !== before.uptimeLowPpm) return `${own}: the same score as the one before, with less uptime.`;
  if (node.latencyMs !== before.latencyMs) return `${own}: the same score and uptime as the one before, with slower answers.`;
  return `${own}: like the one before; the lower index comes first.`;
}

const latencyText = ({ latencyMs }: RankedNode): string => (latencyMs === null ? 'latency unknown' : `${String(latencyMs)} ms`);

/** The first steps: how many nodes there are, and how many of them the database was asked for. */
function firstSteps(
  query: BestQuery,
  counts: { readonly nodes: number; readonly total: number; readonly read: number },
): Best['steps'] {
  const { nodes, total, read } = counts;
  return [
    { condition: 'all nodes in effect', left: nodes },
    ...(query.class === undefined ? [] : [{ condition: `class is ${query.class}`, left: total }]),
    ...(total > read ? [{ condition: `the ${String(read)} best of them by score`, left: read }] : []),
  ];
}

export async function bestNodes(ports: WebPorts, query: BestQuery): Promise<Best> {
  const [newest, unwell] = await Promise.all([newestRoot(ports), unwellNodes(ports)]);
  const root = newest.root?.epoch ?? -1;
  const current = currentEpoch(ports);
  const filter = { ...ANY, gpuClass: query.class ?? null };
  const [{ rows, total }, nodes] = await Promise.all([
    ports.profiles.standings(horizonOf(ports), { current, root, sort: 'score', filter, after: null, limit: BEST_SCAN_MAX }),
    ports.views.nodeCount(current),
  ]);
  let left = rows.map((row) => rankedNode(ports, newest, row, unwell));
  const steps = firstSteps(query, { nodes, total, read: left.length });
  for (const { condition, holds } of conditionsOf(query)) {
    left = left.filter(holds);
    steps.push({ condition, left: left.length });
  }
  const ordered = left.toSorted(byMerit).slice(0, query.limit);
  return {
    epoch: newest.root?.epoch ?? null,
    rootHash: newest.root?.rootHash ?? null,
    items: ordered.map((node, i) => ({ ...node, place: i + 1, why: whyOf(node, ordered[i - 1]) })),
    steps,
  };
}
