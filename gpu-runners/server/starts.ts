// POST /v1/starts, kind 2, second part: fold all passes over the filled memory and commit. A fill is started once; whatever happens
// afterwards, its memory is given back.
import type { VramParams } from '../../protocol/challenges/vram/params.ts';
import { startDigest } from '../../protocol/challenges/vram/start.ts';
import { decodeStartMessage } from '../../protocol/messages.ts';
import { recoverSigner } from '../../protocol/signer.ts';
import { Refusal } from '../problem.ts';
import { commit } from './commit.ts';
import { failOf } from './failures.ts';
import type { Shape } from './held.ts';
import { decoded, workOf } from './job.ts';
import { requirePeer, type Peer, type Work } from './work.ts';

const shapeOf = ({ openings, passes, pages }: VramParams): Shape => ({ positions: openings, rounds: passes, leaves: pages });

export async function answerStart(work: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  const { parts, queue, fills, metrics } = work;
  const { challengeHash, start, signature } = decoded('malformed', () => decodeStartMessage(body));
  const { accepted, fill, giveBack } = fills.find(challengeHash);
  const { message, signer, job } = accepted;
  const { challenge, domain } = message;
  if (recoverSigner(startDigest(domain, { challengeHash, start }), signature) !== signer) throw new Refusal('wrong-signer');
  const drop = fills.take(challengeHash); // from here on a second start finds nothing
  peer.waitForJob();
  try {
    const proof = await queue.runNext(async () => {
      giveBack();
      requirePeer(peer);
      const startedAt = parts.now();
      const made = await failOf(parts, () => fill.pass(start, challenge.nonce));
      metrics.observeJob('pass', Math.max(parts.now() - startedAt, 1) / 1000, Number(workOf(job)));
      return made;
    });
    requirePeer(peer);
    return commit(work, { message, challengeHash, shape: shapeOf(job.params), proof, signer, challenge }, drop);
  } catch (error) {
    drop();
    throw error;
  }
}
