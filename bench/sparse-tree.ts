// A tree of RFC 6962 far too big to compute, in which only some leaves are known: the nodes above those are computed, all others
// are pseudo-random, so a path costs its reader exactly what a real one does.
import { createHash } from 'node:crypto';
import { u32, u8 } from '../protocol/bytes.ts';

/** A leaf that will be opened, with its data. */
export type KnownLeaf = { readonly leaf: number; readonly data: Uint8Array };
export type SparseTree = { readonly root: Uint8Array; readonly path: (leaf: number) => Uint8Array[] };

const sha = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** @param round sets made-up nodes of one tree apart from those of another; @param size number of leaves */
export function sparseTree(round: number, size: number, known: readonly KnownLeaf[]): SparseTree {
  const sizes = [size]; // of each level; an odd node at the end of a level moves up unchanged
  for (let last = size; last > 1; sizes.push(last)) last = Math.ceil(last / 2);
  const height = sizes.length - 1;
  const node = (level: number, index: number): Uint8Array => {
    const below = known.filter(({ leaf }) => Math.floor(leaf / 2 ** level) === index);
    const [only] = below;
    if (only === undefined) return sha(u8(round), u8(level), u32(index));
    if (level === 0) return sha(u8(0), only.data);
    const left = node(level - 1, 2 * index);
    return 2 * index + 1 < (sizes[level - 1] ?? 0) ? sha(u8(1), left, node(level - 1, 2 * index + 1)) : left;
  };
  const path = (leaf: number): Uint8Array[] =>
    Array.from({ length: height }, (_, level) => [level, Math.floor(leaf / 2 ** level) ^ 1] as const)
      .filter(([level, sibling]) => sibling < (sizes[level] ?? 0))
      .map(([level, sibling]) => node(level, sibling));
  return { root: node(height, 0), path };
}
