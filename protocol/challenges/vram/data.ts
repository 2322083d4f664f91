// What a node's memory is filled with: the epoch's cache, and pages that mix many of its rows (docs/protocol.md, section 19.2).
// Any page can be made without the others; making one costs `parents` dependent reads an item, reading one costs none of them.
import { chachaBlock, chachaKey } from '../../chacha.ts';
import { fromHex, type Hex } from '../../bytes.ts';
import { sha256, tag } from '../../hash.ts';
import { PAGE_ITEMS, PAGE_WORDS, type VramParams } from './params.ts';

const ROUNDS = 8;
const MATRIX_MIX = 4;
const MATRIX_CACHE = 5;
/** Words of a cache row and of an item. */
export const ROW_WORDS = 16;
/** The fold's first multiplier, and the 32-bit FNV prime that spreads item and step over the cache. */
const P1 = 0x9e3779b1;
const SPREAD = 0x01000193;
const CACHE_TAG = tag('assay/k2/cache');
const DATA_TAG = tag('assay/k2/data');

/** The epoch's cache, the same for every node: cacheRows × 16 words (8 MiB at 2^17 rows). */
export function expandCache({ cacheRows, fillKey }: Pick<VramParams, 'cacheRows' | 'fillKey'>): Uint32Array {
  const key = chachaKey(sha256(CACHE_TAG, fromHex(fillKey, 32)));
  const cache = new Uint32Array(cacheRows * ROW_WORDS);
  for (let row = 0; row < cacheRows; row++) chachaBlock(cache, row * ROW_WORDS, key, ROUNDS, row, 0, MATRIX_CACHE, 0);
  return cache;
}

/** The eight key words of one node's data. */
export function dataKey({ fillKey }: Pick<VramParams, 'fillKey'>, nodeId: Hex): Uint32Array {
  return chachaKey(sha256(DATA_TAG, fromHex(fillKey, 32), fromHex(nodeId, 32)));
}

/**
 * Page `page` as 256 words into `out` from word `offset` on. The 16 items go step by step together: their reads of the cache
 * don't wait for one another, which is faster than item by item although the words lie in memory instead of in locals.
 * @param cache of `expandCache`; @param key of `dataKey`
 */
// prettier-ignore
export function writePage(
  out: Uint32Array, offset: number, params: Pick<VramParams, 'cacheRows' | 'parents'>, cache: Uint32Array, key: Uint32Array, page: number,
): void {
  const first = (page * PAGE_ITEMS) | 0;
  const end = offset + PAGE_WORDS;
  const mask = params.cacheRows - 1;
  const parents = params.parents;
  for (let i = 0; i < PAGE_ITEMS; i++) chachaBlock(out, offset + i * ROW_WORDS, key, ROUNDS, first + i, 0, MATRIX_MIX, 0);
  for (let j = 0; j < parents; j++) {
    const word = j & 15;
    for (let at = offset, n = first; at < end; at += ROW_WORDS, n++) {
      const row = ((Math.imul(n ^ j, SPREAD) ^ (out[at + word] ?? 0)) & mask) << 4;
      let x: number;
      x = (out[at + 0] ?? 0) ^ (cache[row + 0] ?? 0); out[at + 0] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 1] ?? 0) ^ (cache[row + 1] ?? 0); out[at + 1] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 2] ?? 0) ^ (cache[row + 2] ?? 0); out[at + 2] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 3] ?? 0) ^ (cache[row + 3] ?? 0); out[at + 3] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 4] ?? 0) ^ (cache[row + 4] ?? 0); out[at + 4] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 5] ?? 0) ^ (cache[row + 5] ?? 0); out[at + 5] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 6] ?? 0) ^ (cache[row + 6] ?? 0); out[at + 6] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 7] ?? 0) ^ (cache[row + 7] ?? 0); out[at + 7] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 8] ?? 0) ^ (cache[row + 8] ?? 0); out[at + 8] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 9] ?? 0) ^ (cache[row + 9] ?? 0); out[at + 9] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 10] ?? 0) ^ (cache[row + 10] ?? 0); out[at + 10] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 11] ?? 0) ^ (cache[row + 11] ?? 0); out[at + 11] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 12] ?? 0) ^ (cache[row + 12] ?? 0); out[at + 12] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 13] ?? 0) ^ (cache[row + 13] ?? 0); out[at + 13] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 14] ?? 0) ^ (cache[row + 14] ?? 0); out[at + 14] = Math.imul((x << 13) | (x >>> 19), P1);
      x = (out[at + 15] ?? 0) ^ (cache[row + 15] ?? 0); out[at + 15] = Math.imul((x << 13) | (x >>> 19), P1);
    }
  }
}
