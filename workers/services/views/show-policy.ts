// A policy as canonical JSON: the bytes whose SHA-256 is its hash. Each epoch has its own; the one in force is the default.
import type { Hex } from '../../../protocol/bytes.ts';
import { canonicalJson } from '../../../protocol/policy.ts';
import type { Hash } from '../../../schema/api/requests.ts';
import { findPolicy } from '../../../schema/policy/shipped.ts';
import { found, missing, type Answer } from './answer.ts';
import type { WebPorts } from './ports.ts';

export type ShownPolicy = { readonly json: string; readonly hash: Hex };

export function showPolicy(ports: WebPorts): ShownPolicy {
  return { json: canonicalJson(ports.settings.policy), hash: ports.settings.policyHash };
}

export function findShownPolicy(ports: WebPorts, { hash }: { hash: Hash }): Answer<ShownPolicy> {
  if (hash === ports.settings.policyHash) return found(showPolicy(ports));
  const policy = findPolicy(hash);
  if (policy !== undefined) return found({ json: canonicalJson(policy), hash });
  return missing('not-found', `This version does not know a policy with the hash ${hash}. /v1/policy is the one in force.`);
}
