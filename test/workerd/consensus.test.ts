// The consensus rule inside workerd gives the golden vectors to the last bit: the same leaves and roots as in Node.
import { describe, expect, test } from 'vitest';
import { rootHash } from '../../protocol/consensus/root.ts';
import { consensus } from '../../protocol/consensus/rule.ts';
import type { ConsensusInput, ConsensusResult, Leaves } from '../../protocol/consensus/types.ts';
import type { Hex } from '../../protocol/bytes.ts';
import golden from '../vectors/consensus.json' with { type: 'json' };
import policy from '../vectors/policy.json' with { type: 'json' };

type Case = {
  name: string;
  input: ConsensusInput;
  leaves: Leaves;
  roots: ConsensusResult['roots'];
  provisional: boolean;
  policyHash: Hex;
  rootHash: Hex;
};

const AMOUNTS = ['stake', 'reward', 'cumulative'];
const cases = JSON.parse(JSON.stringify(golden.cases), (key, value: unknown) =>
  AMOUNTS.includes(key) && typeof value === 'string' ? BigInt(value) : value,
) as Case[];

describe('golden roots in workerd', () => {
  test('are all there', () => {
    expect(cases.length).toBe(3);
    expect(navigator.userAgent).toBe('Cloudflare-Workers');
  });

  test.each(cases)('$name', (one) => {
    const result = consensus({ ...one.input, policy: { ...policy.policy, ...one.input.policy } });
    expect(result).toEqual({ leaves: one.leaves, roots: one.roots, provisional: one.provisional });
    expect(rootHash({ epoch: one.input.epoch, round: 1, ...result.roots, policyHash: one.policyHash })).toBe(one.rootHash);
  });
});
