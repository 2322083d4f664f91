// POST /v1/openings: opens a commitment at the positions that its validator drew, once.
import { decodeDrawMessage } from '../../protocol/messages.ts';
import { drawDigest, drawHash, type Position } from '../../protocol/receipts.ts';
import { recoverSigner } from '../../protocol/signer.ts';
import { Refusal } from '../problem.ts';
import { proofKey } from './commit.ts';
import { failOf } from './failures.ts';
import type { Shape } from './held.ts';
import { decoded } from './job.ts';
import type { Peer, Work } from './work.ts';

/** As many positions as the kind draws, each of a leaf that exists; which ones is the validator's secret until the reveal. */
function checkPositions(positions: readonly Position[], shape: Shape): void {
  const outside = positions.some(({ round, leaf }) => round >= shape.rounds || leaf >= shape.leaves);
  if (positions.length !== shape.positions || outside) throw new Refusal('bad-positions');
}

export async function answerOpening({ parts, proofs }: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  const { challengeHash, commitment, signature, positions } = decoded('malformed', () => decodeDrawMessage(body));
  const key = proofKey(challengeHash, commitment);
  const held = proofs.find(key);
  checkPositions(positions, held.shape);
  const digest = drawDigest(held.domain, { challengeHash, commitment, drawHash: drawHash(challengeHash, commitment, positions) });
  if (recoverSigner(digest, signature) !== held.signer) throw new Refusal('wrong-signer');
  const drop = proofs.take(key); // from here on a second request finds nothing, whatever happens to this one
  peer.waitForJob();
  try {
    const openings = await failOf(parts, () => held.proof.open(positions));
    const answer = parts.answers.opening(parts.signer, { domain: held.domain, challengeHash, commitment, positions, openings });
    parts.log('opened', { challengeHash, commitment, positions: positions.length });
    return answer;
  } finally {
    drop();
  }
}
