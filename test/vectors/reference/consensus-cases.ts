// Inputs of the consensus rule's golden vectors: three roots, the second following the first. Small enough to check by hand, yet with
// liars, omissions, retired nodes, capped stakes, ties and every tier.
import { createHash } from 'node:crypto';
import { hashStruct } from 'viem';
import { reference, type Hex, type Input, type Node, type Report, type Tally } from './consensus.ts';

const digest = (label: string): Buffer => createHash('sha256').update(`assay consensus ${label}`).digest();
const word = (label: string): Hex => `0x${digest(label).toString('hex')}`;
const address = (label: string): Hex => `0x${digest(label).subarray(0, 20).toString('hex')}`;
/** A number below n. */
const pick = (label: string, n: number): number => digest(label).readUInt32BE() % n;

const EPOCH_ROOT = [
  ...[
    { name: 'epoch', type: 'uint64' },
    { name: 'round', type: 'uint32' },
  ],
  ...['scoreRoot', 'rewardRoot', 'penaltyRoot', 'reportSetHash', 'nodeSetRoot', 'previousRoot', 'policyHash'].map((name) => ({
    name,
    type: 'bytes32',
  })),
];

const policy: Input['policy'] = {
  consensus: {
    ...{
      windowEpochs: 6,
      clipTolerancePpm: 5000,
      busyPpm: 60_000,
      samplesMin: 60,
      accuracyEpochs: 4,
      agreementTolerancePpm: 50_000,
    },
    ...{ notDoneMaxPpm: 50_000, tiers: [{ scorePpm: 900_000 }, { scorePpm: 700_000 }, { scorePpm: 400_000 }] },
  },
  rewards: { validatorsPerEpoch: 40_000_000, nodesPerEpoch: 60_000_000, penaltyPerEpoch: 5_000_000, penaltyBelowPpm: 800_000 },
};

const nodesOf = (count: number, retired: readonly number[]): Node[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ index, nodeId: word(`node ${String(index)}`), operator: address(`owner ${String(index % 4)}`) },
    retired: retired.includes(index),
  }));

const seatsOf = (stakes: readonly bigint[]): Input['seats'] =>
  stakes.map((stake, v) => ({ operator: address(`validator ${String(v)}`), stake }));

type Habit = 'honest' | 'slanderer' | 'flatterer' | 'omitter' | 'idle';

/** A node's character by its index: sound, flaky, wrong a third of the time, slow, down, and so on again. */
function tally(label: string, nodeIndex: number, habit: Habit): Tally {
  const samples = 12 + pick(`${label} n`, 9);
  const tenths = [0, 3, 4, 2, 20][nodeIndex % 5] ?? 0;
  const bad = Math.min(samples, Math.floor((samples * tenths) / 10) + pick(`${label} bad`, 3));
  const failures = { wrong: 0, slow: 0, network: 0 };
  if (habit === 'slanderer') failures.network = samples;
  else if (habit !== 'flatterer')
    failures[(['network', 'network', 'wrong', 'slow', 'network'] as const)[nodeIndex % 5] ?? 'network'] = bad;
  const pass = samples - failures.wrong - failures.slow - failures.network;
  const measured = {
    medianMeasure: 10 ** 12 * (nodeIndex + 1) + pick(`${label} m`, 10 ** 9),
    medianElapsedMs: 40 + pick(`${label} t`, 30),
  };
  const silent = { medianMeasure: 0, medianElapsedMs: 0 };
  const fills = Math.min(pass, pick(`${label} f`, 4));
  const medians = pass > fills ? measured : silent;
  const proven = { fills, bandwidth: fills > 0 ? 10 ** 11 * (nodeIndex + 2) + pick(`${label} b`, 10 ** 9) : 0 };
  const asked = presence(label, nodeIndex, habit);
  const none = { busy: pick(`${label} busy`, 5), void: pick(`${label} v`, 2) };
  return { nodeIndex, pass, ...failures, ...none, ...medians, ...proven, ...asked };
}

type Asked = Pick<Tally, 'present' | 'absent' | 'latencyMs' | 'latencyHighMs'>;

/** Down as often as its jobs are not reached; every seventh pair is never asked. */
function presence(label: string, nodeIndex: number, habit: Habit): Asked {
  const samples = pick(`${label} asked`, 7) === 0 ? 0 : 80 + pick(`${label} p`, 40);
  const tenths = [0, 3, 0, 0, 10][nodeIndex % 5] ?? 0;
  const honest = Math.min(samples, Math.floor((samples * tenths) / 10) + pick(`${label} a`, 4));
  const absent = habit === 'slanderer' ? samples : habit === 'flatterer' ? 0 : honest;
  const present = samples - absent;
  const latencyMs = present > 0 ? 20 + pick(`${label} l`, 30) : 0;
  return { present, absent, latencyMs, latencyHighMs: present > 0 ? latencyMs + pick(`${label} h`, 200) : 0 };
}

function report(epoch: number, v: number, nodes: readonly Node[], habit: Habit): Report {
  const label = `${String(epoch)} ${String(v)}`;
  const seen = habit === 'idle' ? [] : nodes.filter(({ index }) => pick(`${label} ${String(index)} drawn`, 12) > 0);
  const tallies = seen.map(({ index }) => tally(`${label} ${String(index)}`, index, habit));
  const due = 20 * nodes.length;
  const done = habit === 'omitter' ? Math.floor(0.9 * due) : habit === 'idle' ? 0 : due - (v % 3);
  return { epoch, validator: address(`validator ${String(v)}`), reportHash: word(`report ${label}`), due, done, tallies };
}

function reports(
  epochs: readonly number[],
  habits: readonly Habit[],
  nodes: readonly Node[],
  skipped: readonly string[] = [],
): Report[] {
  return epochs.flatMap((epoch) =>
    habits.flatMap((habit, v) => (skipped.includes(`${String(epoch)} ${String(v)}`) ? [] : [report(epoch, v, nodes, habit)])),
  );
}

const token = 10n ** 18n;

/** Inputs, what follows from them, and the struct hash of each root in round 1 under one policy hash. */
export function consensusCases() {
  const answer = (name: string, input: Input) => {
    const { leaves, roots } = reference(input);
    const root = { epoch: BigInt(input.epoch), round: 1, ...roots, policyHash: word('policy') };
    const rootHash = hashStruct({ data: root, types: { EpochRoot: EPOCH_ROOT }, primaryType: 'EpochRoot' });
    return { name, input, leaves, roots, provisional: input.seats.length < 4, policyHash: root.policyHash, rootHash };
  };
  const few = nodesOf(6, [3]);
  const three: readonly Habit[] = ['honest', 'honest', 'omitter'];
  const first = answer('first root: three seats, provisional', {
    ...{ epoch: 9, policy, seats: seatsOf([5n * token, 3n * token, 4n * token]), nodes: few },
    ...{ fresh: reports([8, 9], three, few, ['8 1']), window: [], previous: null },
  });
  const many = nodesOf(9, [3]);
  const seven: readonly Habit[] = ['honest', 'honest', 'omitter', 'slanderer', 'honest', 'flatterer', 'idle'];
  const second = answer('second root: seven seats, two of them lie, one omits, one idles', {
    ...{ epoch: 13, policy, seats: seatsOf([9n, 40n, 5n, 12n, 7n, 11n, 8n].map((n) => n * token)), nodes: many },
    fresh: reports([11, 12, 13], seven, many, ['11 1', '12 4', '13 6']),
    window: reports([7, 8, 9], three, few, ['8 1']),
    previous: {
      ...{ epoch: 9, rootHash: first.rootHash },
      leaves: {
        ...{
          rewards: first.leaves.rewards,
          penalties: [{ owner: address('owner 2'), nodeId: word('node 2'), cumulative: token }],
        },
        validators: first.leaves.validators.map(({ validator, accuracyPpm }) => ({
          validator,
          accuracyPpm: Number(accuracyPpm),
        })),
      },
    },
  });
  const none = answer('four seats, no nodes', {
    ...{ epoch: 2, policy, seats: seatsOf([token, token, token, token]), nodes: [] },
    ...{ fresh: reports([2], ['honest', 'honest', 'honest'], []), window: [], previous: null },
  });
  return [first, second, none];
}

const AMOUNTS = ['stake', 'reward', 'cumulative'];

/** JSON with amounts as decimal strings and all other numbers as numbers. */
export function renderConsensus(): unknown {
  const plain = (key: string, value: unknown): unknown =>
    typeof value !== 'bigint' ? value : AMOUNTS.includes(key) ? value.toString() : Number(value);
  return { cases: JSON.parse(JSON.stringify(consensusCases(), plain)) as unknown };
}
