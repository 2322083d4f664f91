// What the auditor of a test's epoch sends, signed with its key.
import type { Hex } from '../../protocol/bytes.ts';
import { startDigest } from '../../protocol/challenges/vram/start.ts';
import type { drawFor } from '../../protocol/judge.ts';
import { encodeChallengeMessage, encodeDrawMessage, encodeStartMessage } from '../../protocol/messages.ts';
import { drawDigest } from '../../protocol/receipts.ts';
import { signDigest } from '../../protocol/signer.ts';
import type { Stage } from './behaviour-names.ts';

export type Drawn = ReturnType<typeof drawFor>;

export function challengeBytes(stage: Stage): Uint8Array {
  const { domain, challenge, challengeHash, task } = stage.audit;
  const signature = signDigest(challengeHash, stage.signerKey);
  return encodeChallengeMessage({ domain, challenge, params: task.bytes, signature });
}

/** Kind 2: the start, signed. @param start another one than the seed's */
export function startBytes(stage: Stage, start: Hex = stage.audit.start): Uint8Array {
  const { domain, challengeHash } = stage.audit;
  const signature = signDigest(startDigest(domain, { challengeHash, start }), stage.signerKey);
  return encodeStartMessage({ challengeHash, start, signature });
}

/** The request for openings, signed, for the commitment of a proof. */
export function drawBytes(stage: Stage, commitment: Hex, drawn: Drawn): Uint8Array {
  const { challengeHash, domain } = stage.audit;
  const digest = drawDigest(domain, { challengeHash, commitment, drawHash: drawn.hash });
  const signature = signDigest(digest, stage.signerKey);
  return encodeDrawMessage({ challengeHash, commitment, signature, positions: drawn.positions });
}
