// protocol/ against the second implementation's vectors: every value of a job, from the parameters to the openings' bytes.
import { hashTypedData } from 'viem';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex, type Hex } from '../../../../protocol/bytes.ts';
import { chachaKey } from '../../../../protocol/chacha.ts';
import { checkVram } from '../../../../protocol/challenges/vram/check.ts';
import { dataKey, expandCache, writePage } from '../../../../protocol/challenges/vram/data.ts';
import { foldPage, groupDigest, passKey, passKeys } from '../../../../protocol/challenges/vram/fold.ts';
import {
  PAGE_WORDS,
  decodeVramParams,
  encodeVramParams,
  fillKey,
  groupsOf,
  type VramParams,
} from '../../../../protocol/challenges/vram/params.ts';
import { drawVramPositions } from '../../../../protocol/challenges/vram/positions.ts';
import { commitVram, fillPages, vramCommitment } from '../../../../protocol/challenges/vram/prove.ts';
import { startDigest, startOf } from '../../../../protocol/challenges/vram/start.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import type { Position } from '../../../../protocol/receipts.ts';
import { domain, vectors, word } from '../support.ts';

type Shape = { pages: number; cacheRows: number; parents: number; R: number; k: number };
type Case = {
  name: string;
  shape: Shape;
  beacon: Hex;
  seed: Hex;
  nonce: Hex;
  challengeHash: Hex;
  nodeId: Hex;
  fillKey: Hex;
  params: Hex;
  paramsHash: Hex;
  start: Hex;
  cacheEnds: [Hex, Hex];
  firstPage: Hex;
  pagesHash: Hex;
  keys: Hex[];
  roots: Hex[];
  commitment: Hex;
  ends: { firstFold: Hex; lastDigest: Hex }[];
  positions: Position[];
  openingsBytes: number;
  openingHash: Hex;
};
type Far = Pick<Case, 'shape' | 'beacon' | 'nodeId' | 'seed' | 'challengeHash' | 'commitment' | 'positions'> & {
  key: Hex;
  pages: { page: number; hash: Hex; fold: Hex }[];
};
const { cases, far } = vectors<{ cases: Case[]; far: Far }>('vram.json');

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

function paramsOf({ shape, beacon }: Pick<Case, 'shape' | 'beacon'>): VramParams {
  const { R: passes, k: openings, ...sizes } = shape;
  return { ...sizes, passes, openings, fillKey: fillKey(beacon) };
}

describe.each(cases)('$name', (golden) => {
  const params = paramsOf(golden);
  const pages = fillPages(params, golden.nodeId);
  const proof = commitVram(params, golden.start, golden.nonce, pages);

  test('parameters and start', () => {
    expect(params.fillKey).toBe(golden.fillKey);
    expect(toHex(encodeVramParams(params))).toBe(golden.params);
    expect(toHex(sha256(fromHex(golden.params)))).toBe(golden.paramsHash);
    expect(decodeVramParams(fromHex(golden.params))).toEqual(params);
    expect(startOf(golden.seed, golden.challengeHash)).toBe(golden.start);
  });

  test('cache and pages, whole and alone', () => {
    const cache = expandCache(params);
    expect(cache.length).toBe(16 * params.cacheRows);
    expect([cache.subarray(0, 16), cache.subarray(-16)].map((row) => toHex(bytesOf(row)))).toEqual(golden.cacheEnds);
    expect(toHex(bytesOf(pages.subarray(0, PAGE_WORDS)))).toBe(golden.firstPage);
    expect(toHex(sha256(bytesOf(pages)))).toBe(golden.pagesHash);
    const alone = new Uint32Array(PAGE_WORDS + 7); // at an offset, and nothing beside it is touched
    writePage(alone, 5, params, cache, dataKey(params, golden.nodeId), params.pages - 1);
    expect(alone.subarray(5, 5 + PAGE_WORDS)).toEqual(pages.subarray(-PAGE_WORDS));
    expect([...alone.subarray(0, 5), ...alone.subarray(5 + PAGE_WORDS)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('keys, folds, digests, roots and commitment', () => {
    expect(proof.roots.map(toHex)).toEqual(golden.roots);
    expect(passKeys(golden.start, golden.nonce, proof.roots)).toEqual(golden.keys);
    expect(passKey(golden.start, golden.nonce, 0, null)).toBe(golden.keys[0]);
    expect([proof.commitment, vramCommitment(golden.start, proof.roots)]).toEqual([golden.commitment, golden.commitment]);
    const tail = 32 * (groupsOf(params) - 1);
    golden.ends.forEach(({ firstFold, lastDigest }, t) => {
      const key = golden.keys[t] ?? '0x';
      const words = chachaKey(fromHex(key, 32));
      const folds = new Uint8Array(8 * params.pages);
      for (let page = 0; page < params.pages; page++) foldPage(pages, PAGE_WORDS * page, words, page, folds, 8 * page);
      expect(toHex(folds.subarray(0, 8))).toBe(firstFold);
      expect(toHex(groupDigest(key, groupsOf(params) - 1, folds.subarray(8 * tail)))).toBe(lastDigest);
    });
  });

  test('positions and openings', () => {
    const positions = drawVramPositions(golden.seed, golden.challengeHash, golden.commitment, params);
    expect(positions).toEqual(golden.positions);
    const bytes = proof.open(positions);
    expect([bytes.length, toHex(sha256(bytes))]).toEqual([golden.openingsBytes, golden.openingHash]);
    const statement = { params, nonce: golden.nonce, start: golden.start, roots: proof.roots, positions };
    expect(checkVram(statement, bytes, golden.nodeId, expandCache(params))).toBe('none');
  });
});

test('pages, folds and positions at the far end, where an item’s number needs all 32 bits', () => {
  const params = paramsOf(far);
  const cache = expandCache(params);
  const [data, key] = [dataKey(params, far.nodeId), chachaKey(fromHex(far.key, 32))];
  const [content, fold] = [new Uint32Array(PAGE_WORDS), new Uint8Array(8)];
  expect(far.pages.map(({ page }) => page)).toContain(2 ** 28 - 1);
  for (const golden of far.pages) {
    writePage(content, 0, params, cache, data, golden.page);
    foldPage(content, 0, key, golden.page, fold, 0);
    expect([toHex(sha256(bytesOf(content))), toHex(fold)]).toEqual([golden.hash, golden.fold]);
  }
  const odd = { ...params, pages: params.pages - 1 };
  expect(drawVramPositions(far.seed, far.challengeHash, far.commitment, odd)).toEqual(far.positions);
});

test('the digest that a validator signs over a start is EIP-712’s', () => {
  const message = { challengeHash: word('challenge'), start: word('start') };
  const fields = [
    { name: 'challengeHash', type: 'bytes32' },
    { name: 'start', type: 'bytes32' },
  ];
  expect(startDigest(domain, message)).toBe(
    hashTypedData({
      domain: { name: 'Assay', version: '1', chainId: domain.chainId, verifyingContract: domain.registry },
      types: { Start: fields },
      primaryType: 'Start',
      message,
    }),
  );
});
