// Kind 1: queue, multiply, commit. The proof is kept for its opening only if the commitment was handed to a peer that is still there.
import { leavesPerRound } from '../../protocol/challenges/gemm/params.ts';
import type { Proof } from '../backends/backend.ts';
import { TIMED_AHEAD_MS_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { checkDeadline, type Accepted } from './checks.ts';
import { commit } from './commit.ts';
import { failOf } from './failures.ts';
import { workOf, type GemmJob } from './job.ts';
import type { Held } from './lock.ts';
import { requirePeer, type Peer, type Work } from './work.ts';

async function compute({ parts, metrics }: Work, { message, job }: Accepted<GemmJob>, peer: Peer): Promise<Proof> {
  const startedAt = parts.now();
  checkDeadline(message.challenge.deadline, startedAt, TIMED_AHEAD_MS_MAX); // it may have passed in the queue
  requirePeer(peer);
  const proof = await failOf(parts, () => parts.backend.gemm(job.params, message.challenge.nonce));
  metrics.observeJob('gemm', Math.max(parts.now() - startedAt, 1) / 1000, Number(workOf(job)));
  if (peer.isGone()) proof.release();
  requirePeer(peer);
  return proof;
}

/** Room for the result; on a GPU, whose memory is one, also among what is filled there. */
async function reserveMemory({ parts, fills, proofs }: Work, { sender, job, message }: Accepted<GemmJob>): Promise<() => void> {
  const { backend } = parts;
  const memory = backend.gemmMemory(job.params);
  const freeResult = proofs.reserve(sender, memory.proof);
  if (backend.name === 'cpu') return freeResult;
  try {
    const freeDevice = await fills.reserveInTime(sender, memory.job + memory.proof, message.challenge.deadline - parts.now());
    return () => {
      freeResult();
      freeDevice();
    };
  } catch (error) {
    freeResult();
    throw error;
  }
}

/** @param held left when the challenge is finished; not if this throws */
export async function multiply(work: Work, accepted: Accepted<GemmJob>, peer: Peer, held: Held): Promise<Uint8Array> {
  const { queue } = work;
  const { sender, job, message } = accepted;
  const { params } = job;
  peer.waitForJob();
  const free = await reserveMemory(work, accepted);
  try {
    if (work.draining()) throw new Refusal('draining'); // it may have begun while we waited
    const proof = await queue.run(sender, () => compute(work, accepted, peer));
    const shape = { positions: params.openings + 1, rounds: params.rounds, leaves: leavesPerRound(params) };
    const drop = (): void => {
      proof.release();
      free();
      held.leave();
    };
    held.leaveBy(message.challenge.deadline); // only the opening is left, which nothing is measured by
    return commit(work, { ...accepted, proof, shape, challenge: message.challenge }, drop);
  } catch (error) {
    free();
    throw error;
  }
}
