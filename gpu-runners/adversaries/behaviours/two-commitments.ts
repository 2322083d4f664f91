// Signs two commitments for one challenge: the opening names another than the first answer did.
import { toHex } from '../../../protocol/bytes.ts';
import { sha256, tag } from '../../../protocol/hash.ts';
import type { Behaviour } from '../behaviour.ts';

const SECOND = toHex(sha256(tag('a second commitment')));

export const twoCommitments: Behaviour = (parts) => ({
  ...parts,
  answers: { ...parts.answers, opening: (signer, opened) => parts.answers.opening(signer, { ...opened, commitment: SECOND }) },
});
