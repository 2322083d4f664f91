// What the tests of the schedule share: the golden cases, the plan of a setting, its nodes, and statistics of draws.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { Draw, EpochNode, EpochPlan } from '../../../protocol/schedule.ts';
import type { Setting } from '../../vectors/reference/schedule.ts';
import { address, policy, vectors, word } from './support.ts';

type Place = { slot: number; draw: number; nodeIndex: number };
type Result = { start: number; beaconRound: number; drawCount: number; slotCounts: number[]; draws: Draw[]; due: Place[] };
export type Case = Result & { name: string; epoch: number; setting: Setting; seed: Hex; beacon: Hex };
export const { cases } = vectors<{ cases: Case[] }>('schedule.json');

const [plain, large] = policy.classes;
if (plain === undefined || large === undefined) throw new Error('the policy has two classes');
/** A class with all jobs, and one that is not asked for its memory. */
const classes = [
  { ...large, name: 'all' },
  { ...plain, name: 'no memory', vram: null },
];

export function planOf({ setting, epoch, seed, beacon }: Pick<Case, 'setting' | 'epoch' | 'seed' | 'beacon'>): EpochPlan {
  const { genesis, slotSeconds, slotsPerEpoch, auditsPerNodePerDay, jitterMs, nodeCount, validatorCount } = setting;
  const schedule = { ...policy.schedule, auditsPerNodePerDay, jitterMs };
  const kinds = setting.kinds.map((entry) => ({ cohort: 1, ...entry }));
  const regions = Array.from({ length: setting.regions ?? 1 }, (_, region) => `region${String(region)}`);
  const own: Policy = { ...policy, beacon: { ...policy.beacon, ...setting.beacon }, schedule, kinds, regions, classes };
  return { epoch, clock: { genesis, slotSeconds, slotsPerEpoch }, policy: own, seed, beacon, nodeCount, validatorCount };
}

/** The setting's nodes as the chain has them: no kinds is a retired one, no kind 2 a class without memory. */
export function nodesOf({ nodes = [] }: Setting): EpochNode[] {
  return nodes.map(({ operator, kinds }, index) => ({
    ...{ index, nodeId: word(`node ${String(index)}`), operator: address(operator), vramMiB: 0, url: 'https://node.example' },
    ...{ publicKey: { x: word('x'), y: word('y') }, retired: kinds.length === 0 },
    gpuClass: kinds.includes(2) ? 'all' : 'no memory',
  }));
}

/** Pearson's statistic for equal shares. */
export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

export function tally(items: readonly number[], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
