// The closed sets of outcomes and reasons (docs/protocol.md, section 10). Codes are hashed into records and never re-used.

export const OUTCOME = { pass: 1, fail: 2, void: 3 } as const;
export type Outcome = keyof typeof OUTCOME;

export const REASON = {
  none: 0,
  unreachable: 1,
  timeout: 2,
  tls: 3,
  refused: 4,
  redirect: 5,
  oversize: 6,
  no_commitment: 7,
  identity_mismatch: 8,
  stale: 9,
  bad_receipt: 10,
  bad_opening: 11,
  equivocation: 12,
  wrong_result: 13,
  below_claim: 14,
  auditor_fault: 64,
  maintenance: 65,
  busy: 66,
  beacon_outage: 67,
  interrupted: 68,
} as const;
export type Reason = keyof typeof REASON;

export type Verdict = { readonly outcome: Outcome; readonly reason: Reason };

const OUTCOMES = new Map<number, Outcome>(Object.entries(OUTCOME).map(([name, code]) => [code, name as Outcome]));
const REASONS = new Map<number, Reason>(Object.entries(REASON).map(([name, code]) => [code, name as Reason]));

export const outcomeOf = (code: number): Outcome | undefined => OUTCOMES.get(code);
export const reasonOf = (code: number): Reason | undefined => REASONS.get(code);

/** The one outcome that goes with a reason. */
export function verdictOf(reason: Reason): Verdict {
  const code = REASON[reason];
  return { reason, outcome: code === 0 ? 'pass' : code < 64 ? 'fail' : 'void' };
}

/** Reasons of the network level: the auditor's word, not derivable from a transcript. */
export function isNetworkReason(reason: Reason): boolean {
  return REASON[reason] >= REASON.unreachable && REASON[reason] <= REASON.oversize;
}

/** Whether a record with this reason counts as work done by the validator: rounds are public, so a missing one is its word only. */
export function countsAsDone(reason: Reason): boolean {
  return reason !== 'auditor_fault' && reason !== 'beacon_outage' && reason !== 'interrupted';
}
