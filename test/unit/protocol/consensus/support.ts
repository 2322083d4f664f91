// What the tests of the consensus rule share: the golden vectors with their amounts, and random inputs of any shape that a root
// can have.
import fc from 'fast-check';
import type { Hex } from '../../../../protocol/bytes.ts';
import type {
  ConsensusInput,
  ConsensusReport,
  ConsensusResult,
  Leaves,
  NodeTally,
} from '../../../../protocol/consensus/types.ts';
import type { Policy } from '../../../../protocol/policy.ts';
import { address, policy as vectorPolicy, seeded, word } from '../support.ts';

type GoldenCase = {
  name: string;
  input: ConsensusInput;
  leaves: Leaves;
  roots: ConsensusResult['roots'];
  provisional: boolean;
  policyHash: Hex;
  rootHash: Hex;
};

/** The amounts in a golden file are decimal strings. */
export function reviveAmounts(key: string, value: unknown): unknown {
  return ['stake', 'reward', 'cumulative'].includes(key) && typeof value === 'string' ? BigInt(value) : value;
}

/** The golden cases of consensus.json, as the rule takes them; of the policy only the rule's own fields are in the file. */
export function goldenCases(text: string): GoldenCase[] {
  const { cases } = JSON.parse(text, reviveAmounts) as { cases: GoldenCase[] };
  return cases.map((one) => ({ ...one, input: { ...one.input, policy: { ...vectorPolicy, ...one.input.policy } } }));
}

export function rulePolicy(consensus: Partial<Policy['consensus']> = {}, rewards: Partial<Policy['rewards']> = {}): Policy {
  return {
    ...vectorPolicy,
    consensus: { ...vectorPolicy.consensus, ...consensus },
    rewards: { ...vectorPolicy.rewards, ...rewards },
  };
}

/** A copy in another order. */
export function shuffle<T>(values: readonly T[], below: (n: number) => number): T[] {
  const copy = [...values];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = below(i + 1);
    const [a, b] = [copy[i], copy[j]];
    if (a === undefined || b === undefined) continue;
    copy[i] = b;
    copy[j] = a;
  }
  return copy;
}

type Below = (n: number) => number;

/** Counts of every size: few, ordinary, beyond the cap of 30,000 samples. */
function randomTally(nodeIndex: number, below: Below): NodeTally {
  const size = [1, 4, 30, 200, 100_000][below(5)] ?? 1;
  const some = (): number => (below(2) === 0 ? 0 : below(size + 1));
  const pass = below(3) === 0 ? 0 : below(4 * size);
  const fills = below(3) === 0 ? Math.min(pass, below(4)) : below(6) === 0 ? pass : 0;
  const wide = (): number => (below(4) === 0 ? Number.MAX_SAFE_INTEGER - below(3) : 10 ** below(15) + below(5));
  const present = below(3) === 0 ? 0 : below(4 * size);
  return {
    ...{
      nodeIndex,
      pass,
      wrong: some(),
      slow: some(),
      network: some(),
      void: below(3),
      fills,
      busy: some(),
      present,
      absent: some(),
    },
    ...(pass > fills ? { medianMeasure: wide(), medianElapsedMs: below(9) } : { medianMeasure: 0, medianElapsedMs: 0 }),
    ...(present > 0 ? { latencyMs: below(5), latencyHighMs: below(2 ** 32) } : { latencyMs: 0, latencyHighMs: 0 }),
    bandwidth: fills > 0 ? wide() : 0,
  };
}

function randomReport(epoch: number, v: number, nodes: number, below: Below): ConsensusReport {
  const tallies = Array.from({ length: nodes }, (_, i) => i)
    .filter(() => below(5) > 0)
    .map((i) => randomTally(i, below));
  const due = below(4) === 0 ? 0 : 1 + below(1000);
  const done = due - (below(2) === 0 ? 0 : below(1 + Math.floor(due / 10)));
  const validator = address(`validator ${String(v)}`);
  return { epoch, validator, reportHash: word(`report ${String(epoch)} ${String(v)}`), due, done, tallies };
}

function randomPrevious(epoch: number, seats: number, nodes: number, below: Below): ConsensusInput['previous'] {
  const amount = (): bigint => BigInt(1 + below(1000)) * 10n ** BigInt(below(20));
  const validators = Array.from({ length: seats + 2 }, (_, v) => v)
    .filter(() => below(4) > 0)
    .map((v) => ({
      ...{ epoch, validator: address(`validator ${String(v)}`), weightPpm: 1, accuracyPpm: 10_000 + below(990_001) },
      ...{ agreementPpm: 1, coveragePpm: 1, reward: 1n },
    }));
  const names = Array.from({ length: 6 }, (_, i) => (i < 3 ? address(`owner ${String(i)}`) : address(`validator ${String(i)}`)));
  const rewards = names.filter(() => below(2) === 0).map((account) => ({ account, cumulative: amount() }));
  const penalties = Array.from({ length: nodes + 2 }, (_, i) => i)
    .filter(() => below(3) === 0)
    .map((i) => ({ owner: address(`owner ${String(i % 3)}`), nodeId: word(`node ${String(i)}`), cumulative: amount() }));
  return { epoch, rootHash: word(`root ${String(epoch)}`), leaves: { scores: [], services: [], validators, rewards, penalties } };
}

/** A random input of a root, reproducible by its seed. */
export function randomInput(seed: number): ConsensusInput {
  const below = seeded(seed);
  const [seatCount, nodeCount, epoch] = [1 + below(12), below(9), 20];
  const windowEpochs = 1 + below(8);
  const previousEpoch = below(4) === 0 ? null : 19 - below(6);
  const oldest = Math.max(epoch - windowEpochs + 1, (previousEpoch ?? -1) + 1);
  const every = (from: number, to: number): ConsensusReport[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i).flatMap((of) =>
      Array.from({ length: seatCount + 2 }, (_, v) => v)
        .filter(() => below(4) > 0)
        .map((v) => randomReport(of, v, nodeCount, below)),
    );
  const same = below(3) === 0;
  return {
    epoch,
    policy: rulePolicy(
      {
        ...{ windowEpochs, clipTolerancePpm: below(3) * 5000, samplesMin: below(100), accuracyEpochs: 1 + below(24) },
        ...{ agreementTolerancePpm: below(3) * 50_000, notDoneMaxPpm: below(4) * 50_000, busyPpm: below(4) * 100_000 },
        tiers: [900_000, 600_000, 300_000].slice(0, below(4)).map((scorePpm) => ({ name: String(scorePpm), scorePpm })),
      },
      { penaltyBelowPpm: below(11) * 100_000 },
    ),
    seats: Array.from({ length: seatCount }, (_, v) => ({
      ...{ operator: address(`validator ${String(v)}`), signer: address(`signer ${String(v)}`) },
      stake: same ? 10n ** 18n : BigInt(1 + below(1_000_000)) * 10n ** BigInt(below(18)),
    })),
    nodes: Array.from({ length: nodeCount }, (_, index) => ({
      ...{ index, nodeId: word(`node ${String(index)}`), operator: address(`owner ${String(index % 3)}`) },
      retired: below(5) === 0,
    })),
    fresh: every(oldest, epoch + 1),
    window: previousEpoch === null ? [] : every(10, previousEpoch + 1),
    previous: previousEpoch === null ? null : randomPrevious(previousEpoch, seatCount, nodeCount, below),
  };
}

export const seeds: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 31 });
