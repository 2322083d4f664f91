// The policies that ship with this version, by name. Which one is in force is the registry's word: its policy hash.
import embedded from './embedded.json' with { type: 'json' };
import network from './network.json' with { type: 'json' };
import type { Hex } from '../../protocol/bytes.ts';
import { policyHash, type Policy } from '../../protocol/policy.ts';
import { parsePolicy } from './policy.ts';

export const shippedPolicies: readonly Policy[] = [parsePolicy(embedded), parsePolicy(network)];

/** The shipped policy with this hash; undefined means that this version is too old or the registry is another network's. */
export function findPolicy(hash: Hex): Policy | undefined {
  return shippedPolicies.find((policy) => policyHash(policy) === hash);
}
