// What audits cost a node: the shipped policy stays below a hundredth of a day for every class, and the averages are those of draws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { auditLoad, jobMs, worstLoad } from '../../../protocol/load.ts';
import type { GpuClass, Policy } from '../../../protocol/policy.ts';
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
