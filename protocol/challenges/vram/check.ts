// The verifier: given roots, drawn positions and the openings' bytes, says whether each opened group lies under its root and
// the drawn page's fold is that of the page computed anew. Auditor and replay do the same: nothing here is secret.
import { chachaKey } from '../../chacha.ts';
import { equal, fromHex, type Hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import type { Position } from '../../receipts.ts';
import { verifyRfc6962 } from '../../trees/rfc6962.ts';
import { ROW_WORDS, dataKey, writePage } from './data.ts';
import { FOLD_BYTES, foldPage, groupDigest, passKeys } from './fold.ts';
import { decodeVramOpenings, groupOf, openedFold, type VramOpening } from './openings.ts';
import { PAGE_BYTES, PAGE_WORDS, groupsOf, type VramParams } from './params.ts';

export type VramStatement = {
  readonly params: VramParams;
  readonly nonce: Hex;
  readonly start: Hex;
  readonly roots: readonly Uint8Array[];
  readonly positions: readonly Position[];
};

function decode({ params, positions }: VramStatement, bytes: Uint8Array): VramOpening[] | null {
  try {
    return decodeVramOpenings(bytes, params, positions);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Whether each opened group lies under the root of its pass. */
function underRoots({ params, roots }: VramStatement, keys: readonly Hex[], openings: readonly VramOpening[]): boolean {
  const groups = groupsOf(params);
  return openings.every(({ position, folds, path }) => {
    const key = keys[position.round];
    const root = roots[position.round];
    if (key === undefined || root === undefined) return false;
    const group = groupOf(position.leaf);
    return verifyRfc6962(root, groupDigest(key, group, folds), group, groups, path);
  });
}

/** Whether each drawn page's fold is the true one; a page that is drawn in several passes is computed once. */
function trueFolds(params: VramParams, keys: readonly Hex[], openings: readonly VramOpening[], nodeId: Hex, cache: Uint32Array) {
  const words = keys.map((key) => chachaKey(fromHex(key, 32)));
  const data = dataKey(params, nodeId);
  const content = new Uint32Array(PAGE_WORDS);
  const fold = new Uint8Array(FOLD_BYTES);
  for (const [page, drawn] of Map.groupBy(openings, ({ position }) => position.leaf)) {
    writePage(content, 0, params, cache, data, page);
    for (const opening of drawn) {
      const key = words[opening.position.round];
      if (key === undefined) return false;
      foldPage(content, 0, key, page, fold, 0);
      if (!equal(fold, openedFold(opening))) return false;
    }
  }
  return true;
}

/**
 * Structure and paths of all openings first, then the pages: a forged form is never reported as a wrong result.
 * @param cache `expandCache` of the same parameters
 * @throws ProtocolError bad_length when the cache is not of these parameters
 */
export function checkVram(
  statement: VramStatement,
  bytes: Uint8Array,
  nodeId: Hex,
  cache: Uint32Array,
): 'none' | 'bad_opening' | 'wrong_result' {
  const { params, nonce, start, roots } = statement;
  if (cache.length !== params.cacheRows * ROW_WORDS) throw new ProtocolError('bad_length', 'the cache is of other parameters');
  const openings = decode(statement, bytes);
  if (openings === null || openings.length === 0 || roots.length !== params.passes) return 'bad_opening';
  const keys = passKeys(start, nonce, roots);
  if (!underRoots(statement, keys, openings)) return 'bad_opening';
  return trueFolds(params, keys, openings, nodeId, cache) ? 'none' : 'wrong_result';
}

/** The proven memory in bytes, rounded down. */
export function provenBytes({ pages }: Pick<VramParams, 'pages'>, proofPpm: number): bigint {
  return (BigInt(PAGE_BYTES) * BigInt(pages) * BigInt(proofPpm)) / 1_000_000n;
}
