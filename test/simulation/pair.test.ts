// What a validator and a node in league can still gain when everybody else is honest: the validator passes all of its node's audits
// and measures it as fast as it likes. The others' reports bound it.
import { describe, expect, test } from 'vitest';
import { consensus } from '../../protocol/consensus/rule.ts';
import { closedForm, meanShiftBound } from './bounds.ts';
import { told } from './lies.ts';
import { inputOf, operatorOf, ownerOf, random, randomNetwork, samplesOf, type Network } from './network.ts';
import { figure, times } from './scale.ts';

/** Everybody's honest measure of a node is off by chance, up to a tenth either way. */
const TRUE_MEASURE = 1_000_000;

type Gain = {
  /** In millionths. */
  readonly rate: number;
  readonly score: number;
  /** Parts of what the honest measure and the honest income would be. */
  readonly measure: number;
  readonly income: number;
  readonly bound: number;
  /** The most that any honest validator measured, over the honest median. */
  readonly measureBound: number;
  /** Of the validator's own reward. */
  readonly kept: number;
};

type Pair = { readonly seats: number; readonly nodes: number; readonly audits: number; readonly failing: number };

/** Gains of seat 0 and node 0 in one random network of equal stakes, so that the validator weighs 1/seats. */
function pairGain(seed: number, { seats, nodes, audits, failing }: Pair): Gain {
  const chance = random(seed);
  const nature = { wrong: 0, slow: 0, network: failing };
  const drawn = randomNetwork(chance, { seats, nodes, audits, draws: 'exact', nature: () => nature });
  const network: Network = { ...drawn, seats: drawn.seats.map((seat) => ({ ...seat, stake: 1000n })), liars: new Set([0]) };
  const measures = network.natures.map(() => network.seats.map(() => Math.round(TRUE_MEASURE * (0.9 + 0.2 * chance.unit()))));
  const honestly = (node: number, seat: number): number => measures[node]?.[seat] ?? 0;
  const colluding = (node: number, seat: number): number => (node === 0 && seat === 0 ? 2 ** 50 : honestly(node, seat));
  const lied = network.honest.map((row, node) =>
    row.map((own, v) => (node === 0 && v === 0 ? told(samplesOf(own), samplesOf(own)) : own)),
  );
  const before = consensus(inputOf(network, network.honest, { measure: honestly })).leaves;
  const after = consensus(inputOf(network, lied, { measure: colluding })).leaves;
  const [from, to] = [before.scores[0], after.scores[0]];
  if (from === undefined || to === undefined) throw new Error('the node has no line');
  const paid = (leaves: typeof before): number =>
    Number((leaves.rewards.find(({ account }) => account === ownerOf(0))?.cumulative ?? 0n) / 10n ** 9n);
  const earned = (leaves: typeof before): number =>
    Number((leaves.rewards.find(({ account }) => account === operatorOf(0))?.cumulative ?? 0n) / 10n ** 9n);
  return {
    ...{ rate: to.ratePpm - from.ratePpm, score: to.scorePpm - from.scorePpm, measure: to.measure / from.measure - 1 },
    income: paid(before) === 0 ? 0 : paid(after) / paid(before) - 1,
    bound: closedForm(network, 0, lied[0] ?? []),
    measureBound: Math.max(...(measures[0] ?? []).slice(1)) / from.measure - 1,
    kept: earned(after) / earned(before),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a validator and a node in league', { timeout: 600_000 }, () => {
  const cases = [5, 10, 20].flatMap((seats) =>
    [25, 100, 400].flatMap((audits) => [0.1, 0.3].map((failing) => ({ seats, nodes: 30, audits, failing }))),
  );

  test.each(cases)(
    'one of $seats, $audits audits each, a node that fails $failing of the time: bounded by the others',
    (pair) => {
      const gains = Array.from({ length: times(30) }, (_, i) => pairGain(1000 * i + pair.seats, pair));
      for (const { rate, score, measure, bound, measureBound } of gains) {
        expect(rate).toBeGreaterThanOrEqual(-1);
        expect(rate).toBeLessThanOrEqual(bound);
        expect(score).toBeLessThanOrEqual(2 * bound + 4);
        expect(measure).toBeLessThanOrEqual(measureBound);
      }
      const formula = meanShiftBound(pair.audits, 1 - pair.failing, 1 / pair.seats);
      const rates = gains.map(({ rate }) => rate);
      const chanceError = Math.sqrt(mean(rates.map((rate) => (rate - mean(rates)) ** 2)) / rates.length);
      expect(mean(rates)).toBeLessThanOrEqual(formula + 3 * chanceError);
      expect(mean(rates)).toBeGreaterThan(0);
      const share = (values: readonly number[]): string => `${(100 * mean(values)).toFixed(1)} %`;
      figure(
        `1 of ${String(pair.seats)}, n ${String(pair.audits)}, fails ${String(pair.failing)}: rate +${(mean(rates) / 1e6).toFixed(4)} (formula ${(formula / 1e6).toFixed(4)}), ` +
          `score +${(mean(gains.map(({ score }) => score)) / 1e6).toFixed(4)}, measure +${share(gains.map((one) => one.measure))}, ` +
          `income +${share(gains.map(({ income }) => income))}, keeps ${share(gains.map(({ kept }) => kept))} of its own reward`,
      );
    },
  );

  test('in a network of few nodes, passing for a node that is down costs the validator its reward', () => {
    const gains = Array.from({ length: 20 }, (_, i) => pairGain(i, { seats: 5, nodes: 4, audits: 100, failing: 1 }));
    for (const { rate, kept } of gains) {
      expect(rate).toBeLessThan(10_000);
      expect(kept).toBeLessThan(0.7);
    }
  });
});
