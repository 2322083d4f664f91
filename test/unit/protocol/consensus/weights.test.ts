// Capped weights against the vectors that Solidity reads too and the second implementation; what a quorum is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cappedWeights, hasQuorum, sharesPpm } from '../../../../protocol/consensus/weights.ts';
import { ProtocolError } from '../../../../protocol/errors.ts';
import { weights as reference } from '../../../vectors/reference/consensus.ts';
import { vectors } from '../support.ts';

type Golden = { stakes: string[]; weights: string[]; total: string };
const golden = vectors<Golden[]>('weights.json');
const stakes = fc.array(
  fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: 2n ** 96n - 1n }), fc.constantFrom(1n, 2n ** 96n - 1n)),
  { minLength: 1, maxLength: 31 },
);
const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

describe('capped weights', () => {
  test.each(golden.map((one, i) => [i, one] as const))('golden case %i', (_, one) => {
    const weights = cappedWeights(one.stakes.map(BigInt));
    expect(weights.map(String)).toEqual(one.weights);
    expect(String(sum(weights))).toBe(one.total);
  });

  test('are the second implementation’s; nobody has more than a fifth, nobody more than its stake', () => {
    expect(golden.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(stakes, (list) => {
        const weights = cappedWeights(list);
        expect(weights).toEqual(reference(list));
        const total = sum(weights);
        weights.forEach((weight, i) => {
          expect(weight <= (list[i] ?? 0n)).toBe(true);
          if (list.length > 5) expect(5n * weight <= total).toBe(true);
          else expect(weight).toBe(weights[0]);
        });
        const shares = sharesPpm(weights);
        expect(shares).toEqual(weights.map((weight) => Number((weight * 1_000_000n) / total)));
      }),
      { numRuns: 1000 },
    );
  });

  test('follow the stakes’ order', () => {
    fc.assert(
      fc.property(stakes, (list) => {
        expect(cappedWeights(list.toReversed())).toEqual(cappedWeights(list).toReversed());
      }),
    );
  });

  test('no stakes, no weights', () => {
    expect([cappedWeights([]), sharesPpm([]), sharesPpm([0n])]).toEqual([[], [], [0]]);
  });
});

describe('a quorum', () => {
  test('is two thirds exactly, each seat counted once', () => {
    const weights = [1n, 1n, 1n];
    expect(hasQuorum(weights, [0, 1])).toBe(true);
    expect(hasQuorum(weights, [0])).toBe(false);
    expect(hasQuorum(weights, [0, 0, 0])).toBe(false);
    expect(hasQuorum(weights, new Set([2, 1]))).toBe(true);
    expect(hasQuorum([2n, 1n, 1n], [0])).toBe(false);
    expect(hasQuorum([2n, 1n, 1n], [0, 1])).toBe(true);
    expect(hasQuorum([], [])).toBe(false);
    expect(hasQuorum([0n], [0])).toBe(false);
  });

  test('refuses a seat that is not there', () => {
    expect(() => hasQuorum([1n], [1])).toThrow(ProtocolError);
  });

  test('two quorums share more than a third of the weight, so two roots need that much dishonesty', () => {
    fc.assert(
      fc.property(stakes, fc.infiniteStream(fc.boolean()), fc.infiniteStream(fc.boolean()), (list, left, right) => {
        const weights = cappedWeights(list);
        const [a, b] = [left, right].map((stream) => weights.flatMap((_, i) => (stream.next().value === true ? [i] : [])));
        if (a === undefined || b === undefined || !hasQuorum(weights, a) || !hasQuorum(weights, b)) return;
        const both = sum(a.filter((seat) => b.includes(seat)).map((seat) => weights[seat] ?? 0n));
        expect(3n * both >= sum(weights)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
