// Replays one signed commitment message for every challenge. The message is of an earlier challenge, made up here so that the
// first audit of the process gets it too.
import { toHex } from '../../../protocol/bytes.ts';
import { sha256, tag } from '../../../protocol/hash.ts';
import { withCommitment } from '../behaviour.ts';

const EARLIER = toHex(sha256(tag('an earlier challenge')));

export const oldCommitment = withCommitment((honest) => {
  let message: Uint8Array | undefined;
  return (signer, committed) => (message ??= honest.commitment(signer, { ...committed, challengeHash: EARLIER }));
});
