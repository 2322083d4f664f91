// The rule against the second implementation on random inputs; that order has no influence; and what it refuses.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../protocol/errors.ts';
import { consensus } from '../../../../protocol/consensus/rule.ts';
import { firstDifference } from '../../../../protocol/consensus/leaves.ts';
import type { ConsensusInput, ConsensusReport, NodeService, NodeTally } from '../../../../protocol/consensus/types.ts';
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
    let [charged, asked, tiers] = [0, 0, new Set<number>()];
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
        asked += own.leaves.services.filter(({ uptimePpm, bandwidth }) => uptimePpm > 0 && bandwidth > 0).length;
      }),
      { numRuns: 400, seed: 20_261_122 },
    );
    // the inputs do reach the branches
    expect(charged).toBeGreaterThan(50);
    expect(asked).toBeGreaterThan(50);
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
                  services: [],
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
const sound = {
  pass: 100,
  wrong: 0,
  slow: 0,
  network: 0,
  busy: 0,
  void: 0,
  medianMeasure: 1000,
  medianElapsedMs: 5,
  ...{ present: 90, absent: 10, latencyMs: 30, latencyHighMs: 80, fills: 20, bandwidth: 9000 },
};
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

describe('services', () => {
  const serviceOf = (fresh: readonly ConsensusReport[]): NodeService | undefined =>
    consensus({ ...base, fresh }).leaves.services[0];
  const tallied = (v: number, change: Partial<NodeTally>): ConsensusReport =>
    reportOf(v, 7, { tallies: [{ ...sound, nodeIndex: 0, ...change }] });

  test('are there for every node that is not retired, beside its score', () => {
    const { leaves } = consensus({ ...base, nodes: nodes.map((node) => ({ ...node, retired: node.index === 0 })) });
    expect(leaves.services.map(({ nodeIndex }) => nodeIndex)).toEqual([1]);
    expect(leaves.scores.map(({ nodeIndex }) => nodeIndex)).toEqual([1]);
  });

  test('uptime is what is present of all that was asked, with its lower bound; latencies and bandwidth are medians', () => {
    expect(serviceOf(base.fresh)).toEqual({
      ...{ epoch: 7, nodeIndex: 0, nodeId: word('n0'), uptimePpm: 900_000, uptimeLowPpm: 872_573, uptimeSamples: 400 },
      ...{ latencyMs: 30, latencyHighMs: 80, bandwidth: 9000 },
    });
  });

  test('presence changes no score, and jobs change no uptime', () => {
    const asked = [0, 1, 2, 3].map((v) => tallied(v, { present: 1, absent: 99, latencyMs: 9, latencyHighMs: 9 }));
    expect(consensus({ ...base, fresh: asked }).leaves.scores[0]).toEqual(consensus(base).leaves.scores[0]);
    const failed = [0, 1, 2, 3].map((v) => tallied(v, { pass: 20, network: 80 }));
    expect(serviceOf(failed)).toEqual(serviceOf(base.fresh));
  });

  test('a report whose passes are all over memory says nothing of the rate of products', () => {
    const only = tallied(3, { pass: 20, fills: 20, medianMeasure: 0, medianElapsedMs: 0 });
    expect(consensus({ ...base, fresh: [...base.fresh.slice(0, 3), only] }).leaves.scores[0]).toMatchObject({
      ...{ measure: 1000, elapsedMs: 5 },
    });
  });

  test('a validator without presence or passes over memory has no say in latency and bandwidth', () => {
    const none = { present: 0, absent: 5, latencyMs: 0, latencyHighMs: 0, fills: 0, bandwidth: 0 };
    expect(serviceOf([tallied(0, {}), tallied(1, none), tallied(2, none)])).toMatchObject({
      ...{ latencyMs: 30, latencyHighMs: 80, bandwidth: 9000, uptimeSamples: 110 },
    });
    expect(serviceOf([tallied(0, none)])).toMatchObject({ uptimePpm: 0, latencyMs: 0, latencyHighMs: 0, bandwidth: 0 });
  });
});

describe('whose word is unusual', () => {
  const agreementOf = (tell: Partial<NodeTally>): number => {
    const liar = reportOf(0, 7, { tallies: nodes.map(({ index }) => ({ ...sound, nodeIndex: index, ...tell })) });
    return consensus({ ...base, fresh: [liar, ...base.fresh.slice(1)] }).leaves.validators[0]?.agreementPpm ?? 0;
  };

  test('absences count as failures of the network do', () => {
    expect(agreementOf({})).toBe(1_000_000);
    expect(agreementOf({ present: 0, absent: 100, latencyMs: 0, latencyHighMs: 0 })).toBe(0);
    expect(agreementOf({ pass: 0, network: 100, fills: 0, medianMeasure: 0, medianElapsedMs: 0, bandwidth: 0 })).toBe(0);
  });

  test('a few more than the others’ are chance', () => {
    expect(agreementOf({ present: 88, absent: 12 })).toBe(1_000_000);
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
    [
      'more samples of presence than 32 bits hold',
      { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 0, absent: 2 ** 32 }] })] },
    ],
    [
      'more samples of presence of all than 32 bits hold',
      { fresh: [0, 1].map((v) => reportOf(v, 7, { tallies: [{ ...sound, nodeIndex: 0, present: 2 ** 31 }] })) },
    ],
    ['more passes over memory than passes', { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 0, fills: 101 }] })] }],
    [
      'times that 32 bits do not hold',
      { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 0, latencyHighMs: 2 ** 32 }] })] },
    ],
    ['counts that are no numbers', { fresh: [reportOf(0, 7, { tallies: [{ ...sound, nodeIndex: 0, pass: Number.NaN }] })] }],
  ];

  test.each(refused)('%s', (_, change) => {
    expect(() => consensus({ ...base, ...change })).toThrow(ProtocolError);
  });

  test('the same report fresh and in the window', () => {
    const previous = {
      epoch: 6,
      rootHash: word('r'),
      leaves: { scores: [], services: [], validators: [], rewards: [], penalties: [] },
    };
    expect(() => consensus({ ...base, previous, window: [reportOf(0, 7)] })).toThrow(ProtocolError);
    expect(() => consensus({ ...base, previous, window: [reportOf(0, 6)] })).not.toThrow();
  });
});
