// RFC 6962's tree on the device. Leaf hashes are made chunk by chunk in a scratch buffer, a chunk's lowest `skip` levels are worked
// off there, and only what is above is kept; an opening makes the few leaf hashes below its place again. A chunk begins at a
// multiple of 2^skip leaves, so that its nodes are the whole tree's.
import { concat } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { Gpu } from './gpu.ts';
import { NODE_BYTES, levelsOver, type Level } from './levels.ts';
import { bigEndian } from './words.ts';
import type { Kernels } from './kernels.ts';
import { workgroups, type Command } from './commands.ts';

/** Each level of `buffer` from the one below. */
function climb(kernels: Kernels, buffer: GPUBuffer, levels: readonly Level[]): Command[] {
  return levels.slice(1).map((level, i) => {
    const below = levels[i] ?? level;
    return {
      pipeline: kernels.parents,
      buffers: [buffer],
      args: [below.at, below.count, level.at],
      workgroups: workgroups(level.count),
    };
  });
}

/** From a chunk's leaf hashes, in `scratch` from its beginning on, to the kept level, in `kept`. @param first the chunk's first leaf */
export function keepChunk(
  kernels: Kernels,
  { scratch, kept }: { readonly scratch: GPUBuffer; readonly kept: GPUBuffer },
  { first, leaves, skip }: { readonly first: number; readonly leaves: number; readonly skip: number },
): Command[] {
  // A chunk smaller than 2^skip leaves ends early, at its one root, which is also its node on the kept level.
  const levels = levelsOver(leaves, skip + 1);
  const top = levels.at(-1) ?? { at: 0, count: 0 };
  const copy = {
    from: scratch,
    fromAt: NODE_BYTES * top.at,
    to: kept,
    toAt: (NODE_BYTES * first) / 2 ** skip,
    bytes: NODE_BYTES * top.count,
  };
  return [...climb(kernels, scratch, levels), { copy }];
}

/** The kept levels, and where the root is then. */
export function finishTree(
  kernels: Kernels,
  kept: GPUBuffer,
  leaves: number,
  skip: number,
): { commands: Command[]; rootAt: number } {
  const levels = levelsOver(Math.ceil(leaves / 2 ** skip));
  return { commands: climb(kernels, kept, levels), rootAt: NODE_BYTES * (levels.at(-1)?.at ?? 0) };
}

/** Places of the nodes beside the way from leaf `leaf` to the root, in the kept buffer. */
function siblings(leaf: number, leaves: number, skip: number): number[] {
  let at = Math.floor(leaf / 2 ** skip);
  const places: number[] = [];
  for (const level of levelsOver(Math.ceil(leaves / 2 ** skip))) {
    const sibling = at % 2 === 0 ? at + 1 : at - 1;
    if (sibling < level.count) places.push(level.at + sibling);
    at = Math.floor(at / 2);
  }
  return places;
}

/** The nodes of the kept levels on the paths of these leaves. */
export async function upperPaths(
  gpu: Gpu,
  kernels: Kernels,
  kept: GPUBuffer,
  { leaves, skip }: { readonly leaves: number; readonly skip: number },
  opened: readonly number[],
): Promise<Uint8Array[][]> {
  const places = opened.map((leaf) => siblings(leaf, leaves, skip));
  const all = places.flat();
  if (all.length === 0) return places.map(() => []);
  const [list, out] = await gpu.allocate([4 * all.length, NODE_BYTES * all.length]);
  try {
    gpu.write(list, Uint32Array.from(all));
    gpu.submit([
      { pipeline: kernels.gather, buffers: [kept, list, out], args: [all.length], workgroups: workgroups(all.length) },
    ]);
    const nodes = bigEndian(await gpu.read(out, 0, NODE_BYTES * all.length));
    let at = 0;
    return places.map((path) => path.map(() => nodes.subarray(NODE_BYTES * at, NODE_BYTES * ++at)));
  } finally {
    gpu.free([list, out]);
  }
}

/** The path of leaf `at` within a tree over leaf hashes that lie one after the other. */
export function lowerPath(hashes: Uint8Array, at: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let level = Array.from({ length: hashes.length / NODE_BYTES }, (_, i) => hashes.subarray(NODE_BYTES * i, NODE_BYTES * (i + 1)));
  for (let place = at; level.length > 1; place = Math.floor(place / 2)) {
    const sibling = level[place % 2 === 0 ? place + 1 : place - 1];
    if (sibling !== undefined) path.push(sibling);
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const left = level[2 * i] ?? new Uint8Array();
      const right = level[2 * i + 1];
      return right === undefined ? left : sha256(concat(Uint8Array.of(1), left, right));
    });
  }
  return path;
}
