// One line of a ranking from a stored row: the claims, the root's line, and the grade that follows from them.
import { findClass, type Policy } from '../../../protocol/policy.ts';
import type { RankedNode } from '../../../schema/api/profile.ts';
import { tierName } from '../views/list-scores.ts';
import { hostOf, statusOf } from '../views/node-item.ts';
import type { WebPorts } from '../views/ports.ts';
import { gradeOf, type GradeInput } from './grade.ts';
import type { NewestRoot, Unwell } from './newest-root.ts';
import type { StandingRow } from './ports.ts';

/** What a grade follows from. */
export function gradeInput(policy: Policy, { node, score, validators, jobs }: StandingRow): GradeInput {
  const floor = findClass(policy, node.gpuClass)?.gemm.floorOpsPerSecond ?? null;
  return { score, floor, validators, jobs, tiers: policy.consensus.tiers };
}

/** Healthy only where validators asked and no incident is open. */
export function healthOf({ node, score }: StandingRow, unwell: Unwell): RankedNode['health'] {
  return unwell.get(node.index) ?? ((score?.uptimeSamples ?? 0) > 0 ? 'healthy' : null);
}

const known = (value: number | undefined): number | null => (value === undefined || value === 0 ? null : value);

export function rankedNode(ports: WebPorts, { policy }: NewestRoot, row: StandingRow, unwell: Unwell): RankedNode {
  const { node, score, nearest } = row;
  const asked = (score?.uptimeSamples ?? 0) > 0;
  return {
    ...{ id: node.nodeId, index: node.index, operator: node.operator, class: node.gpuClass, host: hostOf(node.url) },
    status: statusOf(ports, node),
    grade: gradeOf(gradeInput(policy, row)).grade,
    scorePpm: score?.scorePpm ?? null,
    tierName: score === null ? null : tierName(policy, score.tier),
    samples: score?.samples ?? 0,
    uptimePpm: asked ? (score?.uptimePpm ?? null) : null,
    uptimeLowPpm: asked ? (score?.uptimeLowPpm ?? null) : null,
    latencyMs: known(score?.latencyMs),
    rate: known(score?.measure),
    nearest,
    health: healthOf(row, unwell),
  };
}
