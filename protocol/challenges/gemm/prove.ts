// The reference prover: computes every round, commits, opens. Clear rather than fast; the runner's backends must equal it
// bit for bit. What a round's values are comes from the caller, so that backends (and dishonest ones) share the rest.
import { chachaKey } from '../../chacha.ts';
import { concat, fromHex, toHex, u32, type Hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { sha256, tag } from '../../hash.ts';
import type { Position } from '../../receipts.ts';
import { buildRfc6962, rfc6962Path, rfc6962Root, type Rfc6962Tree } from '../../trees/rfc6962.ts';
import { leafDigest } from './leaf.ts';
import { nextNonce, rowOfA } from './matrix.ts';
import { encodeOpenings } from './openings.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from './params.ts';

export type GemmProof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  /** The openings' bytes. @throws ProtocolError out_of_range for a position that the job does not have */
  readonly open: (positions: readonly Position[]) => Uint8Array;
};

/** Round t's values C_t, rows × columns, row-major. */
export type ComputeRound = (round: number, nonce: Hex) => Int32Array;

const COMMITMENT_TAG = tag('assay/k1/commitment');

export function gemmCommitment(nonce: Hex, roots: readonly Uint8Array[]): Hex {
  return toHex(sha256(COMMITMENT_TAG, fromHex(nonce, 32), u32(roots.length), concat(...roots)));
}

/** C_t = A_t·B by the textbook. @param b `expandMatrixB(params)` */
export function multiplyRound(params: GemmParams, b: Int8Array, nonce: Hex): Int32Array {
  const { rows, columns, depth } = params;
  const key = chachaKey(fromHex(nonce, 32));
  const out = new Int32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const a = rowOfA(key, i, depth);
    const row = out.subarray(i * columns, (i + 1) * columns);
    for (let k = 0; k < depth; k++) {
      const factor = a[k] ?? 0;
      const from = k * columns;
      for (let c = 0; c < columns; c++) row[c] = (row[c] ?? 0) + factor * (b[from + c] ?? 0);
    }
  }
  return out;
}

/** The round's leaf digests, row after row. */
export function roundDigests(params: GemmParams, nonce: Hex, values: Int32Array): Uint8Array[] {
  const blocks = params.columns / LEAF_COLUMNS;
  return Array.from({ length: leavesPerRound(params) }, (_, leaf) =>
    leafDigest(nonce, Math.floor(leaf / blocks), leaf % blocks, values, leaf * LEAF_COLUMNS),
  );
}

/** Commits to all rounds; keeps values and trees until the proof is dropped. */
export function commitGemm(params: GemmParams, nonce: Hex, computeRound: ComputeRound): GemmProof {
  const kept: { values: Int32Array; tree: Rfc6962Tree }[] = [];
  const roots: Uint8Array[] = [];
  for (let round = 0, current = nonce; round < params.rounds; round++) {
    const values = computeRound(round, current);
    const tree = buildRfc6962(roundDigests(params, current, values));
    const root = rfc6962Root(tree);
    kept.push({ values, tree });
    roots.push(root);
    current = nextNonce(nonce, round, root);
  }
  const open = (positions: readonly Position[]): Uint8Array =>
    encodeOpenings(
      positions.map((position) => {
        const round = kept[position.round];
        if (round === undefined || position.leaf >= leavesPerRound(params)) {
          throw new ProtocolError('out_of_range', 'a position that the job does not have');
        }
        const from = position.leaf * LEAF_COLUMNS;
        return {
          position,
          values: round.values.subarray(from, from + LEAF_COLUMNS),
          path: rfc6962Path(round.tree, position.leaf),
        };
      }),
    );
  return { roots, commitment: gemmCommitment(nonce, roots), open };
}
