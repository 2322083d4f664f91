// Which policy is in force: the registry's word, epoch by epoch. Old epochs keep theirs, so nothing here takes one policy for all.
import { findPolicy } from '../../schema/policy/shipped.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Policy } from '../../protocol/policy.ts';
import { DomainError } from '../errors.ts';
import type { Context } from './ports.ts';

/**
 * Policies by hash, as this version ships them.
 * @param reportSeconds how long after an epoch's end the registry takes its reports: archives must stay closed until then
 */
export function policiesFor(reportSeconds: number, find = findPolicy): Context['policyOf'] {
  return (hash) => {
    const policy = find(hash);
    if (policy === undefined) {
      throw new DomainError(
        'misconfigured',
        `The registry's policy ${hash} does not ship with this version. Update the Worker, or correct REGISTRY_ADDRESS.`,
      );
    }
    const { revealSeconds } = policy.schedule;
    if (revealSeconds < reportSeconds) {
      throw new DomainError(
        'misconfigured',
        `Policy ${policy.name} opens archives ${String(revealSeconds)} s after an epoch's end, but the registry takes reports for ${String(reportSeconds)} s: others could copy what is still to be reported. Correct REGISTRY_ADDRESS, or adopt another policy.`,
      );
    }
    return policy;
  };
}

/** The policy of an epoch. @throws DomainError misconfigured */
export function policyFor({ policyOf }: Pick<Context, 'policyOf'>, entry: { readonly policyHash: Hex }): Policy {
  return policyOf(entry.policyHash);
}
