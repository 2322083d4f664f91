// POST /v1/openings: opens a commitment at the positions that its validator drew, once.
import { leavesPerRound, type GemmParams } from '../../protocol/challenges/gemm/params.ts';
import { decodeDrawMessage } from '../../protocol/messages.ts';
import { drawDigest, drawHash, type Position } from '../../protocol/receipts.ts';
import { recoverSigner } from '../../protocol/signer.ts';
import { Refusal } from '../problem.ts';
import { decoded } from './checks.ts';
import type { Peer, Work } from './work.ts';

/** k + 1 positions, each of a leaf that exists; which ones is the validator's secret until the epoch is revealed. */
function checkPositions(positions: readonly Position[], params: GemmParams): void {
  const leaves = leavesPerRound(params);
  const outside = positions.some(({ round, leaf }) => round >= params.rounds || leaf >= leaves);
  if (positions.length !== params.openings + 1 || outside) throw new Refusal('bad-positions');
}

export async function answerOpening({ parts, proofs }: Work, body: Uint8Array, peer: Peer): Promise<Uint8Array> {
  const { challengeHash, commitment, signature, positions } = decoded('malformed', () => decodeDrawMessage(body));
  const held = proofs.find(challengeHash, commitment);
  checkPositions(positions, held.params);
  const digest = drawDigest(held.domain, { challengeHash, commitment, drawHash: drawHash(challengeHash, commitment, positions) });
  if (recoverSigner(digest, signature) !== held.signer) throw new Refusal('wrong-signer');
  const release = proofs.take(held); // from here on a second request finds nothing, whatever happens to this one
  peer.waitForJob();
  try {
    const openings = await held.proof.open(positions);
    const answer = parts.answers.opening(parts.signer, { domain: held.domain, challengeHash, commitment, positions, openings });
    parts.log('opened', { challengeHash, commitment, positions: positions.length });
    return answer;
  } finally {
    release();
  }
}
