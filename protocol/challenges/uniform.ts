// Uniform integers from HMAC in counter mode, by rejection: what positions are drawn with (docs/protocol.md, section 9.4).
import { fromHex, u32, type Hex } from '../bytes.ts';
import { hmac, tag } from '../hash.ts';

/** The key of a commitment's positions: known to nobody but the validator before the reveal. */
export function openKey(seed: Hex, challengeHash: Hex, commitment: Hex): Uint8Array {
  return hmac(fromHex(seed, 32), tag('assay/open'), fromHex(challengeHash, 32), fromHex(commitment, 32));
}

/** The stream's next integer in [0, below). @param key of `openKey` */
export function uniformStream(key: Uint8Array): (below: number) => number {
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

/** An integer of the stream that the set does not hold yet; adds it. */
export function uniformDistinct(uniform: (below: number) => number, below: number, taken: Set<number>): number {
  const before = taken.size;
  let value = uniform(below);
  while (taken.add(value).size === before) value = uniform(below);
  return value;
}
