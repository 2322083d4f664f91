// The policy of the embedded network, as it ships.
import { policyHash, type Policy } from '../protocol/policy.ts';
import type { Hex } from '../protocol/bytes.ts';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { LocalError } from './errors.ts';

export function embeddedPolicy(): { readonly policy: Policy; readonly hash: Hex } {
  const policy = shippedPolicies.find(({ name }) => name === 'embedded');
  if (policy === undefined) throw new LocalError('This version ships no policy named "embedded". Restore schema/policy.');
  return { policy, hash: policyHash(policy) };
}
