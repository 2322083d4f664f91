// Epochs, slots and draws: the second implementation's vectors, then what a schedule must be, whatever the seed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roundTime } from '../../../protocol/beacon.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import type { Policy } from '../../../protocol/policy.ts';
import {
  auditClass,
  drawsInSlot,
  drawsPerEpoch,
  epochBeaconRound,
  epochDraws,
  epochStart,
  slotAt,
  slotDraws,
  type Draw,
  type EpochPlan,
} from '../../../protocol/schedule.ts';
import type { Setting } from '../../vectors/reference/schedule.ts';
import { hexOf, policy, vectors, word } from './support.ts';

type Result = { start: number; beaconRound: number; drawCount: number; slotCounts: number[]; draws: Draw[] };
type Case = Result & { name: string; epoch: number; setting: Setting; seed: Hex; beacon: Hex };
const { cases } = vectors<{ cases: Case[] }>('schedule.json');

function planOf({ setting, epoch, seed, beacon }: Pick<Case, 'setting' | 'epoch' | 'seed' | 'beacon'>): EpochPlan {
  const { genesis, slotSeconds, slotsPerEpoch, auditsPerNodePerDay, jitterMs, kinds, nodeCount, validatorCount } = setting;
  const schedule = { ...policy.schedule, auditsPerNodePerDay, jitterMs };
  const own: Policy = { ...policy, beacon: { ...policy.beacon, ...setting.beacon }, schedule, kinds };
  return { epoch, clock: { genesis, slotSeconds, slotsPerEpoch }, policy: own, seed, beacon, nodeCount, validatorCount };
}

test.each(cases)('golden schedule: $name', (golden) => {
  const plan = planOf(golden);
  expect(epochStart(plan.clock, plan.epoch)).toBe(golden.start);
  expect(epochBeaconRound(plan.clock, plan.policy, plan.epoch)).toBe(golden.beaconRound);
  expect(drawsPerEpoch(plan)).toBe(golden.drawCount);
  expect(golden.slotCounts.map((_, slot) => drawsInSlot(plan, slot))).toEqual(golden.slotCounts);
  expect(golden.draws.length).toBe(golden.drawCount);
  expect(epochDraws(plan)).toEqual(golden.draws);
});

const settings: fc.Arbitrary<Setting> = fc.record({
  genesis: fc.integer({ min: 1_600_000_000, max: 2_000_000_000 }),
  slotSeconds: fc.integer({ min: 1, max: 120 }),
  slotsPerEpoch: fc.integer({ min: 1, max: 60 }),
  beacon: fc.record({
    genesis: fc.integer({ min: 1_500_000_000, max: 1_600_000_000 }),
    periodSeconds: fc.integer({ min: 1, max: 60 }),
    leadSeconds: fc.nat(600),
  }),
  auditsPerNodePerDay: fc.integer({ min: 1, max: 2000 }),
  jitterMs: fc.integer({ min: 1, max: 1000 }),
  kinds: fc.array(fc.record({ kind: fc.integer({ min: 1, max: 255 }), weight: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
  nodeCount: fc.integer({ min: 1, max: 40 }),
  validatorCount: fc.integer({ min: 1, max: 9 }),
});
const plans = fc
  .tuple(settings, fc.nat(100_000), hexOf(32), hexOf(32))
  .map(([setting, epoch, seed, beacon]) => planOf({ setting, epoch, seed, beacon }));

describe('any schedule', { timeout: 60_000 }, () => {
  test('slots hold all draws of the epoch, spread evenly', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const counts = Array.from({ length: plan.clock.slotsPerEpoch }, (_, slot) => drawsInSlot(plan, slot));
        const total = drawsPerEpoch(plan);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const { nodeCount, validatorCount, policy: own, clock } = plan;
        const wanted =
          (nodeCount * own.schedule.auditsPerNodePerDay * clock.slotSeconds * clock.slotsPerEpoch) / (86_400 * validatorCount);
        expect(total).toBeGreaterThanOrEqual(wanted - 1e-6);
        expect(total).toBeLessThan(wanted + 1 + 1e-6);
      }),
    );
  });

  test('draws are numbered, ascend in time, lie in their slot, name nodes and kinds that exist, and use a round that is out', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const kinds = new Set(plan.policy.kinds.map(({ kind }) => kind));
        for (let slot = 0; slot < plan.clock.slotsPerEpoch; slot++) {
          const draws = slotDraws(plan, slot);
          const startMs = 1000 * (epochStart(plan.clock, plan.epoch) + slot * plan.clock.slotSeconds);
          const jitterMs = Math.max(plan.policy.schedule.jitterMs, draws.length);
          draws.forEach((draw, i) => {
            expect([draw.slot, draw.draw]).toEqual([slot, i]);
            expect(draw.scheduledMs).toBeGreaterThan(draws[i - 1]?.scheduledMs ?? startMs - 1);
            expect(draw.scheduledMs).toBeLessThan(startMs + jitterMs);
            expect(slotAt(plan.clock, draw.scheduledMs)).toEqual({ epoch: plan.epoch, slot });
            expect(draw.nodeIndex).toBeLessThan(plan.nodeCount);
            expect(kinds.has(draw.kind)).toBe(true);
            const { beacon } = plan.policy;
            expect(1000 * roundTime(beacon, draw.freshnessRound)).toBeLessThanOrEqual(draw.scheduledMs);
            expect(1000 * roundTime(beacon, draw.freshnessRound + 1)).toBeGreaterThan(draw.scheduledMs);
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  test('the beacon’s round is out before the epoch starts', () => {
    fc.assert(
      fc.property(plans, ({ clock, policy: own, epoch }) => {
        const due = roundTime(own.beacon, epochBeaconRound(clock, own, epoch));
        expect(due).toBeLessThanOrEqual(epochStart(clock, epoch) - own.beacon.leadSeconds);
      }),
    );
  });

  test('no nodes or no validators: no draws', () => {
    fc.assert(
      fc.property(
        plans,
        (plan) => epochDraws({ ...plan, nodeCount: 0 }).length + epochDraws({ ...plan, validatorCount: 0 }).length === 0,
      ),
      { numRuns: 10 },
    );
  });

  test('slots follow each other from genesis on; before it there are none', () => {
    fc.assert(
      fc.property(plans, fc.nat(10 ** 9), ({ clock }, elapsed) => {
        const place = slotAt(clock, 1000 * clock.genesis + elapsed);
        if (place === null) throw new Error('after genesis there is a slot');
        const from = 1000 * (epochStart(clock, place.epoch) + place.slot * clock.slotSeconds);
        expect(place.slot).toBeLessThan(clock.slotsPerEpoch);
        expect(1000 * clock.genesis + elapsed).toBeGreaterThanOrEqual(from);
        expect(1000 * clock.genesis + elapsed).toBeLessThan(from + 1000 * clock.slotSeconds);
        expect(slotAt(clock, 1000 * clock.genesis - 1 - elapsed)).toBeNull();
      }),
    );
  });
});

describe('draws are unpredictable but for their seed', { timeout: 60_000 }, () => {
  const setting: Setting = {
    ...(cases[0] ?? { setting: {} as Setting }).setting,
    auditsPerNodePerDay: 5_000,
    nodeCount: 20,
    validatorCount: 1,
  };
  const plan = planOf({ setting, epoch: 3, seed: word('draws'), beacon: word('beacon') });
  const draws = epochDraws(plan);

  /** Pearson's statistic for equal shares. */
  const chiSquare = (counts: readonly number[]): number => {
    const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  };
  const tally = (items: readonly number[], bins: number): number[] =>
    items.reduce((counts, item) => counts.with(item, (counts[item] ?? 0) + 1), new Array<number>(bins).fill(0));

  test('every node is equally likely', () => {
    expect(draws.length).toBe(4167);
    expect(
      chiSquare(
        tally(
          draws.map(({ nodeIndex }) => nodeIndex),
          20,
        ),
      ),
    ).toBeLessThan(52); // 19 degrees of freedom: 10^-4.2
  });

  test('a node just audited is as likely as any other: pairs of successive draws are uniform', () => {
    const pairs = draws.slice(1).map(({ nodeIndex }, i) => 20 * (draws[i]?.nodeIndex ?? 0) + nodeIndex);
    expect(chiSquare(tally(pairs, 400))).toBeLessThan(520); // 399 degrees of freedom, 28 to a standard deviation
    const repeats = pairs.filter((pair) => pair % 21 === 0).length; // 20·a + a
    expect(Math.abs(repeats - pairs.length / 20)).toBeLessThan(5 * Math.sqrt(pairs.length / 20));
  });

  test('jitter fills its place evenly', () => {
    const tenths = draws.map((draw) => {
      const width = Math.floor(setting.jitterMs / drawsInSlot(plan, draw.slot));
      const startMs = 1000 * (epochStart(plan.clock, 3) + draw.slot * setting.slotSeconds);
      return Math.floor((10 * (draw.scheduledMs - startMs - width * draw.draw)) / width);
    });
    expect(chiSquare(tally(tenths, 10))).toBeLessThan(36); // 9 degrees of freedom
  });

  test('kinds come by their weights', () => {
    const weighted = planOf({
      setting: { ...setting, kinds: [3, 1].map((weight, i) => ({ kind: i + 1, weight })) },
      epoch: 3,
      seed: plan.seed,
      beacon: plan.beacon,
    });
    const ones = epochDraws(weighted).filter(({ kind }) => kind === 1).length;
    expect(Math.abs(ones - 0.75 * 4167)).toBeLessThan(5 * Math.sqrt(4167 * 0.75 * 0.25));
  });

  test('another seed or beacon gives another schedule; the seed’s draws do not depend on the rest of the slot', () => {
    const nodes = (own: EpochPlan): string =>
      epochDraws(own)
        .map(({ nodeIndex }) => nodeIndex)
        .join();
    const others = [{ ...plan, seed: word('other') }, { ...plan, beacon: word('other') }, plan];
    expect(new Set(others.map(nodes)).size).toBe(3);
    expect(nodes({ ...plan, epoch: 4 })).toBe(nodes(plan)); // the epoch enters by its seed and beacon only
  });
});

test('a retired node and an unknown class are not audited', () => {
  const [first] = policy.classes;
  expect(auditClass(policy, { retired: false, gpuClass: first?.name ?? '' })).toBe(first);
  expect(auditClass(policy, { retired: true, gpuClass: first?.name ?? '' })).toBeNull();
  expect(auditClass(policy, { retired: false, gpuClass: 'unheard-of' })).toBeNull();
  expect(auditClass(policy, { retired: false, gpuClass: null })).toBeNull();
});
