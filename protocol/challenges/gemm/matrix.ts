// The job's data: rows of A_t and segments of B from ChaCha8 in counter mode, any part without the rest.
import { chachaBlock, chachaKey } from '../../chacha.ts';
import { fromHex, toHex, u32, type Hex } from '../../bytes.ts';
import { sha256, tag } from '../../hash.ts';
import { LEAF_COLUMNS, type GemmParams } from './params.ts';

const ROUNDS = 8;
const MATRIX_A = 1;
const MATRIX_B = 2;
const CHAIN_TAG = tag('assay/k1');

/** nonce_{t+1} from nonce_0 and the root of round t: no round can be prepared before the one before is done. */
export function nextNonce(nonce: Hex, round: number, root: Uint8Array): Hex {
  return toHex(sha256(CHAIN_TAG, fromHex(nonce, 32), u32(round + 1), root));
}

/** nonce_0 … nonce_{R−1}, given all roots. */
export function roundNonces(nonce: Hex, roots: readonly Uint8Array[]): Hex[] {
  return [nonce, ...roots.slice(0, -1).map((root, round) => nextNonce(nonce, round, root))];
}

/** Row `row` of A_t: `depth` signed bytes. @param key `chachaKey` of nonce_t */
export function rowOfA(key: Uint32Array, row: number, depth: number): Int8Array {
  const words = new Uint32Array(depth / 4);
  for (let block = 0; block < depth / 64; block++) chachaBlock(words, 16 * block, key, ROUNDS, block, row, MATRIX_A, 0);
  return new Int8Array(words.buffer);
}

/** Columns 256·block … of row `row` of B into the first 64 words of `out`. @param key `chachaKey` of the matrix key */
export function segmentOfB(out: Uint32Array, key: Uint32Array, row: number, block: number): void {
  for (let i = 0; i < 4; i++) chachaBlock(out, 16 * i, key, ROUNDS, 4 * block + i, row, MATRIX_B, 0);
}

/** B whole, row-major depth × columns. 64 MiB at the full GPU profile: provers only. */
export function expandMatrixB(params: GemmParams): Int8Array {
  const key = chachaKey(fromHex(params.matrixKey, 32));
  const rowWords = params.columns / 4;
  const words = new Uint32Array(params.depth * rowWords);
  for (let row = 0; row < params.depth; row++) {
    for (let block = 0; block < params.columns / 64; block++) {
      chachaBlock(words, row * rowWords + 16 * block, key, ROUNDS, block, row, MATRIX_B, 0);
    }
  }
  return new Int8Array(words.buffer);
}

/** One leaf's true values, recomputed with nothing but public data. */
export function trueSegment(params: GemmParams, a: Int8Array, block: number): Int32Array {
  const key = chachaKey(fromHex(params.matrixKey, 32));
  const words = new Uint32Array(LEAF_COLUMNS / 4);
  const b = new Int8Array(words.buffer);
  const sum = new Int32Array(LEAF_COLUMNS);
  for (let row = 0; row < params.depth; row++) {
    segmentOfB(words, key, row, block);
    const factor = a[row] ?? 0;
    for (let c = 0; c < LEAF_COLUMNS; c++) sum[c] = (sum[c] ?? 0) + factor * (b[c] ?? 0);
  }
  return sum;
}
