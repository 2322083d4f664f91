// Merkle trees as in RFC 6962, section 2.1: SHA-256, leaf prefix 00, inner prefix 01, split at the largest power of two below n.
// Used inside a challenge, where a leaf's index is its place and an inclusion path has exactly one right length.
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { equal } from '../bytes.ts';

/** Levels of the tree, leaves' hashes first; an odd node at the end of a level moves up unchanged (same as the RFC's split). */
export type Rfc6962Tree = { readonly levels: readonly (readonly Uint8Array[])[] };

function leafHash(data: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + data.length);
  input.set(data, 1);
  return nobleSha256(input);
}

// One hasher that starts anew from an empty one: a path is some twenty of these, and making objects took as long as the rounds.
const fresh = nobleSha256.create();
const hasher = nobleSha256.create();
const inner = new Uint8Array(65);
inner[0] = 1;

function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  inner.set(left, 1);
  inner.set(right, 33);
  const out = new Uint8Array(32);
  fresh._cloneInto(hasher).update(inner).digestInto(out);
  return out;
}

/** The tree over `leaves` (data, not hashes); at least one. */
export function buildRfc6962(leaves: readonly Uint8Array[]): Rfc6962Tree {
  let level: readonly Uint8Array[] = leaves.map(leafHash);
  const levels = [level];
  while (level.length > 1) {
    const up: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i];
      const right = level[i + 1];
      if (left !== undefined) up.push(right === undefined ? left : innerHash(left, right));
    }
    levels.push(up);
    level = up;
  }
  return { levels };
}

export function rfc6962Root(tree: Rfc6962Tree): Uint8Array {
  return tree.levels.at(-1)?.[0] ?? nobleSha256(new Uint8Array());
}

/** The inclusion path of leaf `index`, from the leaf upwards. */
export function rfc6962Path(tree: Rfc6962Tree, index: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let at = index;
  for (const level of tree.levels.slice(0, -1)) {
    const sibling = level[at % 2 === 0 ? at + 1 : at - 1];
    if (sibling !== undefined) path.push(sibling);
    at = Math.floor(at / 2);
  }
  return path;
}

/** Whether `data` is leaf `index` of `size` under `root`; a path of any other than the one right length fails. */
export function verifyRfc6962(
  root: Uint8Array,
  data: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): boolean {
  if (index < 0 || index >= size) return false;
  let hash = leafHash(data);
  let used = 0;
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 0 && at === last) continue; // an odd node at the end of its level moves up unchanged
    const sibling = path[used++];
    if (sibling?.length !== 32) return false;
    hash = at % 2 === 0 ? innerHash(hash, sibling) : innerHash(sibling, hash);
  }
  return used === path.length && equal(hash, root);
}

/** Length of the inclusion path of leaf `index` in a tree of `size` leaves. */
export function rfc6962PathLength(index: number, size: number): number {
  let length = 0;
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 !== 0 || at !== last) length++;
  }
  return length;
}
