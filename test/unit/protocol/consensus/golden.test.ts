// The consensus rule against golden vectors that the second implementation wrote, with trees by OpenZeppelin's library.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rootHash } from '../../../../protocol/consensus/root.ts';
import { consensus } from '../../../../protocol/consensus/rule.ts';
import { firstDifference } from '../../../../protocol/consensus/leaves.ts';
import { goldenCases } from './support.ts';

const cases = goldenCases(readFileSync(new URL('../../../vectors/consensus.json', import.meta.url), 'utf8'));

describe('golden roots', () => {
  test('are all there, and not all alike', () => {
    expect(cases.map(({ leaves }) => [leaves.scores.length, leaves.services.length, leaves.validators.length])).toEqual([
      [5, 5, 3],
      [8, 8, 7],
      [0, 0, 4],
    ]);
    expect(new Set(cases.map((one) => one.rootHash)).size).toBe(cases.length);
  });

  test.each(cases)('$name', ({ input, leaves, roots, provisional, policyHash, rootHash: expected }) => {
    const result = consensus(input);
    expect(firstDifference(result.leaves, leaves)).toBeNull();
    expect(result).toEqual({ leaves, roots, provisional });
    expect(rootHash({ epoch: input.epoch, round: 1, ...result.roots, policyHash })).toBe(expected);
  });
});
