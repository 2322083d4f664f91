// The lines under one seeded root: what a window of hours makes of each node, with the interval that the rule uses.
import type { Leaves } from '../../protocol/consensus/types.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Policy } from '../../protocol/policy.ts';
import { wilson } from '../../workers/services/views/wilson.ts';
import { chance } from './chance.ts';
import type { Hour, SeedNode } from './seed-nodes.ts';

const PPM = 1_000_000;
const Z_ONE_SIDED = 1.645;

type Input = {
  readonly epoch: number;
  readonly policy: Policy;
  readonly nodes: readonly SeedNode[];
  readonly hours: readonly (readonly (Hour | null)[])[];
  readonly operators: readonly Hex[];
  readonly nodeIdOf: (index: number) => Hex;
};

const low = (good: number, all: number): number => (all === 0 ? 0 : Math.floor(PPM * wilson(good, all, Z_ONE_SIDED).low));
const share = (good: number, all: number): number => (all === 0 ? 0 : Math.floor((PPM * good) / all));

function tierOf({ consensus: { tiers, samplesMin } }: Policy, samples: number, scorePpm: number): number {
  if (samples < samplesMin) return 0;
  const found = tiers.findIndex((tier) => scorePpm >= tier.scorePpm);
  return 1 + (found < 0 ? tiers.length : found);
}

export function seedLeaves({ epoch, policy, nodes, hours, operators, nodeIdOf }: Input): Leaves {
  const from = Math.max(0, epoch - policy.consensus.windowEpochs + 1);
  const lines = nodes.map((node, i) => {
    const window = (hours[i] ?? []).slice(from, epoch + 1).filter((hour) => hour !== null);
    const sum = (key: keyof Hour): number => window.reduce((total, hour) => total + hour[key], 0);
    const [pass, wrong, slow, network] = [sum('pass'), sum('wrong'), sum('slow'), sum('network')];
    const samples = pass + wrong + slow + network;
    const scorePpm = low(pass, samples);
    const [present, absent] = [sum('present'), sum('absent')];
    const measured = window
      .map(({ measure }) => measure)
      .filter((measure) => measure > 0)
      .toSorted((a, b) => a - b);
    const measure = measured[Math.floor(measured.length / 2)] ?? 0;
    const key = { epoch, nodeIndex: node.index, nodeId: nodeIdOf(node.index) };
    return {
      score: {
        ...{
          ...key,
          scorePpm,
          ratePpm: share(pass, samples),
          correctPpm: samples === 0 ? 0 : share(pass + slow, pass + slow + wrong),
        },
        ...{
          samples,
          effectiveSamples: Math.floor(0.97 * samples),
          measure,
          elapsedMs: measure === 0 ? 0 : Math.round(2000 / node.speed),
        },
        tier: tierOf(policy, samples, scorePpm),
      },
      service: {
        ...{ ...key, uptimePpm: share(present, present + absent), uptimeLowPpm: low(present, present + absent) },
        ...{
          uptimeSamples: present + absent,
          latencyMs: present === 0 ? 0 : node.latencyMs + 45,
          latencyHighMs: 3 * node.latencyMs + 120,
        },
        bandwidth: measure === 0 ? 0 : Math.round(1.8e12 * node.speed),
      },
    };
  });
  const weight = Math.floor(PPM / operators.length);
  return {
    scores: lines.map(({ score }) => score),
    services: lines.map(({ service }) => service),
    validators: operators.map((validator, seat) => ({
      ...{
        epoch,
        validator,
        weightPpm: weight,
        accuracyPpm: 992_000 - 4000 * seat,
        agreementPpm: seat === 3 ? 961_000 : 1_000_000,
      },
      ...{ coveragePpm: 1_000_000 - Math.floor(9000 * chance(epoch, seat, 31)), reward: BigInt(7_900 + seat) * 10n ** 15n },
    })),
    rewards: operators
      .map((account, seat) => ({ account, cumulative: BigInt(epoch * 7_900 + seat) * 10n ** 15n }))
      .toSorted((a, b) => (a.account < b.account ? -1 : 1)),
    penalties: [],
  };
}
