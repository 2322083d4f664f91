// What both kinds of job share: rounds (or passes) whose keys follow from one another on the device, a tree for each, and paths out
// of what is kept of the trees.
import { concat, fromHex, type Hex } from '../../../protocol/bytes.ts';
import { buildRfc6962, rfc6962Path } from '../../../protocol/trees/rfc6962.ts';
import type { Pointer } from './driver.ts';
import type { Areas, Gpu } from './gpu.ts';
import { NODE_BYTES, SUBTREE, levelSizes, treeBytes } from './layout.ts';

/** Levels that one launch of `treeLevels` makes. */
const LEVELS_AT_ONCE = 9;
const LEVEL_NODES = 512;

/** A hash as the device has it, or the other way round: eight words, each the number that four bytes are in big-endian order. */
export function swapWords(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, i) => bytes[(i & ~3) + 3 - (i & 3)] ?? 0);
}

export type Rounds = {
  /** Where round t's key is. */
  readonly key: (round: number) => Pointer;
  /** Where round t's node `node` of level 8 goes. */
  readonly nodes: (round: number, node: number) => Pointer;
  /** After all nodes of level 8: the levels above, the root, and the next round's key. */
  readonly close: (round: number) => void;
  /** All roots; waits for all work before it. */
  readonly roots: () => Uint8Array[];
  /** The inclusion path of a leaf. @param digests of all leaves (16 bytes each) of the leaf's subtree */
  readonly path: (round: number, leaf: number, digests: Uint8Array) => Uint8Array[];
};

function at(base: Pointer, bytes: number): Pointer {
  return base + BigInt(bytes);
}

/**
 * @param head what the key of the next round is the hash of, before counter and root
 * @param first round 0's key
 */
export function createRounds(gpu: Gpu, areas: Areas, count: number, leaves: number, head: Uint8Array, first: Hex): Rounds {
  const sizes = levelSizes(leaves);
  const [tree, levels] = [treeBytes(leaves), sizes.length];
  const trees = areas.take(count * tree).at;
  const keys = areas.take((count + 1) * NODE_BYTES).at;
  const roots = areas.take(count * NODE_BYTES).at;
  const headAt = areas.take(head.length).at;
  gpu.upload(headAt, head);
  gpu.upload(keys, swapWords(fromHex(first, 32)));
  /** Where level 8 + `level` begins, in nodes. */
  const from = (level: number): number => sizes.slice(0, level).reduce((sum, size) => sum + size, 0);
  const nodes = (round: number, node: number): Pointer => at(trees, round * tree + node * NODE_BYTES);

  return {
    key: (round) => at(keys, round * NODE_BYTES),
    nodes,
    close(round) {
      for (let level = 0; level < levels - 1; level += LEVELS_AT_ONCE) {
        const size = sizes[level] ?? 1;
        const up = Math.min(LEVELS_AT_ONCE, levels - 1 - level);
        gpu.launch('treeLevels', Math.ceil(size / LEVEL_NODES), 256, [nodes(round, from(level)), size, up]);
      }
      const root = nodes(round, from(levels - 1));
      const [kept, next] = [at(roots, round * NODE_BYTES), at(keys, (round + 1) * NODE_BYTES)];
      gpu.launch('chainKey', 1, 32, [headAt, head.length, round + 1, root, kept, next]);
    },
    roots() {
      const bytes = swapWords(gpu.download(roots, count * NODE_BYTES));
      return Array.from({ length: count }, (_, round) => bytes.slice(round * NODE_BYTES, (round + 1) * NODE_BYTES));
    },
    path(round, leaf, digests) {
      const parts = Array.from({ length: digests.length / 16 }, (_, i) => digests.subarray(16 * i, 16 * (i + 1)));
      const path = rfc6962Path(buildRfc6962(parts), leaf % SUBTREE);
      let node = Math.floor(leaf / SUBTREE);
      for (const [level, size] of sizes.slice(0, -1).entries()) {
        const sibling = node ^ 1; // an odd node at the end of its level has none
        if (sibling < size) path.push(swapWords(gpu.download(nodes(round, from(level) + sibling), NODE_BYTES)));
        node = Math.floor(node / 2);
      }
      return path;
    },
  };
}

/** `head` of a chain from its parts. */
export const headOf = (tag: Uint8Array, ...parts: readonly Hex[]): Uint8Array =>
  concat(tag, ...parts.map((part) => fromHex(part, 32)));
