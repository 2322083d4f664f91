// The verifier: given roots, drawn positions and the openings' bytes, says whether each opened leaf lies under its root and
// holds the true product. The auditor checks products with its secrets, replay in full; both give the same answer.
import { chachaKey } from '../../chacha.ts';
import { fromHex, type Hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import type { Position } from '../../receipts.ts';
import { verifyRfc6962 } from '../../trees/rfc6962.ts';
import { leafDigest } from './leaf.ts';
import { roundNonces, rowOfA, trueSegment } from './matrix.ts';
import { decodeOpenings, type Opening } from './openings.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from './params.ts';
import { passesSecrets, type GemmSecrets } from './secrets.ts';

/** Whether the opened values are the true product of row `a` and column block `block`; `last` marks the secretless leaf. */
export type ProductCheck = (a: Int8Array, block: number, values: Int32Array, last: boolean) => boolean;

/** Products recomputed from public data alone: what replay uses for each leaf. */
export function fullCheck(params: GemmParams): ProductCheck {
  return (a, block, values) => trueSegment(params, a, block).every((value, c) => value === values[c]);
}

/** Secret vectors for all leaves but the last, which bounds what leaked vectors are worth. */
export function secretCheck(params: GemmParams, secrets: GemmSecrets): ProductCheck {
  const full = fullCheck(params);
  return (a, block, values, last) =>
    last ? full(a, block, values, last) : passesSecrets(secrets.blocks[block] ?? [], a, values);
}

export type GemmStatement = {
  readonly params: GemmParams;
  readonly nonce: Hex;
  readonly roots: readonly Uint8Array[];
  readonly positions: readonly Position[];
};

function decode(statement: GemmStatement, bytes: Uint8Array): Opening[] | null {
  try {
    return decodeOpenings(bytes, statement.params, statement.positions);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Structure and paths of all openings first, then the products: a forged form is never reported as a wrong result. */
export function checkGemm(
  statement: GemmStatement,
  bytes: Uint8Array,
  isProduct: ProductCheck,
): 'none' | 'bad_opening' | 'wrong_result' {
  const { params, roots, positions } = statement;
  const openings = decode(statement, bytes);
  if (openings === null || openings.length === 0) return 'bad_opening';
  const leaves = leavesPerRound(params);
  const blocks = params.columns / LEAF_COLUMNS;
  const nonces = roundNonces(statement.nonce, roots);
  for (const { position, values, path } of openings) {
    const nonce = nonces[position.round];
    const root = roots[position.round];
    if (nonce === undefined || root === undefined) return 'bad_opening';
    const digest = leafDigest(nonce, Math.floor(position.leaf / blocks), position.leaf % blocks, values, 0);
    if (!verifyRfc6962(root, digest, position.leaf, leaves, path)) return 'bad_opening';
  }
  const keys = nonces.map((nonce) => chachaKey(fromHex(nonce, 32)));
  const right = openings.every(({ position, values }, i) => {
    const key = keys[position.round];
    if (key === undefined) return false;
    const a = rowOfA(key, Math.floor(position.leaf / blocks), params.depth);
    return isProduct(a, position.leaf % blocks, values, i === positions.length - 1);
  });
  return right ? 'none' : 'wrong_result';
}

/** The proven rate in operations a second, rounded down (docs/protocol.md, section 9.6). @param elapsedMs at least 1 */
export function provenRate(ops: bigint, proofPpm: number, elapsedMs: number): bigint {
  return (ops * BigInt(proofPpm)) / (1000n * BigInt(Math.max(1, elapsedMs)));
}
