// Provable faults (docs/protocol.md, section 18): their keys as contracts/src/FaultProver.sol computes them, whether a signed
// challenge was drawn, and the excerpt of the policy that proves on chain how many audits were due.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { toHex, type Hex } from './bytes.ts';
import type { Challenge } from './challenge.ts';
import { placeInCohort } from './cohort.ts';
import { addressWord, bytes32Word, uintWord } from './domain.ts';
import { ProtocolError } from './errors.ts';
import { keccak } from './hash.ts';
import { canonicalJson, type Policy } from './policy.ts';
import { COHORT_MAX, drawsInSlot, slotDraws, type EpochNode, type EpochPlan } from './schedule.ts';

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

type Place = Pick<EpochNode, 'index' | 'nodeId' | 'operator'>;

/** Whether a node may be the place-th of a cohort around the drawn one, as far as the chain looks: another of its operator. */
function mayBeMember(place: number, drawn: Place, challenged: Place): boolean {
  return place < COHORT_MAX && challenged.index !== drawn.index && challenged.operator === drawn.operator;
}

/**
 * Whether the challenge's slot, draw or node was not drawn by its validator in that epoch, as the contract sees it. What else is in it
 * (kind, parameters, nonce, deadline) makes it no fault; and of a cohort's members only the operator is looked at, neither whether the
 * draw has a cohort nor which ones were taken.
 * @param plan of the challenge's epoch and validator, with its revealed seed
 * @param nodes all of the epoch, by index: a node that is not among them was drawn by nobody
 * @throws ProtocolError out_of_range for another epoch's plan
 */
export function isUndrawn(
  challenge: Pick<Challenge, 'epoch' | 'slot' | 'draw' | 'nodeId'>,
  plan: EpochPlan,
  nodes: readonly Place[],
): boolean {
  if (challenge.epoch !== plan.epoch) {
    throw new ProtocolError('out_of_range', `the plan is of epoch ${String(plan.epoch)}, not ${String(challenge.epoch)}`);
  }
  const { draw, place } = placeInCohort(challenge.draw);
  if (challenge.slot >= plan.clock.slotsPerEpoch || draw >= drawsInSlot(plan, challenge.slot)) return true;
  const drawn = nodes[slotDraws(plan, challenge.slot)[draw]?.nodeIndex ?? -1];
  const challenged = nodes.find(({ nodeId }) => nodeId === challenge.nodeId);
  if (drawn === undefined || challenged === undefined) return true;
  return place === 0 ? challenged.index !== drawn.index : !mayBeMember(place, drawn, challenged);
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
