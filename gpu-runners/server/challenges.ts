// POST /v1/challenges: check, then by kind: presence at once; a timed job when no other is under way. The nonce is used up
// before anything is signed or computed.
import { KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { Refusal } from '../problem.ts';
import { checkChallenge, type Accepted } from './checks.ts';
import { fillMemory } from './fills.ts';
import type { TimedJob } from './job.ts';
import { multiply } from './multiplications.ts';
import { answerPresence } from './presence.ts';
import type { Peer, Work } from './work.ts';

async function answerTimed(work: Work, accepted: Accepted<TimedJob>, peer: Peer): Promise<Uint8Array> {
  const { parts, queue, lock, metrics } = work;
  const { sender, challengeHash, body, job, message } = accepted;
  const { epoch, nonce, deadline } = message.challenge;
  if (lock.rivalAt(epoch) === null) queue.requirePlace(sender);
  parts.nonces.use(sender, nonce, deadline, parts.now());
  const taken = await lock.take(sender, { challengeHash, epoch, deadline, body }, parts.settings.busyWaitMs);
  if ('rival' in taken) {
    metrics.saidBusy();
    parts.log('busy', { validator: sender.operator, challengeHash, rival: taken.rival.challengeHash });
    return parts.answers.busy(parts.signer, { domain: message.domain, challengeHash, rival: taken.rival });
  }
  try {
    await work.spots.giveUp(); // the lock is ours by now, so that no other spot begins
    if (work.draining()) throw new Refusal('draining'); // it may have begun while we waited
    if (job.kind === KIND_VRAM) return await fillMemory(work, { ...accepted, job }, peer, taken);
    return await multiply(work, { ...accepted, job }, peer, taken);
  } catch (error) {
    taken.leave();
    throw error;
  }
}

export async function answerChallenge(work: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  const accepted = await checkChallenge(work.parts, body);
  const { job } = accepted;
  if (job.kind === KIND_PRESENCE) return answerPresence(work, { ...accepted, job }, work.presence);
  if (work.draining()) throw new Refusal('draining');
  return answerTimed(work, { ...accepted, job }, peer);
}
