// First answers that are no commitment message, or one whose commitment is not the hash of its roots.
import { randomBytes } from 'node:crypto';
import { toHex } from '../../../protocol/bytes.ts';
import { withCommitment } from '../behaviour.ts';

export const truncatedCommitment = withCommitment((honest) => (signer, committed) => {
  const message = honest.commitment(signer, committed);
  return message.subarray(0, message.length >> 1);
});

export const garbageCommitment = withCommitment((honest) => (signer, committed) => {
  const bytes = Uint8Array.from(randomBytes(honest.commitment(signer, committed).length));
  bytes[0] = 0xff; // never the type of a message, not even by chance
  return bytes;
});

export const unrelatedCommitment = withCommitment(
  (honest) => (signer, committed) => honest.commitment(signer, { ...committed, commitment: toHex(randomBytes(32)) }),
);
