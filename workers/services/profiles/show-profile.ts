// A node's trust profile: the grade and why, five slices, bars, regions, recent audits, and what all of it is counted from.
import type { NodeId } from '../../../schema/api/requests.ts';
import type { Profile, RecentAudit, RegionService } from '../../../schema/api/profile.ts';
import { found, type Answer } from '../views/answer.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import { auditId, nodeItem } from '../views/node-item.ts';
import type { NodeView, WebPorts } from '../views/ports.ts';
import { nodeInEffect } from '../views/show-node.ts';
import { barsOf, barStretches } from './bars.ts';
import { percentileMs } from './buckets.ts';
import { gradeOf } from './grade.ts';
import { jobEpochs, NO_JOBS } from './job-epochs.ts';
import { METHODOLOGY_VERSION, PPM, RECENT_SHOWN_MAX, REGION_EPOCHS_MAX } from './limits.ts';
import { newestRoot, unwellNodes, type NewestRoot } from './newest-root.ts';
import {
  ANY,
  type FacetsAsked,
  type NodeSums,
  type RecentRow,
  type RegionCounts,
  type StandingPage,
  type StandingRow,
} from './ports.ts';
import { gradeInput, healthOf } from './ranked-node.ts';
import { slicesOf } from './slices.ts';

export function regionService({ region, present, absent, counts }: RegionCounts): RegionService[] {
  const asked = present + absent;
  if (asked === 0) return [];
  const uptimePpm = Math.floor((PPM * present) / asked);
  const latencies = { latencyMs: percentileMs(counts, 50), latencyHighMs: percentileMs(counts, 95) };
  return [{ region, present, absent, uptimePpm, ...latencies }];
}

const standingPage = (ports: WebPorts, { root }: NewestRoot, { index }: NodeView): StandingPage => ({
  ...{ current: currentEpoch(ports), root: root?.epoch ?? -1, sort: 'index' },
  ...{ filter: { ...ANY, index }, after: null, limit: 1 },
});

const unknownNode = (node: NodeView): StandingRow => ({ node, score: null, validators: 0, jobs: NO_JOBS, nearest: null, key: 0 });

/** The node's line under the newest final root. */
export async function standingOf(ports: WebPorts, newest: NewestRoot, node: NodeView): Promise<StandingRow> {
  const { rows } = await ports.profiles.standings(horizonOf(ports), standingPage(ports, newest, node));
  return rows[0] ?? unknownNode(node);
}

type Seats = Awaited<ReturnType<WebPorts['network']['seatsAt']>>;

function recentOf(set: Seats, rows: readonly RecentRow[]): RecentAudit[] {
  const urls = new Map(set?.seats.map(({ operator, url }) => [operator, url]));
  return rows.map(({ epoch, slot, draw, validator, ...audit }) => ({
    ...{ id: auditId({ epoch, slot, draw }), validator, validatorUrl: urls.get(validator) ?? null, ...audit },
  }));
}

/** Of the epochs that jobs are counted over, up to the root. */
function evidenceOf(newest: NewestRoot, row: StandingRow, sums: NodeSums): Profile['evidence'] {
  const { fromEpoch, throughEpoch, pass, wrong, fail, present, absent } = sums;
  const { floor } = gradeInput(newest.policy, row);
  return {
    ...{ fromEpoch, throughEpoch, validators: row.validators, pass, wrong, fail, present, absent },
    ...{ rate: row.score?.measure ?? 0, floor },
  };
}

function asked(ports: WebPorts, newest: NewestRoot, node: NodeView): FacetsAsked {
  const { through } = horizonOf(ports);
  const last = newest.root?.epoch ?? through;
  return {
    ...{ index: node.index, standing: standingPage(ports, newest, node) },
    sums: { from: jobEpochs(last).from, through: Math.min(through, last) },
    bars: barStretches(ports.settings.clock, through),
    ...{ regionsFrom: Math.max(0, through - REGION_EPOCHS_MAX + 1), recentLimit: RECENT_SHOWN_MAX },
  };
}

/** A gateway audits nobody: its own results need no question. */
const NO_RESULTS = { totals: [], failures: [], last: [] };

export async function showProfile(ports: WebPorts, { id }: { id: NodeId }): Promise<Answer<Profile>> {
  const [answer, newest] = await Promise.all([nodeInEffect(ports, id), newestRoot(ports)]);
  if (!answer.ok) return answer;
  const node = answer.value;
  const horizon = horizonOf(ports);
  const { clock, validator } = ports.settings;
  const [facets, results, unwell, set] = await Promise.all([
    ports.profiles.facets(horizon, asked(ports, newest, node)),
    validator === null ? NO_RESULTS : ports.views.nodeResults(horizon, [node.index]),
    unwellNodes(ports, node.index),
    ports.network.seatsAt(currentEpoch(ports)),
  ]);
  const row = facets.row ?? unknownNode(node);
  const input = gradeInput(newest.policy, row);
  const verdicts = newest.root === null ? null : { policy: newest.policy, scores: row.score === null ? [] : [row.score] };
  return found({
    ...nodeItem(ports, node, results, verdicts),
    url: node.url,
    methodology: METHODOLOGY_VERSION,
    ...gradeOf(input),
    health: healthOf(row, unwell),
    slices: slicesOf(input),
    evidence: evidenceOf(newest, row, facets.sums),
    bars: barsOf(clock, barStretches(clock, horizon.through), facets.bars),
    regions: facets.regions.flatMap(regionService),
    nearest: row.nearest,
    recent: recentOf(set, facets.recent),
  });
}

/** Grade and score of one node: three statements. */
export async function gradeNode(
  ports: WebPorts,
  { id }: { id: NodeId },
): Promise<Answer<{ row: StandingRow; newest: NewestRoot }>> {
  const answer = await nodeInEffect(ports, id);
  if (!answer.ok) return answer;
  const newest = await newestRoot(ports);
  return found({ row: await standingOf(ports, newest, answer.value), newest });
}
