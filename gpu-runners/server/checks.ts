// Section 8 of docs/protocol.md: what a challenge must be before any work is done for it. Cheap checks come first, the one
// signature recovery and the one question to the registry last, so that a stranger costs us as little as possible.
import { KIND_PRESENCE, challengeHash, type Challenge } from '../../protocol/challenge.ts';
import { decodeChallengeMessage, type ChallengeMessage } from '../../protocol/messages.ts';
import { recoverSigner } from '../../protocol/signer.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import { DEADLINE_AHEAD_MS_MAX, EPOCH_TOLERANCE, TIMED_AHEAD_MS_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { checkSize, decoded, jobOf, type Job } from './job.ts';
import type { Parts } from './parts.ts';
import type { Sender } from './shares.ts';

export type Accepted<J extends Job = Job> = {
  /** As it was received. */
  readonly body: Uint8Array;
  readonly message: ChallengeMessage;
  readonly challengeHash: Hex;
  readonly job: J;
  /** Address that signed the challenge. */
  readonly signer: Hex;
  readonly sender: Sender;
};

function checkAddressee({ settings, signer }: Parts, { domain, challenge }: ChallengeMessage): void {
  const { chainId, registry } = settings.domain;
  if (domain.chainId !== chainId || domain.registry !== registry) throw new Refusal('wrong-registry');
  if (challenge.nodeId !== signer.nodeId) throw new Refusal('wrong-node');
}

export function checkDeadline(deadline: number, now: number, aheadMsMax: number): void {
  if (deadline < now) throw new Refusal('deadline-passed');
  if (deadline > now + aheadMsMax) throw new Refusal('deadline-too-far');
}

/** Whom the signer speaks for, if that validator is registered and admitted. */
async function senderOf({ registry, settings }: Parts, signer: Hex, { validator, epoch }: Challenge): Promise<Sender> {
  if ((await registry.operatorOf(signer, epoch)) !== validator) throw new Refusal('unknown-validator');
  const listed = settings.validators;
  if (listed !== null && !listed.has(validator)) throw new Refusal('validator-not-listed');
  const others = (await registry.operatorsAt(epoch)).some((other) => other !== validator && (listed?.has(other) ?? true));
  return { operator: validator, isAlone: !others };
}

/** @param under the domain that a message of this route is signed under, made of the one that it names */
export async function checkChallenge(
  parts: Parts,
  body: Uint8Array,
  under: (domain: Domain) => Domain = (named) => named,
): Promise<Accepted> {
  const received = decoded('malformed', () => decodeChallengeMessage(body));
  const message = { ...received, domain: under(received.domain) };
  const { domain, challenge } = message;
  const now = parts.now();
  checkAddressee(parts, message);
  const job = jobOf(challenge.kind, message.params);
  checkDeadline(challenge.deadline, now, job.kind === KIND_PRESENCE ? DEADLINE_AHEAD_MS_MAX : TIMED_AHEAD_MS_MAX);
  if (job.kind !== KIND_PRESENCE) checkSize(parts, job);
  if (parts.nonces.used(challenge.nonce)) throw new Refusal('nonce-used');
  if (Math.abs(challenge.epoch - (await parts.registry.epochAt(now))) > EPOCH_TOLERANCE) throw new Refusal('wrong-epoch');
  const hash = challengeHash(domain, challenge);
  const signer = recoverSigner(hash, message.signature);
  if (signer === null) throw new Refusal('unknown-validator');
  return { body, message, challengeHash: hash, job, signer, sender: await senderOf(parts, signer, challenge) };
}
