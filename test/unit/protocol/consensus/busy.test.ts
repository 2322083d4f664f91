// Busy in the rule: how much of it is excused, over which reports, and what a node can gain by it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countReports, type Counts } from '../../../../protocol/consensus/counts.ts';
import { consensus } from '../../../../protocol/consensus/rule.ts';
import type { ConsensusInput, ConsensusReport, NodeTally } from '../../../../protocol/consensus/types.ts';
import { address, word } from '../support.ts';
import { rulePolicy } from './support.ts';

const NOTHING: NodeTally = {
  ...{ nodeIndex: 0, pass: 0, wrong: 0, slow: 0, network: 0, busy: 0, void: 0, medianMeasure: 0, medianElapsedMs: 0 },
  ...{ present: 0, absent: 0, latencyMs: 0, latencyHighMs: 0, fills: 0, bandwidth: 0 },
};
const reportOf = (tally: Partial<NodeTally>, epoch = 7, v = 0): ConsensusReport => ({
  ...{ epoch, validator: address(`v${String(v)}`), reportHash: word(`${String(epoch)} ${String(v)}`), due: 9, done: 9 },
  tallies: [{ ...NOTHING, ...tally }],
});
const countsOf = (busyPpm: number, ...tallies: Partial<NodeTally>[]): Counts =>
  countReports(1, [tallies.map((tally, i) => reportOf(tally, 7 + i))], busyPpm);

describe('busy', () => {
  test.each([
    ['one is excused where there is nothing else', { busy: 1 }, 50_000, 0],
    ['the second is not', { busy: 2 }, 50_000, 1],
    ['of 19 jobs one', { pass: 17, busy: 2 }, 50_000, 1],
    ['of 20 jobs two', { pass: 18, busy: 2 }, 50_000, 0],
    ['busy itself counts among the jobs', { busy: 20 }, 50_000, 18],
    ['so do failures of every sort', { pass: 2, wrong: 5, slow: 5, network: 5, busy: 3 }, 50_000, 6],
    ['other VOIDs do not', { pass: 17, busy: 2, void: 90 }, 50_000, 1],
    ['nor does presence', { pass: 17, busy: 2, present: 90, absent: 90 }, 50_000, 1],
    ['without a part, one alone', { pass: 1_000, busy: 3 }, 0, 2],
    ['all of it, where the policy says so', { busy: 1_000 }, 1_000_000, 0],
    ['to the last of 32 bits', { pass: 2 ** 31, busy: 2 ** 31 - 1 }, 999_999, 0],
  ] as const)('%s', (_, tally, busyPpm, network) => {
    const counts = countsOf(busyPpm, tally);
    expect([...counts.network]).toEqual([network]);
    expect([...counts.busy]).toEqual([tally.busy]);
  });

  test('is rationed over all reports of a validator together, and by validator', () => {
    const one = { pass: 9, busy: 1 };
    expect([...countsOf(50_000, one, one, one, one).network]).toEqual([1]); // 40 jobs: three
    expect([...countsOf(50_000, { busy: 3 }, { pass: 37 }).network]).toEqual([0]);
    const apart = [reportOf({ busy: 3 }, 7, 0)];
    expect([...countReports(1, [apart, [reportOf({ pass: 37 }, 7, 1)]], 50_000).network]).toEqual([2, 0]);
  });

  test('beyond 32 bits is refused', () => {
    expect(() => countsOf(50_000, { pass: 2 ** 31, busy: 2 ** 31 })).toThrow('samples');
  });

  test('is what the text says, at any counts', () => {
    const count = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 800_000_000 }));
    const arbitrary = fc.record({ pass: count, wrong: count, slow: count, network: count, busy: count });
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 0, max: 1_000_000 }), (tally, busyPpm) => {
        const jobs = BigInt(tally.pass + tally.wrong + tally.slow + tally.network + tally.busy);
        const allowed = Number((jobs * BigInt(busyPpm)) / 1_000_000n + 1n);
        const expected = tally.network + Math.max(0, tally.busy - allowed);
        expect([...countsOf(busyPpm, tally).network]).toEqual([expected]);
      }),
    );
  });
});

const seats = [0, 1, 2, 3].map((v) => ({ operator: address(`v${String(v)}`), signer: address(`s${String(v)}`), stake: 5n }));
const input = (tally: Partial<NodeTally>, busyPpm: number): ConsensusInput => ({
  ...{ epoch: 7, policy: rulePolicy({ busyPpm, windowEpochs: 5 }), seats },
  nodes: [{ index: 0, nodeId: word('n'), operator: address('owner'), retired: false }],
  ...{ fresh: seats.map((_, v) => reportOf(tally, 7, v)), window: [], previous: null },
});
const scoreOf = (tally: Partial<NodeTally>, busyPpm: number) => consensus(input(tally, busyPpm)).leaves.scores[0];

describe('a node that says busy instead of failing', () => {
  test('gains no more than the ration and one job, and pays for what is above', () => {
    const jobs = fc.integer({ min: 1, max: 400 });
    const part = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(jobs, part, part, fc.integer({ min: 0, max: 300_000 }), (all, failing, told, busyPpm) => {
        const failed = Math.floor((all * failing) / 1_000);
        const busy = Math.floor((failed * told) / 1_000);
        const [pass, network] = [all - failed, failed - busy];
        const before = scoreOf({ pass, network: failed }, busyPpm);
        const after = scoreOf({ pass, network, busy }, busyPpm);
        if (before === undefined || after === undefined) throw new Error('a node without a score');
        const excused = Math.min(busy, Math.floor((all * busyPpm) / 1e6) + 1);
        expect(after.samples).toBe(before.samples - 4 * excused);
        expect(after.ratePpm - before.ratePpm).toBeLessThanOrEqual(busyPpm + 1e6 / all + 1);
        if (excused < busy) expect(after.ratePpm).toBe(Math.floor((1e6 * pass) / (all - excused)));
      }),
      { numRuns: 300 },
    );
  });

  test('for ever comes to nothing', () => {
    for (const busy of [4, 40, 4_000]) {
      const { ratePpm, scorePpm, samples } = scoreOf({ busy }, 50_000) ?? {};
      expect({ ratePpm, scorePpm }).toEqual({ ratePpm: 0, scorePpm: 0 });
      expect(samples).toBe(4 * (busy - Math.floor(busy / 20) - 1));
    }
  });
});
