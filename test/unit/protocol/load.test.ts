// What audits cost a node: the shipped policy stays below a hundredth of a day for every class, and the averages are those of draws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { auditLoad, jobMs, worstLoad } from '../../../protocol/load.ts';
import { ZERO32, toHex } from '../../../protocol/bytes.ts';
import { dueOf } from '../../../protocol/due.ts';
import type { GpuClass, Policy } from '../../../protocol/policy.ts';
import { epochDraws, type EpochNode, type EpochPlan } from '../../../protocol/schedule.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';

const shipped = (wanted: string): Policy => {
  const policy = shippedPolicies.find(({ name }) => name === wanted);
  if (policy === undefined) throw new Error(`no policy named ${wanted}`);
  return policy;
};
const network = shipped('network');
const SHARE_PPM_MAX = 10_000;

describe('the default policy', () => {
  it.each(network.classes)('takes less than 1 % of a day of $name at its worst', (gpuClass) => {
    const worst = worstLoad(network, gpuClass);
    expect(worst.sharePpm).toBeGreaterThan(0);
    expect(worst.sharePpm).toBeLessThan(SHARE_PPM_MAX);
    for (const operatorNodes of [1, 2, 5, 6, 7, 1000])
      for (const pace of ['aim', 'slowest'] as const)
        expect(auditLoad({ policy: network, gpuClass, operatorNodes, pace }).dayMs).toBeLessThanOrEqual(worst.dayMs);
  });

  it('asks for presence every five minutes, and nothing of the device for it', () => {
    const [gpuClass] = network.classes;
    if (gpuClass === undefined) throw new Error('no class');
    const { entries } = auditLoad({ policy: network, gpuClass, operatorNodes: 9, pace: 'slowest' });
    const presence = entries.filter(({ kind }) => kind === KIND_PRESENCE);
    expect(presence.map(({ jobs, dayMs }) => [jobs, dayMs])).toEqual([[288, 0]]);
  });
});

describe('a job’s time', () => {
  const [first] = network.classes;
  if (first === undefined) throw new Error('no class');
  const gpuClass: GpuClass = {
    ...first,
    gemm: { ...first.gemm, floorOpsPerSecond: 0 },
  };

  it('is the deadline where there is no floor, and nothing for a kind that the class lacks', () => {
    expect(jobMs(gpuClass, KIND_GEMM, 'slowest')).toBe(gpuClass.gemm.commitDeadlineMs);
    expect(jobMs({ ...gpuClass, vram: null }, KIND_VRAM, 'slowest')).toBe(0);
    const without = auditLoad({ policy: network, gpuClass: { ...first, vram: null }, operatorNodes: 6, pace: 'slowest' });
    expect(without.entries.filter(({ kind }) => kind === KIND_VRAM).map(({ jobs }) => jobs)).toEqual([0, 0]);
  });

  it('at the floor is what the measure says: faster passes, slower does not', () => {
    for (const { gemm, name, vram } of network.classes) {
      const gpu = { name, gemm, vram };
      const ms = jobMs(gpu, KIND_GEMM, 'slowest');
      const ops = 2n * BigInt(gemm.rows) * BigInt(gemm.columns) * BigInt(gemm.depth) * BigInt(gemm.rounds);
      const measure = (elapsed: number): bigint => (ops * BigInt(gemm.proofPpm)) / (1000n * BigInt(elapsed));
      expect(measure(ms) >= BigInt(gemm.floorOpsPerSecond)).toBe(true);
      if (ms < gemm.commitDeadlineMs) expect(measure(ms + 1) < BigInt(gemm.floorOpsPerSecond)).toBe(true);
    }
  });
});

describe('jobs a day', () => {
  it('add up to the policy’s rate for an operator with one node, and grow to the cohort’s size with more', () => {
    const kinds = fc.array(
      fc.record({
        kind: fc.constantFrom(KIND_GEMM, KIND_VRAM),
        weight: fc.integer({ min: 1, max: 1_000_000 }),
        cohort: fc.integer({ min: 1, max: 6 }),
      }),
      { minLength: 1, maxLength: 16 },
    );
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 20 }), fc.constantFrom(...network.classes), (list, nodes, gpuClass) => {
        const policy = { ...network, kinds: list };
        const rate = network.schedule.auditsPerNodePerDay;
        const alone = auditLoad({ policy, gpuClass, operatorNodes: 1, pace: 'aim' });
        expect(alone.entries.reduce((sum, { jobs }) => sum + jobs, 0)).toBeCloseTo(rate, 6);
        const many = auditLoad({ policy, gpuClass, operatorNodes: nodes, pace: 'aim' });
        for (const [i, { jobs }] of many.entries.entries()) {
          const own = alone.entries[i]?.jobs ?? 0;
          expect(jobs).toBeCloseTo(own * Math.min(nodes, list[i]?.cohort ?? 0), 6);
        }
      }),
    );
  });
});

describe('a day of draws', () => {
  const [first] = network.classes;
  if (first === undefined) throw new Error('no class');
  const operatorOf = (index: number): 'many' | 'few' => (index < 6 ? 'many' : 'few');
  const nodes = Array.from({ length: 8 }, (_, index): EpochNode => {
    const nodeId = toHex(new Uint8Array(32).fill(index));
    const operator = toHex(new Uint8Array(20).fill(index < 6 ? 1 : 2));
    const publicKey = { x: ZERO32, y: ZERO32 };
    return { index, nodeId, operator, publicKey, url: '', gpuClass: first.name, vramMiB: 1, retired: false };
  });
  const timed = network.kinds.filter(({ kind }) => kind !== KIND_PRESENCE);
  const policy: Policy = { ...network, kinds: timed, schedule: { ...network.schedule, auditsPerNodePerDay: 3600 } };
  const clock = { genesis: 1_800_000_000, slotSeconds: 60, slotsPerEpoch: 1440 };
  const plan: EpochPlan = { epoch: 3, clock, policy, seed: ZERO32, beacon: ZERO32, nodeCount: 8, validatorCount: 1 };

  it('has as many jobs for each operator’s nodes as is computed, members of cohorts included', () => {
    const counts = new Map<string, number>();
    for (const draw of epochDraws(plan)) {
      const node = nodes[draw.nodeIndex];
      if (node === undefined) throw new Error('no such node');
      const siblings = nodes.filter(({ operator }) => operator === node.operator);
      for (const { draw: own, node: asked } of dueOf(plan, draw, node, siblings)) {
        const key = `${operatorOf(asked.index)} ${String(own.kind)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    for (const [who, count] of [
      ['many', 6],
      ['few', 2],
    ] as const) {
      const { entries } = auditLoad({ policy, gpuClass: first, operatorNodes: count, pace: 'aim' });
      for (const kind of [KIND_GEMM, KIND_VRAM]) {
        const expected = entries.filter((entry) => entry.kind === kind).reduce((sum, { jobs }) => sum + jobs, 0);
        const counted = (counts.get(`${who} ${String(kind)}`) ?? 0) / count;
        expect(Math.abs(counted / expected - 1)).toBeLessThan(0.06);
      }
    }
  });
});
