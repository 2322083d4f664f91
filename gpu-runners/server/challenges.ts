// POST /v1/challenges: check, queue, compute, commit. The nonce is used up before the work begins; the proof is kept for its
// opening only if the commitment was handed to a peer that is still there.
import { gemmOps } from '../../protocol/challenges/gemm/params.ts';
import type { Proof } from '../backends/backend.ts';
import { Refusal } from '../problem.ts';
import { checkChallenge, checkDeadline, type Accepted } from './checks.ts';
import type { Peer, Work } from './work.ts';

export async function answerChallenge(work: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  const { parts, queue, proofs } = work;
  const accepted = await checkChallenge(parts, body);
  if (work.draining()) throw new Refusal('draining');
  const { sender } = accepted;
  queue.requirePlace(sender);
  const free = proofs.reserve(sender, parts.backend.memoryOf(accepted.params).proof);
  try {
    const { nonce, deadline } = accepted.message.challenge;
    parts.nonces.use(sender, nonce, deadline, parts.now());
    peer.waitForJob();
    const proof = await queue.run(sender, () => compute(work, accepted, peer));
    return keep(work, accepted, proof, free);
  } catch (error) {
    free();
    throw error;
  }
}

async function compute({ parts, metrics }: Work, { message, params }: Accepted, peer: Peer): Promise<Proof> {
  const startedAt = parts.now();
  checkDeadline(message.challenge.deadline, startedAt); // it may have passed in the queue
  if (peer.isGone()) throw new Refusal('failed', 'The peer hung up');
  const proof = await parts.backend.commit(params, message.challenge.nonce);
  const seconds = Math.max(parts.now() - startedAt, 1) / 1000;
  metrics.observeJob(seconds, Number(gemmOps(params)));
  if (peer.isGone()) {
    proof.release();
    throw new Refusal('failed', 'The peer hung up');
  }
  return proof;
}

function keep(
  { parts, proofs }: Work,
  { message, challengeHash, params, signer }: Accepted,
  proof: Proof,
  free: () => void,
): Uint8Array {
  const { domain } = message;
  const committed = { domain, challengeHash, commitment: proof.commitment, roots: proof.roots };
  const answer = parts.answers.commitment(parts.signer, committed);
  proofs.keep({ domain, challengeHash, params, proof, signer }, free);
  const { epoch, slot, draw, validator } = message.challenge;
  parts.log('committed', { validator, epoch, slot, draw, challengeHash, commitment: proof.commitment });
  return answer;
}
