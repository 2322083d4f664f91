// A valid proof of a job far too big to compute here. The opened leaves hold their true values; every other leaf is made up, and in
// each round's tree only the nodes above opened leaves are computed (sparse-tree.ts). Positions have to be chosen before the roots
// exist: a prover cannot do that, a measurement may.
import { chachaKey } from '../protocol/chacha.ts';
import { fromHex, type Hex } from '../protocol/bytes.ts';
import { leafDigest } from '../protocol/challenges/gemm/leaf.ts';
import { nextNonce, rowOfA, trueSegment } from '../protocol/challenges/gemm/matrix.ts';
import { encodeOpenings, type Opening } from '../protocol/challenges/gemm/openings.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import type { Position } from '../protocol/receipts.ts';
import { sparseTree } from './sparse-tree.ts';

export type SparseProof = { readonly roots: readonly Uint8Array[]; readonly openings: Uint8Array };

/** @param lie index into `positions` of a leaf that commits to a false value */
export function sparseProof(params: GemmParams, nonce: Hex, positions: readonly Position[], lie = -1): SparseProof {
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
      return { leaf, values, data: leafDigest(current, row, block, values, 0) };
    });
    const tree = sparseTree(round, leavesPerRound(params), opened);
    for (const { leaf, values } of opened) {
      found.set(`${String(round)}/${String(leaf)}`, { position: { round, leaf }, values, path: tree.path(leaf) });
    }
    roots.push(tree.root);
    current = nextNonce(nonce, round, tree.root);
  }
  const inOrder = positions.flatMap(({ round, leaf }) => found.get(`${String(round)}/${String(leaf)}`) ?? []);
  return { roots, openings: encodeOpenings(inOrder) };
}
