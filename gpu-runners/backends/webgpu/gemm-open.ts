// Openings of kind 1. The device multiplies the opened leaves again, and, where the lowest levels of the tree were not kept, the
// leaves around them, so that their hashes complete the path.
import { ProtocolError } from '../../../protocol/errors.ts';
import { encodeOpenings, type Opening } from '../../../protocol/challenges/gemm/openings.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import type { Position } from '../../../protocol/receipts.ts';
import { workgroups, type Command } from './commands.ts';
import type { Gpu } from './gpu.ts';
import type { Kernels } from './kernels.ts';
import type { Matrices, MatrixSlab } from './matrices.ts';
import type { GemmPlan } from './plan.ts';
import { NODE_BYTES } from './levels.ts';
import { lowerPath, upperPaths } from './tree.ts';
import { bigEndian, entries } from './words.ts';

export type Committed = {
  readonly params: GemmParams;
  readonly plan: GemmPlan;
  /** One entry a round. */
  readonly keys: GPUBuffer;
  /** One tree a round. */
  readonly kept: readonly GPUBuffer[];
};

const LEAF_BYTES = 4 * LEAF_COLUMNS;
/** Leaves multiplied again at once: 32 MiB of values. */
const LEAVES_AT_ONCE = 32_768;

type Entry = readonly [row: number, block: number, round: number, place: number];
/** A position with the leaves that are made again for it: entries `from` … `from + count − 1`, its own at `own`. */
type Around = { readonly position: Position; readonly from: number; readonly count: number; readonly own: number };

function leavesAround({ params, plan }: Committed, positions: readonly Position[]): { list: Entry[]; around: Around[] } {
  const span = 2 ** plan.skip;
  const leaves = leavesPerRound(params);
  const list: Entry[] = [];
  const around = positions.map((position) => {
    const first = position.leaf - (position.leaf % span);
    const count = Math.min(span, leaves - first);
    const from = list.length;
    for (let leaf = first; leaf < first + count; leaf++)
      list.push([Math.floor(leaf / plan.blocks), leaf % plan.blocks, position.round, list.length]);
    return { position, from, count, own: from + position.leaf - first };
  });
  return { list, around };
}

/** The true values of all entries, each slab of B for those within it. */
function multiplyAgain(
  kernels: Kernels,
  { params, keys }: Committed,
  slabs: readonly MatrixSlab[],
  lists: readonly { readonly list: GPUBuffer; readonly count: number }[],
  values: GPUBuffer,
): Command[] {
  return slabs.flatMap(({ buffer, firstBlock, blocks }, i) => {
    const { list, count } = lists[i] ?? { list: values, count: 0 };
    if (count === 0) return [];
    const command = {
      pipeline: kernels.values,
      buffers: [keys, buffer, list, values],
      args: [firstBlock, LEAF_COLUMNS * blocks, params.depth / 4, count],
      workgroups: workgroups(count, 1),
    };
    return [command];
  });
}

async function openSome(
  gpu: Gpu,
  kernels: Kernels,
  committed: Committed,
  slabs: readonly MatrixSlab[],
  positions: readonly Position[],
): Promise<{ values: Int32Array; lower: Uint8Array[] }[]> {
  const { keys, plan } = committed;
  const { list, around } = leavesAround(committed, positions);
  const within = slabs.map(({ firstBlock, blocks }) =>
    list.filter(([, block]) => block >= firstBlock && block < firstBlock + blocks),
  );
  const sizes = [LEAF_BYTES * list.length, LEAF_BYTES * positions.length, 16 * list.length, NODE_BYTES * list.length] as const;
  const buffers = await gpu.allocate([...sizes, ...within.map((part) => 16 * part.length)] as const);
  try {
    const [values, own, whole, nodes, ...parts] = buffers;
    const lists = parts.map((part, i) => ({ list: part, count: within[i]?.length ?? 0 }));
    gpu.write(whole, entries(list));
    within.forEach((part, i) => {
      const buffer = parts[i];
      if (buffer !== undefined && part.length > 0) gpu.write(buffer, entries(part));
    });
    const copies = around.map((one, i) => ({
      copy: { from: values, fromAt: LEAF_BYTES * one.own, to: own, toAt: LEAF_BYTES * i, bytes: LEAF_BYTES },
    }));
    gpu.submit([
      ...multiplyAgain(kernels, committed, slabs, lists, values),
      {
        pipeline: kernels.listedLeaves,
        buffers: [keys, values, nodes, whole],
        args: [0, 0, 0, 0, list.length, 0],
        workgroups: workgroups(list.length),
      },
      ...copies,
    ]);
    const opened = new Int32Array((await gpu.read(own, 0, LEAF_BYTES * positions.length)).buffer);
    const hashes = plan.skip === 0 ? new Uint8Array() : bigEndian(await gpu.read(nodes, 0, NODE_BYTES * list.length));
    return around.map(({ position, from, count }, i) => ({
      values: opened.subarray(LEAF_COLUMNS * i, LEAF_COLUMNS * (i + 1)),
      lower:
        plan.skip === 0
          ? []
          : lowerPath(hashes.subarray(NODE_BYTES * from, NODE_BYTES * (from + count)), position.leaf % 2 ** plan.skip),
    }));
  } finally {
    gpu.free(buffers);
  }
}

/** The kept nodes on each position's path, in the positions' order. */
async function keptPaths(gpu: Gpu, kernels: Kernels, { params, plan, kept }: Committed, positions: readonly Position[]) {
  const paths = new Map<Position, Uint8Array[]>();
  for (const [round, nodes] of kept.entries()) {
    const here = positions.filter((position) => position.round === round);
    const shape = { leaves: leavesPerRound(params), skip: plan.skip };
    const found = await upperPaths(
      gpu,
      kernels,
      nodes,
      shape,
      here.map(({ leaf }) => leaf),
    );
    here.forEach((position, i) => paths.set(position, found[i] ?? []));
  }
  return paths;
}

/** The openings' bytes. @throws ProtocolError out_of_range for a position that the job does not have */
export async function openGemm(
  gpu: Gpu,
  kernels: Kernels,
  matrices: Matrices,
  committed: Committed,
  positions: readonly Position[],
): Promise<Uint8Array> {
  const { params, plan } = committed;
  if (positions.some(({ round, leaf }) => round >= params.rounds || leaf >= leavesPerRound(params)))
    throw new ProtocolError('out_of_range', 'a position that the job does not have');
  const openings = await matrices.use(params, plan, async (slabs) => {
    const upper = await keptPaths(gpu, kernels, committed, positions);
    const atOnce = Math.max(1, Math.floor(LEAVES_AT_ONCE / 2 ** plan.skip));
    const done: Opening[] = [];
    for (let first = 0; first < positions.length; first += atOnce) {
      const some = positions.slice(first, first + atOnce);
      const opened = await openSome(gpu, kernels, committed, slabs, some);
      opened.forEach(({ values, lower }, i) => {
        const position = some[i];
        if (position !== undefined) done.push({ position, values, path: [...lower, ...(upper.get(position) ?? [])] });
      });
    }
    return done;
  });
  return encodeOpenings(openings);
}
