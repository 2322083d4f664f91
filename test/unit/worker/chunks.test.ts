// Chunks cut a slot's draws without a gap, an overlap or a crowd, and a long draw makes no brief one wait.
import { describe, expect, it } from 'vitest';
import { ZERO32, toHex, u32 } from '../../../protocol/bytes.ts';
import { KIND_VRAM } from '../../../protocol/challenge.ts';
import { COHORT_MAX, slotDraws, type EpochPlan } from '../../../protocol/schedule.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { CHUNK_DRAWS_MAX, PROBES_IN_FLIGHT_MAX } from '../../../workers/limits.ts';
import { chunkCount, chunkDraws, slotChunks } from '../../../workers/services/chunks.ts';

const policy = shippedPolicies.find(({ name }) => name === 'network') ?? shippedPolicies[0];
const clock = { genesis: 1_800_000_000, slotSeconds: 60, slotsPerEpoch: 60 };

function planFor(nodeCount: number, beacon: EpochPlan['beacon'] = ZERO32): EpochPlan {
  if (policy === undefined) throw new Error('no policy ships');
  return { epoch: 9, clock, policy, seed: ZERO32, beacon, nodeCount, validatorCount: 1 };
}

describe.each([1, 10, 300, 2_000, 12_000])('a slot over %i nodes', (nodeCount) => {
  const plan = planFor(nodeCount);
  const chunks = slotChunks(plan, 7);

  it('gives each draw to one chunk, in order of time, none too large', () => {
    const all = chunks.flatMap(({ draws }) => draws).toSorted((a, b) => a.draw - b.draw);
    expect(all).toEqual(slotDraws(plan, 7));
    for (const { draws } of chunks) {
      expect(draws.length).toBeGreaterThan(0);
      expect(draws.length).toBeLessThanOrEqual(CHUNK_DRAWS_MAX);
      expect(draws.map(({ scheduledMs }) => scheduledMs)).toEqual(
        draws.map(({ scheduledMs }) => scheduledMs).toSorted((a, b) => a - b),
      );
    }
  });

  it('starts no brief probe too late, six at a time of 2.5 s each', () => {
    for (const { draws } of chunks.filter(({ lane }) => lane === 'brief')) {
      const free = Array.from({ length: PROBES_IN_FLIGHT_MAX }, () => 0);
      for (const { scheduledMs, kind, cohort } of draws) {
        expect([kind === KIND_VRAM, cohort]).toEqual([false, 1]);
        free.sort((a, b) => a - b);
        const start = Math.max(scheduledMs, free[0] ?? 0);
        free[0] = start + 2_500;
        expect(start - scheduledMs).toBeLessThan(3_000); // within the first of three rounds' periods
      }
    }
  });

  it('gives long draws their places without any waiting, however long they take', () => {
    const long = chunks.filter(({ lane }) => lane === 'long');
    for (const { draws } of long) {
      const width = draws.reduce((sum, { cohort }) => sum + cohort, 0);
      expect(width).toBeLessThanOrEqual(PROBES_IN_FLIGHT_MAX);
      for (const { kind, cohort } of draws) expect(kind === KIND_VRAM || cohort > 1).toBe(true);
    }
    // No two neighbours would fit into one.
    for (const [i, { draws }] of long.entries()) {
      const width = draws.reduce((sum, { cohort }) => sum + cohort, 0);
      const next = long[i + 1]?.draws[0];
      if (next !== undefined) expect(width + next.cohort).toBeGreaterThan(PROBES_IN_FLIGHT_MAX);
    }
  });

  it('is what each chunk’s number stands for', () => {
    expect(chunkCount(plan, 7)).toBe(chunks.length);
    const last = chunks.length - 1;
    for (const chunk of new Set([0, Math.max(0, last)])) {
      expect(chunkDraws(plan, { epoch: 9, slot: 7, chunk })).toEqual(chunks[chunk]?.draws ?? []);
    }
  });
});

it('one draw in fifty is long with the shipped policy: a message each at most', () => {
  const draws = [1, 2, 3].flatMap((n) => slotDraws(planFor(12_000, toHex(sha256(u32(n)))), 0));
  const long = draws.filter(({ kind, cohort }) => kind === KIND_VRAM || cohort > 1);
  expect(long.length / draws.length).toBeCloseTo(6 / 306, 2);
  expect(COHORT_MAX).toBeLessThanOrEqual(PROBES_IN_FLIGHT_MAX);
});

it('has no chunk beyond the last, in a slot after the last, or of another epoch', () => {
  const plan = planFor(2_000);
  const count = chunkCount(plan, 0);
  expect(count).toBeGreaterThan(1);
  expect(chunkDraws(plan, { epoch: 9, slot: 0, chunk: count })).toEqual([]);
  expect(chunkDraws(plan, { epoch: 9, slot: 60, chunk: 0 })).toEqual([]);
  expect(chunkDraws(plan, { epoch: 8, slot: 0, chunk: 0 })).toEqual([]);
});
