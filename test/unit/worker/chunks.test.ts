// Chunks cut a slot's draws without a gap, an overlap or a crowd.
import { describe, expect, it } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { slotDraws, type EpochPlan } from '../../../protocol/schedule.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { CHUNK_DRAWS_MAX, PROBES_IN_FLIGHT_MAX } from '../../../workers/limits.ts';
import { chunkCount, chunkDraws } from '../../../workers/services/chunks.ts';

const policy = shippedPolicies.find(({ name }) => name === 'network') ?? shippedPolicies[0];
const clock = { genesis: 1_800_000_000, slotSeconds: 60, slotsPerEpoch: 60 };

function planFor(nodeCount: number): EpochPlan {
  if (policy === undefined) throw new Error('no policy ships');
  return { epoch: 9, clock, policy, seed: ZERO32, beacon: ZERO32, nodeCount, validatorCount: 1 };
}

const chunksIn = (plan: EpochPlan, slot: number) =>
  Array.from({ length: chunkCount(plan, slot) }, (_, chunk) => chunkDraws(plan, { epoch: 9, slot, chunk }));

describe.each([1, 100, 3_000, 18_000, 120_000])('a slot over %i nodes', (nodeCount) => {
  const plan = planFor(nodeCount);

  it('gives each draw to one chunk, in order of time, none too large', () => {
    const chunks = chunksIn(plan, 7);
    const all = chunks.flat().toSorted((a, b) => a.draw - b.draw);
    expect(all).toEqual(slotDraws(plan, 7));
    for (const draws of chunks) {
      expect(draws.length).toBeLessThanOrEqual(CHUNK_DRAWS_MAX);
      expect(draws.map(({ scheduledMs }) => scheduledMs)).toEqual(
        draws.map(({ scheduledMs }) => scheduledMs).toSorted((a, b) => a - b),
      );
    }
  });

  it('starts no probe too late, six at a time of 2.5 s each', () => {
    for (const draws of chunksIn(plan, 7)) {
      const free = Array.from({ length: PROBES_IN_FLIGHT_MAX }, () => 0);
      for (const { scheduledMs } of draws) {
        free.sort((a, b) => a - b);
        const start = Math.max(scheduledMs, free[0] ?? 0);
        free[0] = start + 2_500;
        expect(start - scheduledMs).toBeLessThan(3_000); // within the first of three rounds' periods
      }
    }
  });
});

it('has no chunk beyond the last, in a slot after the last, or of another epoch', () => {
  const plan = planFor(18_000);
  const count = chunkCount(plan, 0);
  expect(count).toBeGreaterThan(1);
  expect(chunkDraws(plan, { epoch: 9, slot: 0, chunk: count })).toEqual([]);
  expect(chunkDraws(plan, { epoch: 9, slot: 60, chunk: 0 })).toEqual([]);
  expect(chunkDraws(plan, { epoch: 8, slot: 0, chunk: 0 })).toEqual([]);
});
