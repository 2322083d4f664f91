// The first round's root is random, which saves a round's work; the rest is chained to it properly. Since openings are drawn
// from every round, one of the first round always meets the root.
import { randomBytes } from 'node:crypto';
import { nextNonce } from '../../../protocol/challenges/gemm/matrix.ts';
import { encodeOpenings } from '../../../protocol/challenges/gemm/openings.ts';
import { LEAF_COLUMNS } from '../../../protocol/challenges/gemm/params.ts';
import { gemmCommitment, roundDigests } from '../../../protocol/challenges/gemm/prove.ts';
import { buildRfc6962, rfc6962Path, rfc6962Root } from '../../../protocol/trees/rfc6962.ts';
import type { Prove } from '../../backends/cpu/provers.ts';

export const garbageRound: Prove = (params, nonce, compute) => {
  const roots: Uint8Array[] = [];
  let current = nonce;
  const rounds = Array.from({ length: params.rounds }, (_, round) => {
    const values = compute(round, current);
    const tree = buildRfc6962(roundDigests(params, current, values));
    const root = round === 0 ? Uint8Array.from(randomBytes(32)) : rfc6962Root(tree);
    roots.push(root);
    current = nextNonce(nonce, round, root);
    return { values, tree };
  });
  return {
    roots,
    commitment: gemmCommitment(nonce, roots),
    open: (positions) =>
      encodeOpenings(
        positions.flatMap((position) => {
          const round = rounds[position.round];
          if (round === undefined) return [];
          const values = round.values.subarray(position.leaf * LEAF_COLUMNS, (position.leaf + 1) * LEAF_COLUMNS);
          return [{ position, values, path: rfc6962Path(round.tree, position.leaf) }];
        }),
      ),
  };
};
