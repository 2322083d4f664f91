// A valid proof of a job far too big to compute here. The opened leaves hold their true values; every other leaf is made up. In
// each round's tree the nodes above opened leaves are computed and all others are pseudo-random, so a path costs its reader
// exactly what a real one does. Positions have to be chosen before the roots exist: a prover cannot do that, a measurement may.
import { createHash } from 'node:crypto';
import { chachaKey } from '../protocol/chacha.ts';
import { fromHex, u32, u8, type Hex } from '../protocol/bytes.ts';
import { leafDigest } from '../protocol/challenges/gemm/leaf.ts';
import { nextNonce, rowOfA, trueSegment } from '../protocol/challenges/gemm/matrix.ts';
import { encodeOpenings, type Opening } from '../protocol/challenges/gemm/openings.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import type { Position } from '../protocol/receipts.ts';

export type SparseProof = { readonly roots: readonly Uint8Array[]; readonly openings: Uint8Array };

const sha = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

type Opened = { readonly leaf: number; readonly values: Int32Array; readonly digest: Uint8Array };

/** Root and paths of a full binary tree of `height` levels in which only some leaves are known. */
function sparseTree(
  round: number,
  height: number,
  opened: readonly Opened[],
): { root: Uint8Array; path: (leaf: number) => Uint8Array[] } {
  const node = (level: number, index: number): Uint8Array => {
    const below = opened.filter(({ leaf }) => Math.floor(leaf / 2 ** level) === index);
    const [only] = below;
    if (only === undefined) return sha(u8(round), u8(level), u32(index));
    if (level === 0) return sha(u8(0), only.digest);
    return sha(u8(1), node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  };
  const sibling = (leaf: number, level: number): Uint8Array => node(level, Math.floor(leaf / 2 ** level) ^ 1);
  return { root: node(height, 0), path: (leaf) => Array.from({ length: height }, (_, level) => sibling(leaf, level)) };
}

/** @param lie index into `positions` of a leaf that commits to a false value; @throws when the number of leaves is not a power of two: the trees here are full ones */
export function sparseProof(params: GemmParams, nonce: Hex, positions: readonly Position[], lie = -1): SparseProof {
  const height = Math.log2(leavesPerRound(params));
  if (!Number.isInteger(height)) throw new Error('a sparse proof needs a power of two of leaves');
  const blocks = params.columns / LEAF_COLUMNS;
  const roots: Uint8Array[] = [];
  const found = new Map<string, Opening>();
  for (let round = 0, current = nonce; round < params.rounds; round++) {
    const key = chachaKey(fromHex(current, 32));
    const inRound = positions.filter((position) => position.round === round);
    const opened = inRound.map(({ leaf }) => {
      const [row, block] = [Math.floor(leaf / blocks), leaf % blocks];
      const values = trueSegment(params, rowOfA(key, row, params.depth), block);
      if (positions[lie]?.round === round && positions[lie].leaf === leaf) values[0] = (values[0] ?? 0) + 1;
      return { leaf, values, digest: leafDigest(current, row, block, values, 0) };
    });
    const tree = sparseTree(round, height, opened);
    for (const { leaf, values } of opened) {
      found.set(`${String(round)}/${String(leaf)}`, { position: { round, leaf }, values, path: tree.path(leaf) });
    }
    roots.push(tree.root);
    current = nextNonce(nonce, round, tree.root);
  }
  const inOrder = positions.flatMap(({ round, leaf }) => found.get(`${String(round)}/${String(leaf)}`) ?? []);
  return { roots, openings: encodeOpenings(inOrder) };
}
