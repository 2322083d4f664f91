// A valid proof of a vram-pass far too big to compute here: the drawn pages' folds are true, those of the other pages of their
// groups and every other node of the trees are made up. As for sparse-proof.ts, positions have to be chosen before the roots exist.
import { createHash } from 'node:crypto';
import { chachaKey } from '../protocol/chacha.ts';
import { fromHex, type Hex } from '../protocol/bytes.ts';
import { dataKey, expandCache, writePage } from '../protocol/challenges/vram/data.ts';
import { FOLD_BYTES, foldPage, groupDigest, passKey } from '../protocol/challenges/vram/fold.ts';
import { encodeVramOpenings, groupOf, type VramOpening } from '../protocol/challenges/vram/openings.ts';
import { GROUP_PAGES, PAGE_WORDS, groupPages, groupsOf, type VramParams } from '../protocol/challenges/vram/params.ts';
import type { Position } from '../protocol/receipts.ts';
import type { SparseProof } from './sparse-proof.ts';
import { sparseTree } from './sparse-tree.ts';

export type VramJobOf = { readonly params: VramParams; readonly start: Hex; readonly nonce: Hex; readonly nodeId: Hex };

/** Folds that nobody computed. */
function madeUp(round: number, group: number, bytes: number): Uint8Array {
  const seed = createHash('sha512')
    .update(`${String(round)}/${String(group)}`)
    .digest();
  return Uint8Array.from({ length: bytes }, (_, i) => seed[i % seed.length] ?? 0);
}

/** @param lie index into `positions` of a page whose fold is false under its own tree */
export function sparseVram({ params, start, nonce, nodeId }: VramJobOf, positions: readonly Position[], lie = -1): SparseProof {
  const [cache, data] = [expandCache(params), dataKey(params, nodeId)];
  const content = new Uint32Array(PAGE_WORDS);
  const roots: Uint8Array[] = [];
  const openings: VramOpening[] = [];
  for (let round = 0; round < params.passes; round++) {
    const key = passKey(start, nonce, round, roots[round - 1] ?? null);
    const words = chachaKey(fromHex(key, 32));
    const drawn = positions.filter((position) => position.round === round);
    const groups = new Map<number, Uint8Array>();
    for (const position of drawn) {
      const group = groupOf(position.leaf);
      const folds = groups.get(group) ?? madeUp(round, group, FOLD_BYTES * groupPages(params, group));
      const at = FOLD_BYTES * (position.leaf % GROUP_PAGES);
      writePage(content, 0, params, cache, data, position.leaf);
      foldPage(content, 0, words, position.leaf, folds, at);
      if (positions[lie] === position) folds[at] = (folds[at] ?? 0) ^ 1;
      groups.set(group, folds);
    }
    const known = [...groups].map(([group, folds]) => ({ leaf: group, data: groupDigest(key, group, folds) }));
    const tree = sparseTree(round, groupsOf(params), known);
    for (const position of drawn) {
      const group = groupOf(position.leaf);
      openings.push({ position, folds: groups.get(group) ?? new Uint8Array(), path: tree.path(group) });
    }
    roots.push(tree.root);
  }
  return { roots, openings: encodeVramOpenings(openings) };
}
