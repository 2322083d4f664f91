// Each reason in plain words: the one table behind pages and API. `basis` says who can check it (docs/protocol.md, section 10).
import type { Reason } from '../../protocol/verdict.ts';

/** transcript: anybody can recompute it from what the node signed · time: from the recorded time · word: the validator's, that this is what came · void: no verdict on the node. */
export type Basis = 'none' | 'transcript' | 'time' | 'word' | 'void';
export type ReasonText = { readonly title: string; readonly meaning: string; readonly basis: Basis };

export const REASON_TEXT: Readonly<Record<Reason, ReasonText>> = {
  none: { title: 'Passed', meaning: 'Every check held: signature, commitment, sampled results and speed.', basis: 'none' },
  unreachable: {
    title: 'Unreachable',
    meaning: 'No connection could be made, or it broke before the answer was complete.',
    basis: 'word',
  },
  timeout: { title: 'Too late', meaning: 'No complete answer came before the deadline.', basis: 'word' },
  tls: {
    title: 'No trusted TLS',
    meaning: 'The endpoint did not offer an encrypted session with a trusted certificate.',
    basis: 'word',
  },
  refused: { title: 'Refused', meaning: 'The node answered with an error instead of taking the challenge.', basis: 'word' },
  redirect: { title: 'Redirected', meaning: 'The node pointed to another address; redirects are never followed.', basis: 'word' },
  oversize: { title: 'Answer too large', meaning: 'The answer was longer than a right answer can be.', basis: 'word' },
  no_commitment: {
    title: 'No commitment',
    meaning: 'The first answer was not a proper commitment to a finished computation.',
    basis: 'word',
  },
  identity_mismatch: { title: 'Wrong identity', meaning: 'Another node answered in its place.', basis: 'word' },
  stale: { title: 'Replayed answer', meaning: 'The answer belonged to another challenge.', basis: 'word' },
  bad_receipt: {
    title: 'Bad signature',
    meaning: 'The signature does not verify under the key that the node registered.',
    basis: 'word',
  },
  bad_opening: {
    title: 'Bad opening',
    meaning: 'The sampled pieces do not belong to what the node had committed to.',
    basis: 'transcript',
  },
  equivocation: {
    title: 'Two stories',
    meaning: 'The node changed its commitment after the sample was drawn.',
    basis: 'word',
  },
  wrong_result: {
    title: 'Wrong result',
    meaning: 'The node committed to numbers that are not the product it was asked to compute.',
    basis: 'transcript',
  },
  below_claim: {
    title: 'Slower than claimed',
    meaning: 'The work was right, but slower than the class of GPU that the node claims.',
    basis: 'time',
  },
  auditor_fault: {
    title: 'Validator at fault',
    meaning: 'The validator was late, overloaded or cut off. Does not count against the node.',
    basis: 'void',
  },
  maintenance: { title: 'Maintenance', meaning: 'Announced maintenance. Does not count against the node.', basis: 'void' },
  busy: {
    title: 'Busy',
    meaning: 'The node was at other work and said so, signed. Does not count against it as long as it is rare.',
    basis: 'void',
  },
  beacon_outage: {
    title: 'No beacon',
    meaning: 'No public randomness was available in time. Does not count against the node.',
    basis: 'void',
  },
  interrupted: {
    title: 'Interrupted',
    meaning: 'The validator stopped before the audit ended. Does not count against the node.',
    basis: 'void',
  },
};

export const BASIS_TEXT: Readonly<Record<Basis, string>> = {
  none: '',
  transcript: 'anybody can recompute this from what the node signed',
  time: 'follows from the recorded time',
  word: 'rests on the validator’s word',
  void: 'no verdict on the node',
};
