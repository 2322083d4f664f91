// Kind 2, first part: queue, fill the node's memory, say ready. The fill waits for its start until the challenge's deadline and the
// start's grace, and is dropped then; memory is reserved before the filling begins and given back on every way out.
import type { Fill } from '../backends/engine.ts';
import { START_GRACE_MS, TIMED_AHEAD_MS_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { checkDeadline, type Accepted } from './checks.ts';
import { failOf } from './failures.ts';
import type { VramJob } from './job.ts';
import type { Held } from './lock.ts';
import { requirePeer, type Peer, type Work } from './work.ts';

async function compute({ parts, metrics }: Work, { message, job }: Accepted<VramJob>, peer: Peer): Promise<Fill> {
  const startedAt = parts.now();
  checkDeadline(message.challenge.deadline, startedAt, TIMED_AHEAD_MS_MAX); // it may have passed in the queue
  requirePeer(peer);
  const fill = await failOf(parts, () => parts.backend.fill(job.params, message.challenge.nodeId));
  const late = message.challenge.deadline + START_GRACE_MS < parts.now(); // who waits for it knows the time better: see the peer
  if (late || peer.isGone()) fill.release();
  if (late) throw new Refusal('deadline-passed', 'The memory was not filled in time');
  requirePeer(peer);
  metrics.observeJob('fill', Math.max(parts.now() - startedAt, 1) / 1000, 0);
  return fill;
}

/** @param held left when the challenge is finished; not if this throws */
export async function fillMemory(work: Work, accepted: Accepted<VramJob>, peer: Peer, held: Held): Promise<Uint8Array> {
  const { parts, queue, fills } = work;
  const { sender, job, message, challengeHash } = accepted;
  const { deadline } = message.challenge;
  peer.waitForJob();
  const { job: making, proof } = parts.backend.vramMemory(job.params);
  // What an earlier job holds is given back soon: better to wait for it than to refuse.
  const free = await fills.reserveInTime(sender, making + proof, deadline - parts.now());
  try {
    if (work.draining()) throw new Refusal('draining');
    const fill = await queue.run(sender, () => compute(work, accepted, peer));
    const giveBack = queue.reserve();
    const drop = (): void => {
      giveBack();
      fill.release();
      free();
      held.leave();
    };
    fills.keep(challengeHash, { accepted, fill, giveBack }, drop, deadline - parts.now() + START_GRACE_MS);
    parts.log('filled', { validator: sender.operator, challengeHash, pages: job.params.pages });
    return parts.answers.ready(parts.signer, challengeHash);
  } catch (error) {
    free();
    throw error;
  }
}
