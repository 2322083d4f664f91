// OpenZeppelin's StandardMerkleTree format, on bytes: what a contract verifies with MerkleProof. Leaves are hashed twice and
// sorted; the tree is one flat buffer of 32-byte nodes, root first, so that 100,000 leaves cost seconds, not minutes.
import { ZERO32, fromHex, toHex, type Hex } from '../bytes.ts';
import { keccak } from '../hash.ts';

export type StandardTree = {
  /** (2n − 1) × 32 bytes, root first, leaves in reverse at the end. */
  readonly nodes: Uint8Array;
  /** For input leaf i, its place in `nodes` (in nodes, not bytes). */
  readonly places: Uint32Array;
};

/** The leaf hash of ABI-encoded static values, whole or word by word. */
export function standardLeaf(...encoded: readonly Uint8Array[]): Uint8Array {
  return keccak(keccak(...encoded));
}

function compare(bytes: Uint8Array, a: number, b: number): number {
  for (let i = 0; i < 32; i++) {
    const difference = (bytes[a + i] ?? 0) - (bytes[b + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The tree over leaf hashes in any order; the same leaves give the same root whatever their order. */
export function buildStandardTree(leafHashes: readonly Uint8Array[]): StandardTree {
  const count = leafHashes.length;
  const flat = new Uint8Array(32 * count);
  leafHashes.forEach((hash, i) => {
    flat.set(hash, 32 * i);
  });
  const view = new DataView(flat.buffer);
  const heads = new Float64Array(count);
  for (let i = 0; i < count; i++) heads[i] = view.getUint32(32 * i) * 2 ** 21 + (view.getUint32(32 * i + 4) >>> 11);
  // Sorting by the first 53 bits decides nearly always; the bytes break ties.
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (heads[a] ?? 0) - (heads[b] ?? 0) || compare(flat, 32 * a, 32 * b),
  );
  const nodes = new Uint8Array(32 * Math.max(0, 2 * count - 1));
  const places = new Uint32Array(count);
  order.forEach((leaf, rank) => {
    const place = 2 * count - 2 - rank;
    nodes.set(flat.subarray(32 * leaf, 32 * leaf + 32), 32 * place);
    places[leaf] = place;
  });
  const pair = new Uint8Array(64);
  for (let i = count - 2; i >= 0; i--) {
    const left = 32 * (2 * i + 1);
    const right = left + 32;
    const swap = compare(nodes, left, right) > 0;
    pair.set(nodes.subarray(swap ? right : left, (swap ? right : left) + 32));
    pair.set(nodes.subarray(swap ? left : right, (swap ? left : right) + 32), 32);
    nodes.set(keccak(pair), 32 * i);
  }
  return { nodes, places };
}

export function standardRoot(tree: StandardTree): Hex {
  return tree.nodes.length === 0 ? ZERO32 : toHex(tree.nodes.subarray(0, 32));
}

/** The places of the nodes that prove the leaf at `place`, from the leaf upwards: all that a proof needs of a tree. */
export function standardSiblings(place: number): number[] {
  const siblings: number[] = [];
  for (let i = place; i > 0; i = Math.floor((i - 1) / 2)) siblings.push(i % 2 === 0 ? i - 1 : i + 1);
  return siblings;
}

/** The proof of the leaf at `place` (from `places`), from the leaf upwards. */
export function standardProof(nodes: Uint8Array, place: number): Hex[] {
  return standardSiblings(place).map((sibling) => toHex(nodes.subarray(32 * sibling, 32 * sibling + 32)));
}

/** The root that a proof leads to from a leaf hash. */
export function standardProofRoot(leafHash: Uint8Array, proof: readonly Hex[]): Hex {
  const pair = new Uint8Array(64);
  let hash = leafHash;
  for (const step of proof) {
    pair.set(hash);
    pair.set(fromHex(step, 32), 32);
    if (compare(pair, 0, 32) > 0) {
      pair.set(pair.slice(32));
      pair.set(hash, 32);
    }
    hash = keccak(pair);
  }
  return toHex(hash);
}

export function verifyStandardProof(root: Hex, leafHash: Uint8Array, proof: readonly Hex[]): boolean {
  return standardProofRoot(leafHash, proof) === root;
}
