// The levels of RFC 6962's tree as they lie in one buffer, leaf hashes first. An odd node at a level's end moves up unchanged, which is
// the same as splitting at the largest power of two.

export const NODE_BYTES = 32;

/** Nodes of one level: where they begin, counted in nodes, and how many they are. */
export type Level = { readonly at: number; readonly count: number };

/** The levels over `count` nodes, up to the root or to `most` of them, one after the other. */
export function levelsOver(count: number, most = Infinity): Level[] {
  const levels = [{ at: 0, count }];
  for (let level = levels[0]; level !== undefined && level.count > 1 && levels.length < most;) {
    level = { at: level.at + level.count, count: Math.ceil(level.count / 2) };
    levels.push(level);
  }
  return levels;
}

const nodesOf = (levels: readonly Level[]): number => levels.reduce((sum, { count }) => sum + count, 0);

/** Nodes above the lowest `skip` levels of a tree of `leaves`. */
export function keptNodes(leaves: number, skip: number): number {
  return nodesOf(levelsOver(Math.ceil(leaves / 2 ** skip)));
}

/** Nodes of the scratch buffer for a chunk of `leaves`. */
export function scratchNodes(leaves: number, skip: number): number {
  return nodesOf(levelsOver(leaves, skip + 1));
}
