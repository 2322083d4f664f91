// Which pages a commitment must open: the same number in every pass, so that no pass is out of the sample's reach. Known to
// nobody but the validator before the commitment is made (docs/protocol.md, section 19.5).
import type { Hex } from '../../bytes.ts';
import type { Position } from '../../receipts.ts';
import { openKey, uniformDistinct, uniformStream } from '../uniform.ts';
import type { VramParams } from './params.ts';

/** k positions: `round` is the pass, `leaf` the page. */
export function drawVramPositions(seed: Hex, challengeHash: Hex, commitment: Hex, params: VramParams): Position[] {
  const uniform = uniformStream(openKey(seed, challengeHash, commitment));
  const perPass = params.openings / params.passes;
  return Array.from({ length: params.passes }, (_, round) => {
    const taken = new Set<number>();
    return Array.from({ length: perPass }, () => ({ round, leaf: uniformDistinct(uniform, params.pages, taken) }));
  }).flat();
}
