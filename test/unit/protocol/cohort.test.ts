// Cohorts: the second implementation's due draws, a naive one written out here, and what must hold for any operator and any seed.
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cohortCandidates, cohortMembers, placeInCohort } from '../../../protocol/cohort.ts';
import { dueOf, type DueDraw } from '../../../protocol/due.ts';
import {
  COHORT_MAX,
  MEMBER_STEP,
  auditClass,
  drawKey,
  epochDraws,
  type Draw,
  type EpochNode,
  type EpochPlan,
} from '../../../protocol/schedule.ts';
import type { Setting } from '../../vectors/reference/schedule.ts';
import { cases, nodesOf, planOf } from './schedule-support.ts';
import { hexOf } from './support.ts';

function allDue(plan: EpochPlan, nodes: readonly EpochNode[]): DueDraw[] {
  return epochDraws(plan).flatMap((draw) => {
    const node = nodes[draw.nodeIndex];
    return node === undefined
      ? []
      : dueOf(
          plan,
          draw,
          node,
          nodes.filter(({ operator }) => operator === node.operator),
        );
  });
}

const placeOf = ({ draw }: DueDraw) => ({ slot: draw.slot, draw: draw.draw, nodeIndex: draw.nodeIndex });

test.each(cases)('golden due draws: $name', (golden) => {
  const due = allDue(planOf(golden), nodesOf(golden.setting)).map(placeOf);
  expect(due.toSorted((a, b) => a.slot - b.slot || a.draw - b.draw)).toEqual(golden.due);
  expect(golden.due.length).toBeGreaterThan(4);
});

test('the golden cases have idle draws, full cohorts, and cohorts that the operator cannot fill', () => {
  const [, mixed] = cases;
  if (mixed === undefined) throw new Error('no second case');
  const due = new Set(mixed.due.map(({ slot, draw }) => `${String(slot)}/${String(draw)}`));
  const sizes = mixed.draws.map(({ slot, draw, cohort }) => {
    const places = Array.from({ length: COHORT_MAX }, (_, place) =>
      due.has(`${String(slot)}/${String(draw + place * MEMBER_STEP)}`),
    );
    return { cohort, size: places.filter(Boolean).length };
  });
  expect(sizes.some(({ size }) => size === 0)).toBe(true);
  expect(sizes.some(({ cohort, size }) => cohort > 1 && size === cohort)).toBe(true);
  expect(sizes.some(({ cohort, size }) => size > 1 && size < cohort)).toBe(true);
});

/** Section 6 once more, word for word and in no hurry: places in a list of indices, integers by bytes. */
function naiveMembers(plan: EpochPlan, draw: Draw, nodes: readonly EpochNode[]): number[] {
  const u32 = (value: number): Buffer => Buffer.from(value.toString(16).padStart(8, '0'), 'hex');
  const own = nodes.find(({ index }) => index === draw.nodeIndex);
  const list: number[] = [];
  for (const { index, operator, retired, gpuClass } of nodes) {
    const known = plan.policy.classes.find(({ name }) => name === gpuClass);
    const hasJob = known !== undefined && (draw.kind !== 2 || known.vram !== null);
    if (index !== draw.nodeIndex && operator === own?.operator && !retired && hasJob) list.push(index);
  }
  const taken: number[] = [];
  while (taken.length + 1 < draw.cohort && list.length > 0) {
    const y = createHmac('sha256', drawKey(plan))
      .update(Buffer.concat([u32(draw.slot), u32(draw.draw), u32(taken.length + 1)]))
      .digest();
    let number = 0n;
    for (const byte of y.subarray(0, 8)) number = 256n * number + BigInt(byte);
    taken.push(...list.splice(Number(number % BigInt(list.length)), 1));
  }
  return taken;
}

const jobs = fc.constantFrom<readonly number[]>([], [1, 5], [1, 2, 5]);
const settings: fc.Arbitrary<Setting> = fc
  .array(fc.record({ operator: fc.constantFrom('a', 'b', 'c'), kinds: jobs }), { minLength: 1, maxLength: 20 })
  .chain((nodes) =>
    fc.record({
      ...{
        genesis: fc.constant(1_760_000_000),
        slotSeconds: fc.integer({ min: 1, max: 60 }),
        slotsPerEpoch: fc.integer({ min: 1, max: 6 }),
      },
      beacon: fc.constant({ genesis: 1_750_000_000, periodSeconds: 3, leadSeconds: 30 }),
      ...{ auditsPerNodePerDay: fc.integer({ min: 1, max: 5000 }), jitterMs: fc.integer({ min: 1, max: 9000 }) },
      kinds: fc.array(
        fc.record({
          kind: fc.constantFrom(1, 2),
          weight: fc.integer({ min: 1, max: 5 }),
          cohort: fc.integer({ min: 1, max: COHORT_MAX }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      ...{ nodes: fc.constant(nodes), nodeCount: fc.constant(nodes.length), validatorCount: fc.integer({ min: 1, max: 5 }) },
    }),
  );
const worlds = fc
  .tuple(settings, hexOf(32), hexOf(32))
  .map(([setting, seed, beacon]) => ({ plan: planOf({ setting, epoch: 2, seed, beacon }), nodes: nodesOf(setting) }));

describe('any cohort', { timeout: 60_000 }, () => {
  test('has the members that the naive implementation finds', () => {
    let members = 0;
    fc.assert(
      fc.property(worlds, ({ plan, nodes }) => {
        for (const draw of epochDraws(plan)) {
          const node = nodes[draw.nodeIndex];
          const siblings = nodes.filter(({ operator }) => operator === node?.operator);
          const found = cohortMembers(plan, draw, siblings).map(({ node: { index } }) => index);
          expect(found).toEqual(naiveMembers(plan, draw, nodes));
          members += found.length;
        }
      }),
      { numRuns: 60 },
    );
    expect(members).toBeGreaterThan(100);
  });

  test('is of different nodes of one operator with a job of the kind, each with a number of its own, at one time', () => {
    fc.assert(
      fc.property(worlds, ({ plan, nodes }) => {
        const due = allDue(plan, nodes);
        const numbers = due.map(({ draw }) => `${String(draw.slot)}/${String(draw.draw)}`);
        expect(new Set(numbers).size).toBe(due.length);
        for (const cohort of Map.groupBy(due, ({ draw }) => `${String(draw.slot)}/${String(draw.draw % MEMBER_STEP)}`).values()) {
          const [first] = cohort;
          if (first === undefined) throw new Error('no cohort is empty');
          expect(placeInCohort(first.draw.draw).place).toBe(0); // a member never comes without its draw
          expect(cohort.length).toBeLessThanOrEqual(first.draw.cohort);
          expect(new Set(cohort.map(({ node }) => node.index)).size).toBe(cohort.length);
          cohort.forEach(({ draw, node, gpuClass }, place) => {
            expect(placeInCohort(draw.draw)).toEqual({ draw: first.draw.draw, place });
            expect(draw).toEqual({ ...first.draw, draw: draw.draw, nodeIndex: node.index });
            expect(node.operator).toBe(first.node.operator);
            expect(auditClass(plan.policy, node, draw.kind)).toBe(gpuClass);
          });
          const others = cohortCandidates(
            plan,
            first.draw,
            nodes.filter(({ operator }) => operator === first.node.operator),
          );
          expect(cohort.length).toBe(Math.min(first.draw.cohort, 1 + others.length));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('does not depend on other operators’ nodes, nor on siblings that have no job of the kind', () => {
    fc.assert(
      fc.property(worlds, ({ plan, nodes }) => {
        for (const draw of epochDraws(plan).slice(0, 20)) {
          const node = nodes[draw.nodeIndex];
          const siblings = nodes.filter(({ operator }) => operator === node?.operator);
          const able = siblings.filter((one) => auditClass(plan.policy, one, draw.kind) !== null);
          expect(cohortMembers(plan, draw, able)).toEqual(cohortMembers(plan, draw, siblings));
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('an idle draw has no members', () => {
  const [, mixed] = cases;
  if (mixed === undefined) throw new Error('no second case');
  const plan = planOf(mixed);
  const nodes = nodesOf(mixed.setting);
  const idle = epochDraws(plan).filter((draw) => {
    const node = nodes[draw.nodeIndex];
    return node === undefined || auditClass(plan.policy, node, draw.kind) === null;
  });
  expect(idle.length).toBeGreaterThan(0);
  for (const draw of idle) {
    const node = nodes[draw.nodeIndex];
    if (node === undefined) throw new Error('the node is there');
    expect(dueOf(plan, draw, node, nodes)).toEqual([]);
  }
});
