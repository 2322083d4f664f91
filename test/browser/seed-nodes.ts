// What the nodes of a seeded network are like: most are good, some slow, some often away, a few compute wrongly, some are new. Everything
// follows from a node's index.
import { findClass, type Policy } from '../../protocol/policy.ts';
import { chance, happens } from './chance.ts';

export type Temper = 'good' | 'slow' | 'flaky' | 'wrong' | 'new' | 'retired';

export type SeedNode = {
  readonly index: number;
  readonly temper: Temper;
  readonly gpuClass: string;
  readonly region: string;
  /** Of the median answer from its own region. */
  readonly latencyMs: number;
  /** Proven rate as a multiple of the class's floor. */
  readonly speed: number;
  readonly floor: number;
  readonly operator: number;
  readonly vramMiB: number;
};

const TEMPERS: readonly (readonly [Temper, number])[] = [
  ['good', 0.72],
  ['slow', 0.81],
  ['flaky', 0.9],
  ['wrong', 0.93],
  ['new', 0.98],
  ['retired', 1],
];

/** The classes of a policy and how often each is seen; the last ones are rare. */
function classOf(policy: Policy, index: number): string {
  const at = Math.floor(policy.classes.length * chance(index, 11) ** 1.6);
  return policy.classes[at]?.name ?? 'unknown';
}

export function seedNode(policy: Policy, index: number): SeedNode {
  const draw = chance(index, 7);
  const temper = TEMPERS.find(([, upTo]) => draw < upTo)?.[0] ?? 'good';
  const gpuClass = classOf(policy, index);
  const found = findClass(policy, gpuClass);
  const { regions } = policy;
  return {
    ...{ index, temper, gpuClass, region: regions[Math.floor(regions.length * chance(index, 13) ** 1.5)] ?? 'weur' },
    latencyMs: Math.round(8 + 70 * chance(index, 17) + (temper === 'flaky' ? 140 : 0)),
    speed: temper === 'slow' ? 0.99 + 0.04 * chance(index, 19) : 1.12 + 0.5 * chance(index, 19),
    ...{ floor: found?.gemm.floorOpsPerSecond ?? 0, operator: Math.floor(index / 4) },
    vramMiB: found?.vram === null || found === undefined ? 16_384 : Math.ceil((found.vram.pages * 1024) / 0.9 / 2 ** 20),
  };
}

export type Hour = {
  readonly pass: number;
  readonly wrong: number;
  readonly slow: number;
  readonly network: number;
  readonly present: number;
  readonly absent: number;
  readonly latencyMs: number;
  readonly measure: number;
};

const RATES: Readonly<Record<Temper, { readonly wrong: number; readonly slow: number; readonly away: number }>> = {
  good: { wrong: 0, slow: 0.003, away: 0.0015 },
  slow: { wrong: 0, slow: 0.12, away: 0.004 },
  flaky: { wrong: 0, slow: 0.02, away: 0.06 },
  wrong: { wrong: 0.35, slow: 0.01, away: 0.01 },
  new: { wrong: 0, slow: 0, away: 0.002 },
  retired: { wrong: 0, slow: 0, away: 0.01 },
};

/** What one epoch's jobs and questions of one node came to. @param jobs how many, of each sort */
export function hourOf(node: SeedNode, epoch: number, jobs: number, questions: number): Hour {
  const { index, temper, latencyMs, speed, floor } = node;
  const rates = RATES[temper];
  // An outage now and then: everybody has a bad hour.
  const out = chance(index, epoch, 3) < (temper === 'flaky' ? 0.01 : 0.0008);
  const away = out ? 0.7 : rates.away;
  const network = happens(jobs, away, index, epoch, 1);
  const wrong = happens(jobs - network, rates.wrong, index, epoch, 2);
  const slow = happens(jobs - network - wrong, rates.slow, index, epoch, 4);
  const absent = happens(questions, away, index, epoch, 5);
  const sway = 0.92 + 0.16 * chance(index, epoch, 6) + (chance(index, Math.floor(epoch / 20), 8) - 0.5) * 0.08;
  return {
    ...{ pass: jobs - network - wrong - slow, wrong, slow, network, present: questions - absent, absent },
    latencyMs: Math.round(latencyMs * sway),
    measure: jobs - network - wrong - slow > 0 ? Math.round(floor * speed * (0.97 + 0.06 * chance(index, epoch, 9))) : 0,
  };
}
