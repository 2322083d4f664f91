// The reference prover: folds every page in every pass, commits, opens. Clear rather than fast; the runner's backends must equal
// it bit for bit. What the memory holds comes from the caller, so that backends (and dishonest ones) share the rest.
import { chachaKey } from '../../chacha.ts';
import { concat, fromHex, toHex, u32, type Hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { sha256, tag } from '../../hash.ts';
import type { Position } from '../../receipts.ts';
import { buildRfc6962, rfc6962Path, rfc6962Root, type Rfc6962Tree } from '../../trees/rfc6962.ts';
import { dataKey, expandCache, writePage } from './data.ts';
import { FOLD_BYTES, foldPage, groupDigest, passKey } from './fold.ts';
import { checkVramPosition, encodeVramOpenings, groupOf } from './openings.ts';
import { GROUP_PAGES, PAGE_WORDS, checkVramParams, groupPages, groupsOf, type VramParams } from './params.ts';

export type VramProof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  /** The openings' bytes. @throws ProtocolError out_of_range for a position that the job does not have */
  readonly open: (positions: readonly Position[]) => Uint8Array;
};

/** The 256 words of page `page` as pass `pass` reads it; they need to stay only until the next call. */
export type PageSource = (page: number, pass: number) => Uint32Array;

/** What a prover keeps of one pass: all folds, eight bytes a page, and the tree over the groups. */
export type VramPass = { readonly folds: Uint8Array; readonly tree: Rfc6962Tree };

const COMMITMENT_TAG = tag('assay/k2/commitment');

export function vramCommitment(start: Hex, roots: readonly Uint8Array[]): Hex {
  return toHex(sha256(COMMITMENT_TAG, fromHex(start, 32), u32(roots.length), concat(...roots)));
}

/** All pages of one node, one after the other: 1,024 bytes each. Whole memory: small jobs only. */
export function fillPages(params: VramParams, nodeId: Hex): Uint32Array {
  const { pages } = checkVramParams(params);
  const cache = expandCache(params);
  const key = dataKey(params, nodeId);
  const out = new Uint32Array(PAGE_WORDS * pages);
  for (let page = 0; page < pages; page++) writePage(out, PAGE_WORDS * page, params, cache, key, page);
  return out;
}

function groupFolds(params: VramParams, folds: Uint8Array, group: number): Uint8Array {
  const from = FOLD_BYTES * GROUP_PAGES * group;
  return folds.subarray(from, from + FOLD_BYTES * groupPages(params, group));
}

/** The tree over a pass's folds. */
export function vramPassOf(params: VramParams, key: Hex, folds: Uint8Array): VramPass {
  const digests = Array.from({ length: groupsOf(params) }, (_, group) =>
    groupDigest(key, group, groupFolds(params, folds, group)),
  );
  return { folds, tree: buildRfc6962(digests) };
}

/** One pass under `key` over all pages. */
export function foldPass(params: VramParams, key: Hex, pass: number, source: PageSource): VramPass {
  const words = chachaKey(fromHex(key, 32));
  const folds = new Uint8Array(FOLD_BYTES * params.pages);
  for (let page = 0; page < params.pages; page++) {
    const read = source(page, pass);
    if (read.length !== PAGE_WORDS) throw new ProtocolError('bad_length', 'a page is 256 words');
    foldPage(read, 0, words, page, folds, FOLD_BYTES * page);
  }
  return vramPassOf(params, key, folds);
}

/** The openings' bytes. @throws ProtocolError out_of_range for a position that the job does not have */
export function openVram(params: VramParams, passes: readonly VramPass[], positions: readonly Position[]): Uint8Array {
  return encodeVramOpenings(
    positions.map((position) => {
      checkVramPosition(params, position);
      const pass = passes[position.round];
      if (pass === undefined) throw new ProtocolError('out_of_range', 'a pass that was not done');
      const group = groupOf(position.leaf);
      return { position, folds: groupFolds(params, pass.folds, group), path: rfc6962Path(pass.tree, group) };
    }),
  );
}

/** Commits to all passes; keeps folds and trees until the proof is dropped. */
export function commitVram(params: VramParams, start: Hex, nonce: Hex, pages: Uint32Array | PageSource): VramProof {
  const source: PageSource =
    typeof pages === 'function' ? pages : (page) => pages.subarray(PAGE_WORDS * page, PAGE_WORDS * (page + 1));
  const passes: VramPass[] = [];
  const roots: Uint8Array[] = [];
  for (let round = 0; round < params.passes; round++) {
    const pass = foldPass(params, passKey(start, nonce, round, roots[round - 1] ?? null), round, source);
    passes.push(pass);
    roots.push(rfc6962Root(pass.tree));
  }
  return { roots, commitment: vramCommitment(start, roots), open: (positions) => openVram(params, passes, positions) };
}
