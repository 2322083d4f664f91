// One pass over the memory: the key of a pass, a page's fold under it, a group's digest (docs/protocol.md, section 19.4).
// A pass's key follows from the root of the pass before, so no pass can begin before the one before it is done.
import { ZERO32, fromHex, toHex, u32, type Hex } from '../../bytes.ts';
import { sha256, tag } from '../../hash.ts';
import { PAGE_WORDS } from './params.ts';

/** The fold's multipliers, as in challenge kind 1. */
const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
/** Bytes of a page's fold. */
export const FOLD_BYTES = 8;
const DIGEST_BYTES = 16;
const PASS_TAG = tag('assay/k2/pass');
const LEAF_TAG = tag('assay/k2/leaf');

/** key_round. @param root of the pass before; null for round 0 */
export function passKey(start: Hex, nonce: Hex, round: number, root: Uint8Array | null): Hex {
  return toHex(sha256(PASS_TAG, fromHex(start, 32), fromHex(nonce, 32), u32(round), root ?? fromHex(ZERO32)));
}

/** key_0 … key_{R−1}, given all roots. */
export function passKeys(start: Hex, nonce: Hex, roots: readonly Uint8Array[]): Hex[] {
  return roots.map((_, round) => passKey(start, nonce, round, roots[round - 1] ?? null));
}

const step = (state: number, word: number): number => {
  const mixed = state ^ Math.imul(word, P2);
  return Math.imul((mixed << 13) | (mixed >>> 19), P1);
};

function write32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/**
 * The fold of page `page`, whose 256 words lie in `words` from `offset` on: eight bytes into `out` at `at`.
 * @param key `chachaKey` of the pass's key: eight little-endian words
 */
// prettier-ignore
export function foldPage(words: Uint32Array, offset: number, key: Uint32Array, page: number, out: Uint8Array, at: number): void {
  const shift = Math.imul(page, P1);
  let l0 = ((key[0] ?? 0) + shift) | 0, l1 = ((key[1] ?? 0) + shift) | 0, l2 = ((key[2] ?? 0) + shift) | 0, l3 = ((key[3] ?? 0) + shift) | 0;
  let l4 = ((key[4] ?? 0) + shift) | 0, l5 = ((key[5] ?? 0) + shift) | 0, l6 = ((key[6] ?? 0) + shift) | 0, l7 = ((key[7] ?? 0) + shift) | 0;
  for (let w = offset; w < offset + PAGE_WORDS; w += 8) {
    l0 = step(l0, words[w] ?? 0); l1 = step(l1, words[w + 1] ?? 0); l2 = step(l2, words[w + 2] ?? 0); l3 = step(l3, words[w + 3] ?? 0);
    l4 = step(l4, words[w + 4] ?? 0); l5 = step(l5, words[w + 5] ?? 0); l6 = step(l6, words[w + 6] ?? 0); l7 = step(l7, words[w + 7] ?? 0);
  }
  write32(out, at, step(step(step(step(P1, l0), l1), l2), l3));
  write32(out, at + 4, step(step(step(step(P2, l4), l5), l6), l7));
}

/** The digest of group `group`: a leaf of the pass's tree. @param folds of its pages, eight bytes each */
export function groupDigest(key: Hex, group: number, folds: Uint8Array): Uint8Array {
  return sha256(LEAF_TAG, fromHex(key, 32), u32(group), folds).subarray(0, DIGEST_BYTES);
}
