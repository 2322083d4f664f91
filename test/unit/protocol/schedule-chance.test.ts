// Chance in the schedule: draws, regions and members are uniform, and what one node sees of them is a Poisson process. Seeds are
// fixed, so a bound that holds once holds at every run; each is one that a true schedule misses once in thousands of seeds.
import { describe, expect, test } from 'vitest';
import { KIND_GEMM, KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { dueOf } from '../../../protocol/due.ts';
import { MEMBER_STEP, drawsInSlot, epochDraws, epochStart, type EpochPlan } from '../../../protocol/schedule.ts';
import type { Setting } from '../../vectors/reference/schedule.ts';
import { cases, chiSquare, nodesOf, planOf, tally } from './schedule-support.ts';
import { word } from './support.ts';

const [firstCase] = cases;
if (firstCase === undefined) throw new Error('no golden cases');

describe('draws are unpredictable but for their seed', { timeout: 60_000 }, () => {
  const setting: Setting = {
    ...firstCase.setting,
    auditsPerNodePerDay: 5_000,
    nodeCount: 20,
    validatorCount: 1,
  };
  const plan = planOf({ setting, epoch: 3, seed: word('draws'), beacon: word('beacon') });
  const draws = epochDraws(plan);

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

describe('regions', { timeout: 60_000 }, () => {
  const setting: Setting = {
    ...firstCase.setting,
    ...{ auditsPerNodePerDay: 5_000, nodeCount: 20, validatorCount: 1, regions: 5 },
    kinds: [KIND_GEMM, KIND_PRESENCE].map((kind) => ({ kind, weight: 1, cohort: 1 })),
  };
  const plan = planOf({ setting, epoch: 3, seed: word('regions'), beacon: word('beacon') });
  const asked = epochDraws(plan).filter(({ kind }) => kind === KIND_PRESENCE);

  test('are equally likely, whatever node is asked and whatever the region before', () => {
    expect(asked.length).toBeGreaterThan(1900);
    const regions = asked.map(({ region }) => region);
    expect(chiSquare(tally(regions, 5))).toBeLessThan(24); // 4 degrees of freedom: 10^-4
    const pairs = regions.slice(1).map((region, i) => 5 * (regions[i] ?? 0) + region);
    expect(chiSquare(tally(pairs, 25))).toBeLessThan(62); // 24: 3·10^-5
    const byNode = asked.map(({ region, nodeIndex }) => 5 * nodeIndex + region);
    expect(chiSquare(tally(byNode, 100))).toBeLessThan(155); // 99: 3·10^-4
  });

  test('are of presence alone', () => {
    const others = epochDraws(plan).filter(({ kind }) => kind !== KIND_PRESENCE);
    expect(new Set(others.map(({ region }) => region))).toEqual(new Set([0]));
  });
});

describe('members', { timeout: 60_000 }, () => {
  const operatorSize = 9;
  const setting: Setting = {
    ...firstCase.setting,
    ...{ auditsPerNodePerDay: 5_000, nodeCount: 2 * operatorSize, validatorCount: 1 },
    kinds: [{ kind: KIND_GEMM, weight: 1, cohort: 4 }],
    nodes: Array.from({ length: 2 * operatorSize }, (_, index) => ({ operator: `of ${String(index % 2)}`, kinds: [1, 2] })),
  };
  const plan = planOf({ setting, epoch: 3, seed: word('members'), beacon: word('beacon') });
  const nodes = nodesOf(setting);
  const cohorts = epochDraws(plan).map((draw) => {
    const node = nodes[draw.nodeIndex];
    if (node === undefined) throw new Error('a node that the setting does not have');
    return dueOf(
      plan,
      draw,
      node,
      nodes.filter(({ operator }) => operator === node.operator),
    );
  });

  test('are equally likely at each place, as seen from the drawn node', () => {
    expect(cohorts.length).toBe(3750);
    for (const place of [1, 2, 3]) {
      // how many nodes of the operator after the drawn one, going round: 1 … 8
      const steps = cohorts.map((cohort) => {
        const [drawn, member] = [cohort[0]?.node.index ?? -1, cohort[place]?.node.index ?? -1];
        return (((member - drawn) / 2 + operatorSize) % operatorSize) - 1;
      });
      expect(chiSquare(tally(steps, operatorSize - 1))).toBeLessThan(30); // 7 degrees of freedom: 10^-4
    }
  });

  test('are equally likely as ordered pairs, so no two nodes keep together', () => {
    const pairs = cohorts.map((cohort) => {
      const others = nodes.map(({ index }) => index).filter((index) => index % 2 === (cohort[0]?.node.index ?? 0) % 2);
      const [a, b] = [1, 2].map((place) => others.indexOf(cohort[place]?.node.index ?? -1));
      return operatorSize * (a ?? 0) + (b ?? 0);
    });
    const counts = tally(pairs, operatorSize ** 2);
    const possible = counts.filter((_, pair) => Math.floor(pair / operatorSize) !== pair % operatorSize);
    expect(counts.filter((_, pair) => Math.floor(pair / operatorSize) === pair % operatorSize)).toEqual(new Array(9).fill(0));
    expect(chiSquare(possible)).toBeLessThan(125); // 71 degrees of freedom: 7·10^-5
  });

  test('make every node of both operators be challenged equally often', () => {
    const all = cohorts.flat();
    expect(all.length).toBe(4 * cohorts.length);
    // members are taken without replacement, so the counts vary less than those of free draws
    expect(
      chiSquare(
        tally(
          all.map(({ node }) => node.index),
          18,
        ),
      ),
    ).toBeLessThan(42); // 17: 7·10^-4
    expect(new Set(all.map(({ draw }) => Math.floor(draw.draw / MEMBER_STEP)))).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe('presence times', { timeout: 60_000 }, () => {
  // many nodes and few draws of each a slot: what one node sees is nearly free of the slots' pattern
  const setting: Setting = {
    ...firstCase.setting,
    ...{ auditsPerNodePerDay: 1_000, nodeCount: 200, validatorCount: 2, slotsPerEpoch: 120, regions: 3, jitterMs: 60_000 },
    kinds: [{ kind: KIND_PRESENCE, weight: 1, cohort: 1 }],
  };
  const plan = planOf({ setting, epoch: 3, seed: word('arrivals'), beacon: word('beacon') });
  const seconds = setting.slotSeconds * setting.slotsPerEpoch;
  const startMs = 1000 * epochStart(plan.clock, plan.epoch);
  const byNode = Map.groupBy(epochDraws(plan), ({ nodeIndex }) => nodeIndex);
  const rate = epochDraws(plan).length / (setting.nodeCount * seconds);

  test('are spread so that the counts of nodes are Poisson’s: variance is mean', () => {
    const counts = Array.from({ length: setting.nodeCount }, (_, index) => byNode.get(index)?.length ?? 0);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeCloseTo(rate * seconds, 9);
    const dispersion = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / mean;
    expect(Math.abs(dispersion - 199)).toBeLessThan(4 * Math.sqrt(2 * 199)); // chi-square of 199
  });

  test('lie apart as in an exponential law', () => {
    const gaps = [...byNode.values()].flatMap((draws) => {
      const times = draws.map(({ scheduledMs }) => scheduledMs);
      return times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / 1000);
    });
    // the last gap of each node is cut off by the epoch's end: with n points in T, gaps of a uniform process have P(> x) = (1 − x/T)^n
    const expected = (x: number): number => {
      const survivors = [...byNode.values()].map((draws) => (draws.length - 1) * (1 - x / seconds) ** draws.length);
      return survivors.reduce((sum, n) => sum + n, 0) / gaps.length;
    };
    const sorted = gaps.toSorted((a, b) => a - b);
    const distances = sorted.map((gap, i) => Math.abs((i + 0.5) / sorted.length - (1 - expected(gap))));
    expect(gaps.length).toBeGreaterThan(7_000);
    // Kolmogorov and Smirnov: 1.95 / √n is 10^-3
    expect(Math.max(...distances)).toBeLessThan(1.95 / Math.sqrt(gaps.length));
    // and against the exponential law itself, as the epoch is long beside a gap
    const exponential = sorted.map((gap, i) => Math.abs((i + 0.5) / sorted.length - (1 - Math.exp(-rate * gap))));
    expect(Math.max(...exponential)).toBeLessThan(0.03);
  });

  test('do not tell when the next comes: a gap does not depend on the one before', () => {
    const pairs = [...byNode.values()].flatMap((draws) => {
      const gaps = draws.slice(1).map(({ scheduledMs }, i) => scheduledMs - (draws[i]?.scheduledMs ?? 0));
      return gaps.slice(1).map((gap, i) => [gaps[i] ?? 0, gap] as const);
    });
    const median = (Math.LN2 / rate) * 1000;
    const quadrants = tally(
      pairs.map(([a, b]) => (a > median ? 2 : 0) + (b > median ? 1 : 0)),
      4,
    );
    const [neither = 0, second = 0, first = 0, both = 0] = quadrants;
    const n = pairs.length;
    // 2×2 table, one degree of freedom: 15 is 10^-4
    const statistic =
      (n * (neither * both - first * second) ** 2) / ((neither + second) * (first + both) * (neither + first) * (second + both));
    expect(statistic).toBeLessThan(15);
  });

  test('fall anywhere in the epoch', () => {
    const hours = epochDraws(plan).map(({ scheduledMs }) => Math.floor((24 * (scheduledMs - startMs)) / (1000 * seconds)));
    expect(Math.max(...hours)).toBeLessThan(24);
    expect(chiSquare(tally(hours, 24))).toBeLessThan(60); // 23: 4·10^-5
  });
});
