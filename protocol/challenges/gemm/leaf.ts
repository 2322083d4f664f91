// A leaf's digest: 256 values folded into eight non-linear lanes, then one short SHA-256 bound to round, row and block.
// Only the true values pass the product check, so the fold need only be unpredictable without them.
import { fromHex, type Hex } from '../../bytes.ts';
import { sha256, tag } from '../../hash.ts';
import { LEAF_COLUMNS } from './params.ts';

/** Fold multipliers (two large odd 32-bit primes). */
const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const LANES = 8;
const DIGEST_BYTES = 16;
const TAG = tag('assay/k1/leaf');

/** @param values an Int32Array holding the leaf's 256 values from `offset` on */
export function leafDigest(nonce: Hex, row: number, block: number, values: Int32Array, offset: number): Uint8Array {
  const input = new Uint8Array(TAG.length + 32 + 8 + 4 * LANES);
  const view = new DataView(input.buffer);
  input.set(TAG);
  input.set(fromHex(nonce, 32), TAG.length);
  view.setUint32(TAG.length + 32, row);
  view.setUint32(TAG.length + 36, block);
  for (let lane = 0; lane < LANES; lane++) {
    let state = Math.imul(P1, lane + 1);
    for (let c = lane; c < LEAF_COLUMNS; c += LANES) {
      const mixed = state ^ Math.imul(values[offset + c] ?? 0, P2);
      state = Math.imul((mixed << 13) | (mixed >>> 19), P1);
    }
    view.setUint32(TAG.length + 40 + 4 * lane, state >>> 0);
  }
  return sha256(input).subarray(0, DIGEST_BYTES);
}
