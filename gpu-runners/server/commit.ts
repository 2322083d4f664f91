// Signs a commitment and keeps its proof for the opening: the end of every timed computation.
import type { Challenge } from '../../protocol/challenge.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import { OPENING_WINDOW_MS } from '../limits.ts';
import type { HeldProof } from './held.ts';
import type { Work } from './work.ts';

export type Finished = Omit<HeldProof, 'domain'> & {
  readonly message: { readonly domain: Domain };
  readonly challenge: Challenge;
};

export const proofKey = (challengeHash: Hex, commitment: Hex): string => challengeHash + commitment;

/** @param drop frees all that the proof holds: called when it was opened, its window has closed, or this throws */
export function commit({ parts, proofs }: Work, finished: Finished, drop: () => void): Uint8Array {
  const { message, challengeHash, shape, proof, signer, challenge } = finished;
  const { domain } = message;
  const { commitment, roots } = proof;
  let answer: Uint8Array;
  try {
    answer = parts.answers.commitment(parts.signer, { domain, challengeHash, commitment, roots });
  } catch (error) {
    drop();
    throw error;
  }
  const held = { domain, challengeHash, shape, proof, signer };
  proofs.keep(proofKey(challengeHash, commitment), held, drop, OPENING_WINDOW_MS);
  const { epoch, slot, draw, validator, kind } = challenge;
  parts.log('committed', { validator, epoch, slot, draw, kind, challengeHash, commitment });
  return answer;
}
