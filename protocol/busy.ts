// Busy: a node that works for one validator need not slow that work down for another, if it can show the rival's challenge
// (docs/protocol.md, section 21). What it shows is signed by a validator, so no node can make it up.
import type { Hex } from './bytes.ts';
import { KIND_GEMM, KIND_VRAM, challengeHash as hashChallenge } from './challenge.ts';
import { bytes32Word, structHash, typedPayload, type Domain } from './domain.ts';
import { decoded, type AuditCase } from './judge.ts';
import { decodeBusyMessage, decodeChallengeMessage, type ChallengeMessage } from './messages.ts';
import { verifyReceipt } from './receipts.ts';
import { recoverSigner } from './signer.ts';
import type { Reason } from './verdict.ts';

/** A rival's deadline lies at most so long after the challenge that is turned away. */
export const RIVAL_DEADLINE_MS_MAX = 120_000;
/** And at most so long before it: a pass or an opening may go on after the rival's first deadline. */
export const RIVAL_OVERTIME_MS_MAX = 60_000;

const BUSY_TYPE = 'Busy(bytes32 nodeId,bytes32 challengeHash,bytes32 rivalHash)';

export type Busy = { readonly nodeId: Hex; readonly challengeHash: Hex; readonly rivalHash: Hex };

/** The 66 bytes whose SHA-256 the node signs. */
export function busyPayload(domain: Domain, { nodeId, challengeHash, rivalHash }: Busy): Uint8Array {
  return typedPayload(domain, structHash(BUSY_TYPE, [nodeId, challengeHash, rivalHash].map(bytes32Word)));
}

/** The signer that a validator has at the challenge's epoch; undefined for who has no seat then. */
export type SignerOf = (validator: Hex) => Hex | undefined;

/** Of the same validator or another: two draws of one validator can fall on one node at once, too. */
function isRival(audit: AuditCase, { domain, challenge }: ChallengeMessage): boolean {
  const { challenge: own, startedAt } = audit;
  const here = domain.chainId === audit.domain.chainId && domain.registry === audit.domain.registry;
  const timed = challenge.kind === KIND_GEMM || challenge.kind === KIND_VRAM;
  const aheadMs = challenge.deadline - startedAt;
  const live = aheadMs >= -RIVAL_OVERTIME_MS_MAX && aheadMs <= RIVAL_DEADLINE_MS_MAX;
  return here && timed && live && challenge.nodeId === own.nodeId && challenge.epoch === own.epoch;
}

/** Judges a busy answer: `busy` when it holds, else the reason of the FAIL. Never throws. */
export function judgeBusy(audit: AuditCase, bytes: Uint8Array, signerOf: SignerOf): Reason {
  if (audit.task.kind !== KIND_GEMM && audit.task.kind !== KIND_VRAM) return 'no_commitment';
  const message = decoded(decodeBusyMessage, bytes);
  if (message?.nodeId !== audit.challenge.nodeId || message.challengeHash !== audit.challengeHash) return 'no_commitment';
  const rival = decoded(decodeChallengeMessage, message.rival);
  if (rival === null || !isRival(audit, rival)) return 'no_commitment';
  const rivalHash = hashChallenge(audit.domain, rival.challenge);
  if (rivalHash === audit.challengeHash) return 'no_commitment';
  const signer = recoverSigner(rivalHash, rival.signature);
  if (signer === null || signer !== signerOf(rival.challenge.validator)) return 'no_commitment';
  const payload = busyPayload(audit.domain, { nodeId: message.nodeId, challengeHash: audit.challengeHash, rivalHash });
  return verifyReceipt(audit.publicKey, payload, message.signature) ? 'busy' : 'bad_receipt';
}
