// What audits cost a node: the shipped policy stays below a hundredth of a day for every class in networks of every size, and the
// averages are those of draws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { SEATS_MAX } from '../../../protocol/consensus/weights.ts';
import { auditLoad, busiestSet, drawsPerNodeDay, jobMs, worstLoad } from '../../../protocol/load.ts';
import { ZERO32, toHex } from '../../../protocol/bytes.ts';
import { dueOf } from '../../../protocol/due.ts';
import type { GpuClass, Policy } from '../../../protocol/policy.ts';
import { drawsInSlot, epochDraws, type EpochNode, type EpochPlan } from '../../../protocol/schedule.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';

const shipped = (wanted: string): Policy => {
  const policy = shippedPolicies.find(({ name }) => name === wanted);
  if (policy === undefined) throw new Error(`no policy named ${wanted}`);
  return policy;
};
const network = shipped('network');
const SHARE_PPM_MAX = 10_000;
const HOUR = 3600;
/** Rounding adds nothing here: draws divide evenly. */
const EVEN = { nodeCount: 1000, validatorCount: 1, epochSeconds: HOUR };

describe('the default policy', () => {
  it.each(network.classes)('takes less than 1 % of a day of $name at its worst, in a network of any size', (gpuClass) => {
    const worst = worstLoad(network, gpuClass, HOUR);
    expect(worst.sharePpm).toBeGreaterThan(0);
    expect(worst.sharePpm).toBeLessThan(SHARE_PPM_MAX);
    for (const nodeCount of [...Array.from({ length: 12 }, (_, i) => i + 1), 31, 997])
      for (const validatorCount of [1, 7, 25, 28, SEATS_MAX])
        for (const operatorNodes of [1, 2, 5, 6, 7, 1000].filter((nodes) => nodes <= nodeCount))
          for (const pace of ['aim', 'slowest'] as const) {
            const size = { nodeCount, validatorCount, epochSeconds: HOUR };
            const { dayMs } = auditLoad({ policy: network, gpuClass, network: size, operatorNodes, pace });
            expect(dayMs).toBeLessThanOrEqual(worst.dayMs);
          }
  });

  it.each([3000, 7200, 86_400])('does so with epochs of %i s, too', (epochSeconds) => {
    for (const gpuClass of network.classes)
      expect(worstLoad(network, gpuClass, epochSeconds).sharePpm).toBeLessThan(SHARE_PPM_MAX);
  });

  it('asks for presence every five minutes, and nothing of the device for it', () => {
    const [gpuClass] = network.classes;
    if (gpuClass === undefined) throw new Error('no class');
    const { entries } = auditLoad({ policy: network, gpuClass, network: EVEN, operatorNodes: 9, pace: 'slowest' });
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
    const lacking = { ...first, vram: null };
    const without = auditLoad({ policy: network, gpuClass: lacking, network: EVEN, operatorNodes: 6, pace: 'slowest' });
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
        const alone = auditLoad({ policy, gpuClass, network: EVEN, operatorNodes: 1, pace: 'aim' });
        expect(alone.entries.reduce((sum, { jobs }) => sum + jobs, 0)).toBeCloseTo(rate, 6);
        const many = auditLoad({ policy, gpuClass, network: EVEN, operatorNodes: nodes, pace: 'aim' });
        for (const [i, { jobs }] of many.entries.entries()) {
          const own = alone.entries[i]?.jobs ?? 0;
          expect(jobs).toBeCloseTo(own * Math.min(nodes, list[i]?.cohort ?? 0), 6);
        }
      }),
    );
  });
});

describe('draws of a node and day', () => {
  const drawn = (nodeCount: number, validatorCount: number): number =>
    drawsPerNodeDay(network, { nodeCount, validatorCount, epochSeconds: HOUR });

  it.each([
    [1, 31, 744], // each of 31 validators once an hour
    [3, 31, 496],
    [5, 31, 446.4],
    [6, 31, 372], // the smallest network with a cohort of six
    [6, 25, 400],
    [1000, 31, 306.528],
    [1000, 1, 306],
    [1, 1, 312], // 12.75 an hour
    [0, 31, 0],
    [5, 0, 0],
  ])('in a network of %i nodes and %i validators are %d', (nodes, validators, draws) => {
    expect(drawn(nodes, validators)).toBeCloseTo(draws, 9);
  });

  it('are those of the validators’ epochs added up, and never less than the policy’s rate', () => {
    const sizes = fc.record({
      nodeCount: fc.integer({ min: 1, max: 300 }),
      validatorCount: fc.integer({ min: 1, max: SEATS_MAX }),
      epochSeconds: fc.constantFrom(600, 3600, 7200),
    });
    fc.assert(
      fc.property(sizes, (size) => {
        const clock = { genesis: 0, slotSeconds: size.epochSeconds / 60, slotsPerEpoch: 60 };
        const plan: EpochPlan = { epoch: 0, clock, policy: network, seed: ZERO32, beacon: ZERO32, ...size };
        const slots = Array.from({ length: 60 }, (_, slot) => drawsInSlot(plan, slot));
        const epoch = slots.reduce((sum, count) => sum + count, 0);
        const rate = drawsPerNodeDay(network, size);
        expect(rate).toBeCloseTo((epoch * size.validatorCount * 86_400) / size.epochSeconds / size.nodeCount, 6);
        expect(rate).toBeGreaterThan(network.schedule.auditsPerNodePerDay - 1e-6);
        expect(rate).toBeLessThanOrEqual(drawsPerNodeDay(network, busiestSet(network, size.nodeCount, size.epochSeconds)));
      }),
    );
  });

  it('are not asked of an operator with more nodes than there are', () => {
    const [gpuClass] = network.classes;
    if (gpuClass === undefined) throw new Error('no class');
    const size = { ...EVEN, nodeCount: 5 };
    expect(() => auditLoad({ policy: network, gpuClass, network: size, operatorNodes: 6, pace: 'aim' })).toThrow(RangeError);
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
      const size = { ...plan, epochSeconds: clock.slotSeconds * clock.slotsPerEpoch };
      const { entries } = auditLoad({ policy, gpuClass: first, network: size, operatorNodes: count, pace: 'aim' });
      for (const kind of [KIND_GEMM, KIND_VRAM]) {
        const expected = entries.filter((entry) => entry.kind === kind).reduce((sum, { jobs }) => sum + jobs, 0);
        const counted = (counts.get(`${who} ${String(kind)}`) ?? 0) / count;
        expect(Math.abs(counted / expected - 1)).toBeLessThan(0.06);
      }
    }
  });
});
