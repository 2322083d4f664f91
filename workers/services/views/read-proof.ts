// A proof out of a sealed tree, without reading the tree: the top levels in one piece, each deeper node alone. What comes out is
// believed only once it leads to the root.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { standardSiblings } from '../../../protocol/trees/standard.ts';
import { TREE_TOP_NODES } from './limits.ts';
import type { WebPorts } from './ports.ts';
import { readBytes } from './read-bytes.ts';

const NODE_BYTES = 32;

/** From the leaf at `place` upwards; null where the tree is not stored. @throws Error for a tree that ends before its leaf */
export async function readProof(ports: WebPorts, epoch: number, place: number): Promise<Hex[] | null> {
  const key = `tree/${epoch}` as const;
  const nodes = async (from: number, count: number): Promise<Uint8Array | null> => {
    const length = NODE_BYTES * count;
    return readBytes(ports, key, length, { offset: NODE_BYTES * from, length });
  };
  const siblings = standardSiblings(place);
  const inTop = siblings.filter((sibling) => sibling < TREE_TOP_NODES);
  const top = await nodes(0, Math.max(0, ...inTop) + 1);
  const deep = top === null ? [] : await Promise.all(siblings.slice(0, -inTop.length).map((sibling) => nodes(sibling, 1)));
  const found = deep.filter((node) => node !== null);
  if (top !== null && found.length === deep.length) {
    const shallow = inTop.map((sibling) => top.subarray(NODE_BYTES * sibling, NODE_BYTES * (sibling + 1)));
    return [...found, ...shallow].map((node) => toHex(node));
  }
  if ((await ports.objects.epochOf(key)) === null) return null;
  throw new Error(`The stored tree of epoch ${epoch} ends before one of its leaves.`);
}
