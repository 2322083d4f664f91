// Which leaves a commitment must open: the same number in every round, so that no round is out of the sample's reach, and
// one more that is checked without any secret. Known to nobody but the validator before the commitment is made.
import type { Hex } from '../../bytes.ts';
import type { Position } from '../../receipts.ts';
import { openKey, uniformDistinct, uniformStream } from '../uniform.ts';
import { leavesPerRound, type GemmParams } from './params.ts';

/** k + 1 positions; the last is the secretless leaf. */
export function drawPositions(seed: Hex, challengeHash: Hex, commitment: Hex, params: GemmParams): Position[] {
  const uniform = uniformStream(openKey(seed, challengeHash, commitment));
  const leaves = leavesPerRound(params);
  const taken = Array.from({ length: params.rounds }, () => new Set<number>());
  const draw = (round: number, set: Set<number>): Position => ({ round, leaf: uniformDistinct(uniform, leaves, set) });
  const perRound = params.openings / params.rounds;
  const positions = taken.flatMap((set, round) => Array.from({ length: perRound }, () => draw(round, set)));
  const last = uniform(params.rounds);
  return [...positions, draw(last, taken[last] ?? new Set())];
}
