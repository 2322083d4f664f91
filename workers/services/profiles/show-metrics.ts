// The numbers of the network, of each node and of the validator's own work, for a Prometheus that asks now and then. All of revealed epochs;
// the newest values, not counters: a root's window moves, and what it counts may fall.
import type { NetworkFacts, RankedNode } from '../../../schema/api/profile.ts';
import type { NodeId } from '../../../schema/api/requests.ts';
import { publicTroubles } from '../health/own-line.ts';
import { found, type Answer } from '../views/answer.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { nodeInEffect } from '../views/show-node.ts';
import { METHODOLOGY_VERSION, METRICS_NODES_MAX, OWN_WORK_EPOCHS, PPM } from './limits.ts';
import { networkFacts } from './network-facts.ts';
import { newestRoot, unwellNodes, type NewestRoot } from './newest-root.ts';
import { gauge, openMetrics, type Family, type Labels } from './openmetrics.ts';
import { ANY, type StandingRow } from './ports.ts';
import { rankedNode } from './ranked-node.ts';
import { standingOf } from './show-profile.ts';

/** Hex digits of a node's id in a label: enough to find it, and to tell any two nodes apart. */
const SHORT_ID_CHARS = 14;

type Shown = { readonly row: StandingRow; readonly node: RankedNode };

function labelsOf({ index, id, class: gpuClass }: RankedNode): Labels {
  return { node: String(index), class: gpuClass ?? '', id: id.slice(0, SHORT_ID_CHARS) };
}

/** One family of a value that each node has or lacks. */
function perNode(
  shown: readonly Shown[],
  name: string,
  help: string,
  value: (shown: Shown) => number | null,
  unit?: string,
): Family {
  const samples = shown.flatMap((each) => {
    const known = value(each);
    return known === null ? [] : [{ labels: labelsOf(each.node), value: known }];
  });
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) };
}

const ratio = (ppm: number | null): number | null => (ppm === null ? null : ppm / PPM);
const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

function nodeFamilies(shown: readonly Shown[]): Family[] {
  const latencyHigh = ({ row }: Shown): number | null =>
    row.score === null || row.score.latencyHighMs === 0 ? null : row.score.latencyHighMs;
  const infos = shown.map(({ node }) => ({
    labels: {
      ...labelsOf(node),
      operator: node.operator,
      grade: node.grade,
      tier: node.tierName ?? 'none',
      nearest: node.nearest ?? '',
    },
    value: 1,
  }));
  return [
    { name: 'assay_node', type: 'info', help: 'What is said of a node under the newest root.', samples: infos },
    perNode(shown, 'assay_node_score_ratio', 'Score: lower end of its pass rate.', ({ node }) => ratio(node.scorePpm), 'ratio'),
    perNode(shown, 'assay_node_uptime_ratio', 'Answered questions.', ({ node }) => ratio(node.uptimePpm), 'ratio'),
    perNode(shown, 'assay_node_uptime_low_ratio', 'Lower end of uptime.', ({ node }) => ratio(node.uptimeLowPpm), 'ratio'),
    perNode(shown, 'assay_node_latency_seconds', 'Median round trip.', ({ node }) => seconds(node.latencyMs), 'seconds'),
    perNode(shown, 'assay_node_latency_high_seconds', 'Their 95th percentile.', (each) => seconds(latencyHigh(each)), 'seconds'),
    perNode(shown, 'assay_node_rate_ops', 'Proven operations a second.', ({ node }) => node.rate, 'ops'),
    perNode(shown, 'assay_node_samples', 'Jobs that the score counts.', ({ node }) => node.samples),
    perNode(shown, 'assay_node_down', '1 while an incident is open, as far as revealed epochs tell.', ({ node }) =>
      node.health === null ? null : Number(node.health === 'down'),
    ),
  ];
}

const rootEpoch = (epoch: number | null): Family =>
  gauge('assay_network_root_epoch', 'Epoch of the newest root that was found right here.', epoch);

function networkFamilies(ports: WebPorts, facts: NetworkFacts, shown: number): Family[] {
  const { role, version } = ports.settings;
  const age = facts.rootAtMs === null ? null : Math.max(0, (ports.nowMs() - facts.rootAtMs) / 1000);
  const tiers = facts.tiers.map(({ tier, nodes }) => ({ labels: { tier }, value: nodes }));
  const unwell = Object.entries(facts.unwell).map(([state, value]) => ({ labels: { state }, value }));
  return [
    {
      name: 'assay_service',
      type: 'info',
      help: 'This service.',
      samples: [{ labels: { role, version, methodology: METHODOLOGY_VERSION }, value: 1 }],
    },
    gauge('assay_clock_epoch', 'Epoch by the registry’s clock.', currentEpoch(ports)),
    gauge('assay_network_nodes', 'Nodes in effect that are not retired.', facts.nodes),
    gauge(
      'assay_network_nodes_shown',
      `Nodes of which there are samples here: the best ${String(METRICS_NODES_MAX)} at most.`,
      shown,
    ),
    { name: 'assay_network_tier_nodes', type: 'gauge', help: 'Nodes by tier under the newest root.', samples: tiers },
    { name: 'assay_network_unwell_nodes', type: 'gauge', help: 'Nodes with an open incident.', samples: unwell },
    gauge('assay_network_validators', 'Seats.', facts.validators),
    rootEpoch(facts.epoch),
    gauge('assay_network_root_age_seconds', 'Since then.', age, 'seconds'),
    gauge('assay_network_due_draws', 'Draws due in the root’s epoch, over all verified reports.', facts.due),
    gauge('assay_network_done_draws', 'Those of them that were done.', facts.done),
    gauge('assay_network_jobs', 'Jobs that the root’s window counts.', facts.jobs),
    gauge('assay_network_questions', 'Questions for presence that it counts.', facts.questions),
  ];
}

/** Nothing on a gateway, which audits nobody. */
async function ownFamilies(ports: WebPorts): Promise<Family[]> {
  if (ports.settings.validator === null) return [];
  const horizon = horizonOf(ports);
  const [recent, last, troubles, work] = await Promise.all([
    ports.views.recent(horizon),
    ports.views.lastPosted(horizon),
    publicTroubles(ports),
    ports.profiles.ownWork(horizon, Math.max(0, horizon.through - OWN_WORK_EPOCHS + 1)),
  ]);
  const audits = Object.entries(recent.tally).map(([outcome, value]) => ({ labels: { outcome }, value }));
  const chunks = Object.entries(work).map(([state, value]) => ({ labels: { state }, value }));
  return [
    gauge('assay_own_epochs', 'Own epochs that are revealed, of the last 720.', recent.epochs),
    { name: 'assay_own_audits', type: 'gauge', help: 'Own audits in them, by outcome.', samples: audits },
    gauge('assay_own_due_draws', 'Draws due in them.', recent.due),
    gauge('assay_own_done_draws', 'Draws done in them.', recent.done),
    gauge('assay_own_posted_epoch', 'Newest own epoch whose report is on chain.', last?.epoch ?? null),
    {
      name: 'assay_own_chunks',
      type: 'gauge',
      help: `Chunks of the last ${String(OWN_WORK_EPOCHS)} revealed epochs.`,
      samples: chunks,
    },
    {
      ...{ name: 'assay_own_trouble_seconds', type: 'gauge', unit: 'seconds', help: 'How long a step has been failing.' },
      samples: troubles.map(({ step, code, sinceMs }) => ({
        labels: { step, code },
        value: Math.max(0, (ports.nowMs() - sinceMs) / 1000),
      })),
    },
    gauge('assay_own_troubles', 'Steps that fail at present.', troubles.length),
  ];
}

async function shownNodes(ports: WebPorts, newest: NewestRoot): Promise<Shown[]> {
  const page = { current: currentEpoch(ports), root: newest.root?.epoch ?? -1, sort: 'score', filter: ANY, after: null } as const;
  const [{ rows }, unwell] = await Promise.all([
    ports.profiles.standings(horizonOf(ports), { ...page, limit: METRICS_NODES_MAX }),
    unwellNodes(ports),
  ]);
  return rows
    .map((row) => ({ row, node: rankedNode(ports, newest, row, unwell) }))
    .filter(({ node }) => node.status !== 'retired');
}

export async function showMetrics(ports: WebPorts): Promise<string> {
  const newest = await newestRoot(ports);
  const [facts, shown, own] = await Promise.all([networkFacts(ports), shownNodes(ports, newest), ownFamilies(ports)]);
  return openMetrics([...networkFamilies(ports, facts, shown.length), ...own, ...nodeFamilies(shown)]);
}

export async function showNodeMetrics(ports: WebPorts, { id }: { id: NodeId }): Promise<Answer<string>> {
  const answer = await nodeInEffect(ports, id);
  if (!answer.ok) return answer;
  const newest = await newestRoot(ports);
  const [row, unwell] = await Promise.all([standingOf(ports, newest, answer.value), unwellNodes(ports, answer.value.index)]);
  const families = nodeFamilies([{ row, node: rankedNode(ports, newest, row, unwell) }]);
  return found(openMetrics([rootEpoch(newest.root?.epoch ?? null), ...families]));
}
