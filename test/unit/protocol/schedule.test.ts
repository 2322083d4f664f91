// Epochs, slots and draws: the second implementation's vectors, then what a schedule must be, whatever the seed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roundTime } from '../../../protocol/beacon.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import {
  auditClass,
  drawsInSlot,
  drawsPerEpoch,
  epochBeaconRound,
  epochDraws,
  epochStart,
  slotAt,
  slotDraws,
} from '../../../protocol/schedule.ts';
import type { Setting } from '../../vectors/reference/schedule.ts';
import { cases, planOf } from './schedule-support.ts';
import { hexOf, policy } from './support.ts';

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
  kinds: fc.array(
    fc.record({
      ...{ kind: fc.integer({ min: 1, max: 255 }), weight: fc.integer({ min: 1, max: 9 }) },
      cohort: fc.integer({ min: 1, max: 6 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  regions: fc.integer({ min: 1, max: 16 }),
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
        const entries = new Set(plan.policy.kinds.map(({ kind, cohort }) => `${String(kind)}/${String(cohort)}`));
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
            expect(entries.has(`${String(draw.kind)}/${String(draw.cohort)}`)).toBe(true);
            expect(draw.region).toBeLessThan(draw.kind === KIND_PRESENCE ? plan.policy.regions.length : 1);
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

test('a retired node and an unknown class are not audited, and no class for a job that it does not have', () => {
  const [plain, whole] = policy.classes;
  const named = (gpuClass: string | null, retired = false) => ({ retired, gpuClass });
  for (const kind of [KIND_GEMM, KIND_VRAM, KIND_PRESENCE]) {
    expect(auditClass(policy, named(whole?.name ?? ''), kind)).toBe(whole);
    expect(auditClass(policy, named(plain?.name ?? ''), kind)).toBe(kind === KIND_VRAM ? null : plain);
    expect(auditClass(policy, named(whole?.name ?? '', true), kind)).toBeNull();
    expect(auditClass(policy, named('unheard-of'), kind)).toBeNull();
    expect(auditClass(policy, named(null), kind)).toBeNull();
  }
});
