// Where one flipped bit of a commitment message changes which field, and the reason that is then derived: the same for each kind.

/** Field, byte, reason. */
export const COMMITMENT_LIES: readonly [string, number, string][] = [
  ['nodeId', 2, 'identity_mismatch'],
  ['challengeHash', 40, 'stale'],
  ['commitment', 70, 'bad_receipt'],
  ['signature', 120, 'bad_receipt'],
  ['root', 165, 'no_commitment'],
  ['form', 0, 'no_commitment'],
];
