// The policy as canonical JSON: the bytes whose SHA-256 is the policy hash.
import type { Hex } from '../../../protocol/bytes.ts';
import { canonicalJson } from '../../../protocol/policy.ts';
import type { WebPorts } from './ports.ts';

export function showPolicy(ports: WebPorts): { json: string; hash: Hex } {
  return { json: canonicalJson(ports.settings.policy), hash: ports.settings.policyHash };
}
