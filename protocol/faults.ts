// Provable faults (docs/protocol.md, section 18): their keys as contracts/src/FaultProver.sol computes them, whether a signed
// challenge was drawn, and the excerpt of the policy that proves on chain how many audits were due.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { toHex, type Hex } from './bytes.ts';
import type { Challenge } from './challenge.ts';
import { addressWord, bytes32Word, uintWord } from './domain.ts';
import { ProtocolError } from './errors.ts';
import { keccak } from './hash.ts';
import { canonicalJson, type Policy } from './policy.ts';
import { drawsInSlot, slotDraws, type EpochPlan } from './schedule.ts';

/** Kinds of faults by their number on chain. */
export const FAULT = { reports: 1, roots: 2, undrawn: 3, receipts: 4 } as const;

/** What makes a fault one and the same, whoever proves it with whichever pair of signatures. */
export type Fault =
  | { readonly kind: 'reports' | 'undrawn'; readonly validator: Hex; readonly epoch: number }
  | { readonly kind: 'roots'; readonly validator: Hex; readonly epoch: number; readonly round: number }
  | { readonly kind: 'receipts'; readonly nodeId: Hex; readonly challengeHash: Hex };

/** `keccak(abi.encode(kind, …))`: a fault is slashed once for each key. */
export function faultKey(fault: Fault): Hex {
  const kind = uintWord(FAULT[fault.kind]);
  if (fault.kind === 'receipts') return toHex(keccak(kind, bytes32Word(fault.nodeId), bytes32Word(fault.challengeHash)));
  const who = [kind, addressWord(fault.validator), uintWord(fault.epoch)];
  return toHex(fault.kind === 'roots' ? keccak(...who, uintWord(fault.round)) : keccak(...who));
}

/**
 * Whether the challenge's slot, draw or node was not drawn by its validator in that epoch. What else is in it (kind, parameters,
 * nonce, deadline) makes it no fault.
 * @param plan of the challenge's epoch and validator, with its revealed seed
 * @param nodeIndex of the challenge's nodeId in the registry; null if no such node was ever registered
 * @throws ProtocolError out_of_range for another epoch's plan
 */
export function isUndrawn(
  challenge: Pick<Challenge, 'epoch' | 'slot' | 'draw'>,
  plan: EpochPlan,
  nodeIndex: number | null,
): boolean {
  if (challenge.epoch !== plan.epoch) {
    throw new ProtocolError('out_of_range', `the plan is of epoch ${String(plan.epoch)}, not ${String(challenge.epoch)}`);
  }
  if (challenge.slot >= plan.clock.slotsPerEpoch || challenge.draw >= drawsInSlot(plan, challenge.slot)) return true;
  return slotDraws(plan, challenge.slot)[challenge.draw]?.nodeIndex !== nodeIndex;
}

export type PolicyExcerpt = {
  /** UTF-8 bytes before `{"auditsPerNodePerDay":`, and after the number. */
  readonly prefix: Hex;
  readonly suffix: Hex;
  readonly auditsPerNodePerDay: number;
};

const AUDITS_KEY = '{"auditsPerNodePerDay":';

/** The policy's canonical text around the number of audits: with it, the hash proves the number on chain. */
export function excerptPolicy(policy: Policy): PolicyExcerpt {
  const { auditsPerNodePerDay } = policy.schedule;
  const text = canonicalJson(policy);
  // A quotation mark inside a string is escaped, so the key stands in the text once: at the head of `schedule`.
  const [prefix, rest] = text.split(AUDITS_KEY);
  const digits = String(auditsPerNodePerDay);
  if (prefix === undefined || rest?.startsWith(digits) !== true) {
    throw new ProtocolError('bad_policy', 'the policy does not say how many audits are due');
  }
  return { prefix: toHex(utf8ToBytes(prefix)), suffix: toHex(utf8ToBytes(rest.slice(digits.length))), auditsPerNodePerDay };
}
