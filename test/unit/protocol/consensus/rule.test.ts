// The rule against the second implementation on random inputs; that order has no influence; and what it refuses.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../protocol/errors.ts';
import { consensus } from '../../../../protocol/consensus/rule.ts';
import { firstDifference } from '../../../../protocol/consensus/leaves.ts';
import type { ConsensusInput, ConsensusReport } from '../../../../protocol/consensus/types.ts';
import { reference } from '../../../vectors/reference/consensus.ts';
import { address, seeded, word } from '../support.ts';
import { randomInput, rulePolicy, seeds, shuffle } from './support.ts';

/** The reference's numbers are all BigInt; amounts stay so. */
function plain(value: unknown): unknown {
  const keep = ['reward', 'cumulative'];
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      typeof item !== 'bigint' ? item : keep.includes(key) ? `${item.toString()} units` : Number(item),
    ),
  );
}

describe('against the second implementation', { timeout: 120_000 }, () => {
  test('random inputs of every shape: all leaves, all roots', () => {
    let [charged, tiers] = [0, new Set<number>()];
    fc.assert(
      fc.property(seeds, (seed) => {
        const input = randomInput(seed);
        const own = consensus(input);
        const other = reference(input);
        expect(plain(own.leaves)).toEqual(plain(other.leaves));
        expect(own.roots).toEqual(other.roots);
        expect(own.provisional).toBe(input.seats.length < 4);
        charged += own.leaves.penalties.length;
        for (const { tier } of own.leaves.scores) tiers = tiers.add(tier);
      }),
      { numRuns: 400, seed: 20_261_122 },
    );
    // the inputs do reach the branches
    expect(charged).toBeGreaterThan(50);
    expect([...tiers].toSorted()).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the order of inputs', () => {
  test('has no influence on any root, and leaves are the same lines', () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, order) => {
        const input = randomInput(seed);
        const below = seeded(order);
        const mixed = (reports: readonly ConsensusReport[]): ConsensusReport[] =>
          shuffle(reports, below).map((report) => ({ ...report, tallies: shuffle(report.tallies, below) }));
        const previous =
          input.previous === null
            ? null
            : {
                ...input.previous,
                leaves: {
                  scores: [],
                  validators: shuffle(input.previous.leaves.validators, below),
                  rewards: shuffle(input.previous.leaves.rewards, below),
                  penalties: shuffle(input.previous.leaves.penalties, below),
                },
              };
        const turned = consensus({
          ...{ ...input, previous, seats: shuffle(input.seats, below), nodes: shuffle(input.nodes, below) },
          ...{ fresh: mixed(input.fresh), window: mixed(input.window) },
        });
        const straight = consensus(input);
        expect(turned.roots).toEqual(straight.roots);
        expect(firstDifference(turned.leaves, straight.leaves)).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  test('reports of the window older than the window are as good as none', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const input = randomInput(seed);
        const from = input.epoch - input.policy.consensus.windowEpochs;
        const window = input.window.filter(({ epoch }) => epoch > from);
        expect(consensus({ ...input, window }).roots).toEqual(consensus(input).roots);
      }),
      { numRuns: 50 },
    );
  });
});

// ── one small network, varied by hand ────────────────────────────────────────────────────────────────────────────────────
const seats = ['a', 'b', 'c', 'd'].map((name) => ({ operator: address(name), signer: address(`${name}'s`), stake: 5n }));
const nodes = [0, 1].map((index) => ({ index, nodeId: word(`n${String(index)}`), operator: address('owner'), retired: false }));
const sound = { pass: 100, wrong: 0, slow: 0, network: 0, void: 0, medianMeasure: 1000, medianElapsedMs: 5 };
const reportOf = (v: number, epoch = 7, change: Partial<ConsensusReport> = {}): ConsensusReport => ({
  ...{ epoch, validator: seats[v]?.operator ?? '0x', reportHash: word(`${String(epoch)} ${String(v)}`), due: 200, done: 200 },
  tallies: nodes.map(({ index }) => ({ ...sound, nodeIndex: index })),
  ...change,
});
const base: ConsensusInput = {
  ...{ epoch: 7, policy: rulePolicy({ windowEpochs: 5, samplesMin: 100 }), seats, nodes },
  ...{ fresh: [0, 1, 2, 3].map((v) => reportOf(v)), window: [], previous: null },
};

describe('coverage', () => {
  const coverageOf = (fresh: readonly ConsensusReport[]): number[] =>
    consensus({ ...base, fresh }).leaves.validators.map(({ coveragePpm }) => coveragePpm);

  test('of one epoch: done by due; nothing for more than the policy allows, an absent report or no due draws', () => {
    const done = (v: number, count: number): ConsensusReport => reportOf(v, 7, { done: count });
    expect(coverageOf([done(0, 200), done(1, 190), done(2, 189), reportOf(3, 7, { due: 0, done: 0 })])).toEqual([
      1_000_000, 950_000, 0, 0,
    ]);
    expect(coverageOf([0, 1, 2].map((v) => reportOf(v)))).toEqual([1_000_000, 1_000_000, 1_000_000, 0]);
  });

  test('of several epochs: the mean, the epochs without a report being nothing', () => {
    expect(coverageOf([...base.fresh, reportOf(0, 6), reportOf(1, 5), reportOf(0, 5)])).toEqual([
      1_000_000, 666_666, 333_333, 333_333,
    ]);
  });

  test('what one does not earn nobody else does', () => {
    const rewardsOf = (fresh: readonly ConsensusReport[]): bigint[] =>
      consensus({ ...base, fresh }).leaves.validators.map(({ reward }) => reward);
    const [all, some] = [rewardsOf(base.fresh), rewardsOf(base.fresh.slice(0, 3))];
    expect(all).toEqual([0, 1, 2, 3].map(() => 10n ** 19n));
    expect(some).toEqual([...all.slice(0, 3), 0n]);
  });
});

describe('refusals', () => {
  const refused: [string, Partial<ConsensusInput>][] = [
    ['a report of a later epoch', { fresh: [reportOf(0, 8)] }],
    ['a report older than the window', { fresh: [reportOf(0, 2)] }],
    ['a validator’s second report of an epoch', { fresh: [...base.fresh, reportOf(2, 7, { reportHash: word('other') })] }],
    ['a window without a previous root', { window: [reportOf(0, 6)] }],
    ['a tally of a node that is not there', { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 2 }] })] }],
    ['a gap in the nodes', { nodes: nodes.slice(1) }],
    ['a node twice', { nodes: [...nodes, ...nodes.slice(0, 1)] }],
    ['two seats of one operator', { seats: [...seats, ...seats.slice(0, 1)] }],
    ['32 seats', { seats: Array.from({ length: 32 }, (_, v) => ({ operator: address(`s${String(v)}`), signer: address('s'), stake: 1n })) }], // prettier-ignore
    ['more samples than 32 bits hold', { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 0, pass: 2 ** 32 }] })] }],
    [
      'more samples of all than 32 bits hold',
      { fresh: [0, 1].map((v) => reportOf(v, 7, { tallies: [{ ...sound, nodeIndex: 0, pass: 2 ** 31 }] })) },
    ],
    ['counts that are no numbers', { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 0, pass: Number.NaN }] })] }],
  ];

  test.each(refused)('%s', (_, change) => {
    expect(() => consensus({ ...base, ...change })).toThrow(ProtocolError);
  });

  test('the same report fresh and in the window', () => {
    const previous = { epoch: 6, rootHash: word('r'), leaves: { scores: [], validators: [], rewards: [], penalties: [] } };
    expect(() => consensus({ ...base, previous, window: [reportOf(0, 7)] })).toThrow(ProtocolError);
    expect(() => consensus({ ...base, previous, window: [reportOf(0, 6)] })).not.toThrow();
  });
});
