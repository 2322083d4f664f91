// One question beside the schedule: from another region each time, with the control request, and silent about what is our own fault.
import { expect, it } from 'vitest';
import { askNode } from '../../../workers/services/health/ask-node.ts';
import type { RegionAnswer } from '../../../workers/services/ports.ts';
import { openValidator } from '../worker/rig.ts';
import { PRESENCE, worldOf } from '../worker/kinds-rig.ts';

const lost = (reason: 'unreachable' | 'timeout' | 'refused' | 'oversize'): RegionAnswer => ({
  answer: { ok: false, reason },
  elapsedMs: 3,
});

it.each<[string, RegionAnswer | null, boolean, string | null]>([
  ['is absent where it cannot be reached and the line is good', lost('unreachable'), true, 'unreachable'],
  ['says nothing where the line is not', lost('unreachable'), false, null],
  ['is absent where it refuses, whatever the line', lost('refused'), false, 'refused'],
  ['says nothing where the region is not to be had', null, true, null],
  ['says nothing where the answer is wrong', { answer: { ok: true, bytes: Uint8Array.of(1, 2) }, elapsedMs: 3 }, true, null],
  ['says nothing where it says too much', lost('oversize'), true, null],
])('a node %s', async (_what, reply, control, expected) => {
  const validator = await openValidator(worldOf(PRESENCE));
  const context = validator.with({ regions: { post: async () => reply, control: async () => control } });
  const [node] = validator.world.nodes;
  expect(await validator.clock.run(askNode(context)(node?.index ?? -1, 1))).toBe(expected);
});

it('asks from the policy’s regions in turn, at the route that is outside of the schedule', async () => {
  const validator = await openValidator(worldOf(PRESENCE));
  const asked: string[] = [];
  const post = async (region: string, _url: string, path: string) => {
    asked.push(`${region} ${path}`);
    return lost('timeout');
  };
  const ask = askNode(validator.with({ regions: { post, control: async () => true } }));
  const { regions } = validator.world.policy;
  for (let step = 0; step < regions.length; step++) await validator.clock.run(ask(0, step));
  expect(asked.toSorted()).toEqual(regions.map((region) => `${region} /v1/spots/challenges`).toSorted());
});

it('says nothing of a node that nobody registered, or when our own side breaks', async () => {
  const validator = await openValidator(worldOf(PRESENCE));
  const broken = validator.with({
    regions: {
      post: async () => {
        throw new Error('no object');
      },
      control: async () => true,
    },
  });
  expect(await validator.clock.run(askNode(broken)(0, 1))).toBeNull();
  expect(await validator.clock.run(askNode(validator.context)(9_999, 1))).toBeNull();
  expect(validator.sent).toEqual([]);
});
