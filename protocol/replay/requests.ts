// What the validator sent: every request byte for byte the one that was due, and signed by its signer of the epoch.
import { equal, type Hex } from '../bytes.ts';
import { startDigest } from '../challenges/vram/start.ts';
import type { AuditCase, Committed, drawFor } from '../judge.ts';
import {
  decodeChallengeMessage,
  decodeDrawMessage,
  decodeStartMessage,
  encodeChallengeMessage,
  encodeDrawMessage,
  encodeStartMessage,
} from '../messages.ts';
import { drawDigest } from '../receipts.ts';
import { recoverSigner } from '../signer.ts';
import { fieldFault, type Fault } from './check.ts';

/** A request as it lies in a transcript, with what it is judged by. */
export type Sent = {
  /** How its draw is called. */
  readonly name: string;
  readonly audit: AuditCase;
  /** The validator's signer at the epoch. */
  readonly signer: Hex;
  readonly bytes: Uint8Array;
};

export type Drawn = ReturnType<typeof drawFor>;

/** The challenge. */
export function challengeFault({ name, audit, signer, bytes }: Sent): Fault {
  const sent = decodeChallengeMessage(bytes);
  const expected = audit.challenge;
  const fault = fieldFault([
    [`${name} challenge chainId`, audit.domain.chainId, sent.domain.chainId],
    [`${name} challenge registry`, audit.domain.registry, sent.domain.registry],
    [`${name} challenge epoch`, expected.epoch, sent.challenge.epoch],
    [`${name} challenge slot`, expected.slot, sent.challenge.slot],
    [`${name} challenge draw`, expected.draw, sent.challenge.draw],
    [`${name} challenge validator`, expected.validator, sent.challenge.validator],
    [`${name} challenge nodeId`, expected.nodeId, sent.challenge.nodeId],
    [`${name} challenge kind`, expected.kind, sent.challenge.kind],
    [`${name} challenge paramsHash`, expected.paramsHash, sent.challenge.paramsHash],
    [`${name} challenge nonce`, expected.nonce, sent.challenge.nonce],
    [`${name} challenge deadline`, expected.deadline, sent.challenge.deadline],
  ]);
  if (fault !== null) return fault;
  const again = encodeChallengeMessage({
    ...{ domain: audit.domain, challenge: expected, params: audit.task.bytes, signature: sent.signature },
  });
  if (!equal(again, bytes)) return `${name} challenge: its bytes are not those of the challenge that was due`;
  return fieldFault([[`${name} signer of the challenge`, signer, recoverSigner(audit.challengeHash, sent.signature)]]);
}

/** The start of kind 2: what the seed makes of the challenge. */
export function startFault({ name, audit, signer, bytes }: Sent): Fault {
  if (bytes.length === 0) return `${name}: the node was ready, but the transcript holds no start`;
  const { challengeHash, start } = audit;
  const { signature, ...sent } = decodeStartMessage(bytes);
  const fault = fieldFault([[`${name} start, of seed and challenge`, start, sent.start]]);
  if (fault !== null) return fault;
  const again = encodeStartMessage({ challengeHash, start, signature });
  if (!equal(again, bytes)) return `${name} start: its bytes are not those of the start that was due`;
  const digest = startDigest(audit.domain, { challengeHash, start });
  return fieldFault([[`${name} signer of the start`, signer, recoverSigner(digest, signature)]]);
}

/** The request for openings: the positions that seed and commitment draw. */
export function drawFault({ name, audit, signer, bytes }: Sent, { commitment }: Committed, drawn: Drawn): Fault {
  if (bytes.length === 0) return `${name}: the node had committed, but the transcript holds no opening request`;
  const { challengeHash } = audit;
  const sent = decodeDrawMessage(bytes);
  const different = drawn.positions.findIndex(
    (p, i) => sent.positions[i]?.round !== p.round || sent.positions[i].leaf !== p.leaf,
  );
  if (different !== -1) return `${name} position ${String(different)}: not the one that seed and commitment draw`;
  const again = encodeDrawMessage({ challengeHash, commitment, signature: sent.signature, positions: drawn.positions });
  if (!equal(again, bytes)) return `${name} opening request: its bytes are not those of the request that was due`;
  const digest = drawDigest(audit.domain, { challengeHash, commitment, drawHash: drawn.hash });
  return fieldFault([[`${name} signer of the opening request`, signer, recoverSigner(digest, sent.signature)]]);
}
