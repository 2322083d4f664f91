// RFC 6962, section 2.1, as the RFC states it: recursively, with k the largest power of two below n.
import { SHA, cat } from './bytes.ts';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

function split(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/** MTH(D[n]). */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return SHA();
  if (leaves.length === 1) return SHA(LEAF, only);
  const k = split(leaves.length);
  return SHA(NODE, cat(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k))));
}

/** PATH(m, D[n]). */
export function auditPath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...auditPath(m, left), treeHash(right)] : [...auditPath(m - k, right), treeHash(left)];
}
