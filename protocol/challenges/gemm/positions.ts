// Which leaves a commitment must open: the same number in every round, so that no round is out of the sample's reach, and
// one more that is checked without any secret. Known to nobody but the validator before the commitment is made.
import { fromHex, u32, type Hex } from '../../bytes.ts';
import { hmac, tag } from '../../hash.ts';
import type { Position } from '../../receipts.ts';
import { leavesPerRound, type GemmParams } from './params.ts';

/** Uniform integers from HMAC in counter mode, by rejection. */
function uniformStream(key: Uint8Array): (below: number) => number {
  let counter = 0;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  const word = (): number => {
    if (at >= view.byteLength) {
      const block = hmac(key, u32(counter++));
      view = new DataView(block.buffer, block.byteOffset, block.byteLength);
      at = 0;
    }
    at += 4;
    return view.getUint32(at - 4);
  };
  return (below) => {
    const limit = Math.floor(2 ** 32 / below) * below;
    for (;;) {
      const candidate = word();
      if (candidate < limit) return candidate % below;
    }
  };
}

/** k + 1 positions; the last is the secretless leaf. */
export function drawPositions(seed: Hex, challengeHash: Hex, commitment: Hex, params: GemmParams): Position[] {
  const uniform = uniformStream(hmac(fromHex(seed, 32), tag('assay/open'), fromHex(challengeHash, 32), fromHex(commitment, 32)));
  const leaves = leavesPerRound(params);
  const taken = Array.from({ length: params.rounds }, () => new Set<number>());
  const draw = (round: number, set: Set<number>): Position => {
    const before = set.size;
    let leaf = uniform(leaves);
    while (set.add(leaf).size === before) leaf = uniform(leaves);
    return { round, leaf };
  };
  const perRound = params.openings / params.rounds;
  const positions = taken.flatMap((set, round) => Array.from({ length: perRound }, () => draw(round, set)));
  const last = uniform(params.rounds);
  return [...positions, draw(last, taken[last] ?? new Set())];
}
