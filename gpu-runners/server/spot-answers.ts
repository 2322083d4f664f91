// POST /v1/spots/challenges and /v1/spots/openings: the exchange of kinds 1 and 5 under the spot domain. Nothing here waits for a place:
// a node that is at work says so at once, and one that gets a scheduled job meanwhile says that.
import { KIND_GEMM, KIND_PRESENCE } from '../../protocol/challenge.ts';
import { leavesPerRound } from '../../protocol/challenges/gemm/params.ts';
import { decodeChallengeMessage, decodeDrawMessage } from '../../protocol/messages.ts';
import { spotDomain } from '../../protocol/spot.ts';
import type { Proof } from '../backends/backend.ts';
import { Refusal } from '../problem.ts';
import { checkChallenge, type Accepted } from './checks.ts';
import { commit, proofKey } from './commit.ts';
import { failOf } from './failures.ts';
import { decoded, workOf, type GemmJob } from './job.ts';
import { answerOpening } from './openings.ts';
import { answerPresence } from './presence.ts';
import { requirePeer, type Peer, type Work } from './work.ts';

/** @throws Refusal while anything scheduled is under way, or another spot, or while their share of the time is used up */
function requireIdle({ parts, lock, queue, fills, spots, draining }: Work): void {
  if (draining()) throw new Refusal('draining');
  if (lock.isHeld() || queue.depth() > 0 || fills.waiting() > 0) throw new Refusal('busy');
  if (spots.isTaken()) throw new Refusal('busy', 'The node works on another audit on demand');
  spots.budget.require(parts.now());
}

/** Room for the result, beside what scheduled jobs have; at once or not at all. */
function reserve({ parts, proofs, fills }: Work, { sender, job }: Accepted<GemmJob>): () => void {
  const { backend } = parts;
  const memory = backend.gemmMemory(job.params);
  const freeResult = proofs.reserve(sender, memory.proof);
  if (backend.name === 'cpu') return freeResult;
  try {
    const freeDevice = fills.reserve(sender, memory.job + memory.proof);
    return () => {
      freeResult();
      freeDevice();
    };
  } catch (error) {
    freeResult();
    throw error;
  }
}

async function compute({ parts, metrics, spots }: Work, accepted: Accepted<GemmJob>, stop: AbortSignal): Promise<Proof> {
  const { job, message, challengeHash } = accepted;
  const startedAt = parts.now();
  try {
    const proof = await failOf(parts, () => parts.backend.gemm(job.params, message.challenge.nonce, stop));
    if (!stop.aborted) {
      metrics.observeJob('spot', Math.max(parts.now() - startedAt, 1) / 1000, Number(workOf(job)));
      return proof;
    }
    proof.release(); // it was done just before it was to be given up
  } catch (error) {
    if (!spots.wasGivenUp(challengeHash)) throw error;
  }
  throw new Refusal('preempted');
}

async function multiplySpot(work: Work, accepted: Accepted<GemmJob>, peer: Peer): Promise<Uint8Array> {
  const { parts, spots } = work;
  const { sender, job, message, challengeHash, signer } = accepted;
  const { nonce, deadline } = message.challenge;
  requireIdle(work);
  spots.rate.count(sender.operator, parts.now());
  parts.nonces.use(sender, nonce, deadline, parts.now());
  peer.waitForJob();
  const startedAt = parts.now();
  return spots.run(challengeHash, async (stop) => {
    const free = reserve(work, accepted);
    try {
      const proof = await compute(work, accepted, stop);
      const drop = (): void => {
        proof.release();
        free();
      };
      if (peer.isGone()) proof.release();
      requirePeer(peer);
      const shape = { positions: job.params.openings + 1, rounds: job.params.rounds, leaves: leavesPerRound(job.params) };
      const finished = { message, challengeHash, shape, proof, signer, challenge: message.challenge };
      const answer = commit({ ...work, proofs: spots.proofs }, finished, drop);
      spots.waits(challengeHash, proofKey(challengeHash, proof.commitment));
      return answer;
    } catch (error) {
      free();
      throw error;
    } finally {
      spots.budget.spend(parts.now() - startedAt, parts.now());
    }
  });
}

export async function answerSpot(work: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  // What costs nothing first: while a scheduled job is timed, a stream of spots must not cost the processor a signature each.
  if (decoded('malformed', () => decodeChallengeMessage(body)).challenge.kind === KIND_GEMM) requireIdle(work);
  const accepted = await checkChallenge(work.parts, body, spotDomain);
  const { job } = accepted;
  if (job.kind === KIND_PRESENCE) return answerPresence(work, { ...accepted, job }, work.spots.presence);
  if (job.kind !== KIND_GEMM) throw new Refusal('unsupported', 'On demand this runner answers challenge kinds 1 and 5 only');
  return multiplySpot(work, { ...accepted, job }, peer);
}

export function answerSpotOpening(work: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  const { challengeHash } = decoded('malformed', () => decodeDrawMessage(body));
  if (work.spots.wasGivenUp(challengeHash)) throw new Refusal('preempted');
  return answerOpening({ ...work, proofs: work.spots.proofs }, body, peer);
}
