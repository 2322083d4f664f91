// Section 8 of docs/protocol.md: what a challenge must be before any work is done for it. Cheap checks come first, the one
// signature recovery and the one question to the registry last, so that a stranger costs us as little as possible.
import { challengeHash, KIND_GEMM, type Challenge } from '../../protocol/challenge.ts';
import { decodeGemmParams, gemmOps, type GemmParams } from '../../protocol/challenges/gemm/params.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { decodeChallengeMessage, type ChallengeMessage } from '../../protocol/messages.ts';
import { recoverSigner } from '../../protocol/signer.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { DEADLINE_AHEAD_MS_MAX, EPOCH_TOLERANCE } from '../limits.ts';
import { Refusal, type ProblemCode } from '../problem.ts';
import type { Parts } from './parts.ts';
import type { Sender } from './shares.ts';

export type Accepted = {
  readonly message: ChallengeMessage;
  readonly challengeHash: Hex;
  readonly params: GemmParams;
  /** Address that signed the challenge. */
  readonly signer: Hex;
  readonly sender: Sender;
};

/** Runs a decoder; what protocol/ refuses becomes a refusal with its reason. */
export function decoded<T>(code: ProblemCode, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ProtocolError) throw new Refusal(code, error.message);
    throw error;
  }
}

function checkAddressee({ settings, signer }: Parts, { domain, challenge }: ChallengeMessage): void {
  const { chainId, registry } = settings.domain;
  if (domain.chainId !== chainId || domain.registry !== registry) throw new Refusal('wrong-registry');
  if (challenge.nodeId !== signer.nodeId) throw new Refusal('wrong-node');
  if (challenge.kind !== KIND_GEMM) throw new Refusal('unsupported', 'This runner knows challenge kind 1 only');
}

export function checkDeadline(deadline: number, now: number): void {
  if (deadline < now) throw new Refusal('deadline-passed');
  if (deadline > now + DEADLINE_AHEAD_MS_MAX) throw new Refusal('deadline-too-far');
}

function checkSize({ settings, backend }: Parts, params: GemmParams): void {
  if (gemmOps(params) > settings.jobOpsMax) throw new Refusal('unsupported', 'The work is more than this runner is set to do');
  const { job, proof } = backend.memoryOf(params);
  if (job + proof > settings.jobBytesMax)
    throw new Refusal('unsupported', 'The matrices are larger than this runner is set to hold');
}

/** Whom the signer speaks for, if that validator is registered and admitted. */
async function senderOf({ registry, settings }: Parts, signer: Hex, { validator, epoch }: Challenge): Promise<Sender> {
  if ((await registry.operatorOf(signer, epoch)) !== validator) throw new Refusal('unknown-validator');
  const listed = settings.validators;
  if (listed !== null && !listed.has(validator)) throw new Refusal('validator-not-listed');
  const others = (await registry.operatorsAt(epoch)).some((other) => other !== validator && (listed?.has(other) ?? true));
  return { operator: validator, isAlone: !others };
}

export async function checkChallenge(parts: Parts, body: Uint8Array): Promise<Accepted> {
  const message = decoded('malformed', () => decodeChallengeMessage(body));
  const { domain, challenge } = message;
  const now = parts.now();
  checkAddressee(parts, message);
  checkDeadline(challenge.deadline, now);
  const params = decoded('unsupported', () => decodeGemmParams(message.params));
  checkSize(parts, params);
  if (parts.nonces.used(challenge.nonce)) throw new Refusal('nonce-used');
  if (Math.abs(challenge.epoch - (await parts.registry.epochAt(now))) > EPOCH_TOLERANCE) throw new Refusal('wrong-epoch');
  const hash = challengeHash(domain, challenge);
  const signer = recoverSigner(hash, message.signature);
  if (signer === null) throw new Refusal('unknown-validator');
  return { message, challengeHash: hash, params, signer, sender: await senderOf(parts, signer, challenge) };
}
