// A node's trust profile: the grade and why, five slices, bars, regions, recent audits, and what all of it is counted from.
import type { NodeId } from '../../../schema/api/requests.ts';
import type { Profile, RecentAudit, RegionService } from '../../../schema/api/profile.ts';
import { found, type Answer } from '../views/answer.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import { auditId, nodeItem } from '../views/node-item.ts';
import type { NodeView, WebPorts } from '../views/ports.ts';
import { nodeInEffect } from '../views/show-node.ts';
import { barsOf } from './bars.ts';
import { percentileMs } from './buckets.ts';
import { gradeOf } from './grade.ts';
import { METHODOLOGY_VERSION, PPM, RECENT_SHOWN_MAX, REGION_EPOCHS_MAX } from './limits.ts';
import { newestRoot, unwellNodes, type NewestRoot } from './newest-root.ts';
import { ANY, type NodeSums, type RegionCounts, type StandingRow } from './ports.ts';
import { gradeInput, healthOf } from './ranked-node.ts';
import { slicesOf } from './slices.ts';

export function regionService({ region, present, absent, counts }: RegionCounts): RegionService[] {
  const asked = present + absent;
  if (asked === 0) return [];
  const uptimePpm = Math.floor((PPM * present) / asked);
  const latencies = { latencyMs: percentileMs(counts, 50), latencyHighMs: percentileMs(counts, 95) };
  return [{ region, present, absent, uptimePpm, ...latencies }];
}

/** The node's line under the newest final root. */
export async function standingOf(ports: WebPorts, { root }: NewestRoot, node: NodeView): Promise<StandingRow> {
  const { rows } = await ports.profiles.standings(horizonOf(ports), {
    ...{ current: currentEpoch(ports), root: root?.epoch ?? -1, sort: 'index' },
    ...{ filter: { ...ANY, index: node.index }, after: null, limit: 1 },
  });
  return rows[0] ?? { node, score: null, validators: 0, nearest: null, key: 0 };
}

async function recentAudits(ports: WebPorts, node: NodeView): Promise<RecentAudit[]> {
  const horizon = horizonOf(ports);
  const [rows, set] = await Promise.all([
    ports.profiles.recent(horizon, node.index, RECENT_SHOWN_MAX),
    ports.network.seatsAt(currentEpoch(ports)),
  ]);
  const urls = new Map(set?.seats.map(({ operator, url }) => [operator, url]));
  return rows.map(({ epoch, slot, draw, validator, ...audit }) => ({
    ...{ id: auditId({ epoch, slot, draw }), validator, validatorUrl: urls.get(validator) ?? null, ...audit },
  }));
}

/** Of the root's window. */
function evidenceOf(newest: NewestRoot, row: StandingRow, sums: NodeSums): Profile['evidence'] {
  const { fromEpoch, throughEpoch, pass, wrong, fail, present, absent } = sums;
  const { floor } = gradeInput(newest.policy, row);
  return {
    ...{ fromEpoch, throughEpoch, validators: row.validators, pass, wrong, fail, present, absent },
    ...{ rate: row.score?.measure ?? 0, floor },
  };
}

export async function showProfile(ports: WebPorts, { id }: { id: NodeId }): Promise<Answer<Profile>> {
  const answer = await nodeInEffect(ports, id);
  if (!answer.ok) return answer;
  const node = answer.value;
  const { index } = node;
  const horizon = horizonOf(ports);
  const newest = await newestRoot(ports);
  const through = newest.root?.epoch ?? horizon.through;
  const windowFrom = Math.max(0, through - newest.policy.consensus.windowEpochs + 1);
  const [row, results, unwell, sums, bars, regions, recent] = await Promise.all([
    standingOf(ports, newest, node),
    ports.views.nodeResults(horizon, [index]),
    unwellNodes(ports, index),
    ports.profiles.sums(horizon, index, windowFrom),
    barsOf(ports, index),
    ports.profiles.regions(horizon, index, Math.max(0, horizon.through - REGION_EPOCHS_MAX + 1)),
    recentAudits(ports, node),
  ]);
  const input = gradeInput(newest.policy, row);
  const verdicts = newest.root === null ? null : { policy: newest.policy, scores: row.score === null ? [] : [row.score] };
  return found({
    ...nodeItem(ports, node, results, verdicts),
    url: node.url,
    methodology: METHODOLOGY_VERSION,
    ...gradeOf(input),
    health: healthOf(row, unwell),
    slices: slicesOf(input),
    evidence: evidenceOf(newest, row, sums),
    bars,
    regions: regions.flatMap(regionService),
    nearest: row.nearest,
    recent,
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
