// Openings of kind 2: the device folds the 32 groups around each opened page again, which gives the opened group's folds and the
// lowest levels of its path; the levels above were kept.
import { checkVramPosition, encodeVramOpenings, groupOf, type VramOpening } from '../../../protocol/challenges/vram/openings.ts';
import { GROUP_PAGES, groupPages, groupsOf, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import type { Position } from '../../../protocol/receipts.ts';
import { workgroups, type Command } from './commands.ts';
import type { Gpu } from './gpu.ts';
import type { Kernels } from './kernels.ts';
import { SPAN_PAGES, VRAM_SKIP, foldBytes, type VramPlan } from './plan.ts';
import { NODE_BYTES } from './levels.ts';
import { lowerPath, upperPaths } from './tree.ts';
import { bigEndian, entries } from './words.ts';

export type Folded = {
  readonly params: VramParams;
  readonly plan: VramPlan;
  readonly data: readonly GPUBuffer[];
  /** One entry a pass. */
  readonly keys: GPUBuffer;
  /** One tree a pass. */
  readonly kept: readonly GPUBuffer[];
};

const SPAN_GROUPS = SPAN_PAGES / GROUP_PAGES;

/** Positions by the buffer that their page lies in; a span never lies in two. */
function byBuffer(plan: VramPlan, positions: readonly Position[]): { buffer: number; positions: Position[] }[] {
  return plan.buffers
    .map(({ first, pages }, buffer) => ({
      buffer,
      positions: positions.filter(({ leaf }) => leaf >= first && leaf < first + pages),
    }))
    .filter((part) => part.positions.length > 0);
}

/** Folds and leaf hashes of the span around each position, in the order of `ordered`. */
async function foldAgain(gpu: Gpu, kernels: Kernels, { params, plan, data, keys }: Folded, positions: readonly Position[]) {
  const parts = byBuffer(plan, positions);
  const ordered = parts.flatMap((part) => part.positions);
  const count = ordered.length;
  const buffers = await gpu.allocate([16 * count, foldBytes(SPAN_PAGES * count), NODE_BYTES * SPAN_GROUPS * count]);
  const [ranges, folds, nodes] = buffers;
  try {
    const list = parts.flatMap((part) =>
      part.positions.map(({ round, leaf }) => {
        const first = leaf - (leaf % SPAN_PAGES);
        const inBuffer = first - (plan.buffers[part.buffer]?.first ?? 0);
        return [inBuffer, Math.min(SPAN_PAGES, params.pages - first), first, round] as const;
      }),
    );
    gpu.write(ranges, entries(list));
    let before = 0;
    const folded = parts.flatMap((part): Command[] => {
      const buffer = data[part.buffer];
      const pages = SPAN_PAGES * part.positions.length;
      const args = [SPAN_PAGES, pages, SPAN_PAGES * before, before];
      before += part.positions.length;
      if (buffer === undefined) return [];
      return [{ pipeline: kernels.fold, buffers: [keys, ranges, buffer, folds], args, workgroups: workgroups(2 * pages) }];
    });
    const args = [SPAN_GROUPS, SPAN_GROUPS * count, 0];
    gpu.submit([
      ...folded,
      { pipeline: kernels.digest, buffers: [keys, ranges, folds, nodes], args, workgroups: workgroups(SPAN_GROUPS * count) },
    ]);
    return {
      ordered,
      folds: bigEndian(await gpu.read(folds, 0, foldBytes(SPAN_PAGES * count))),
      hashes: bigEndian(await gpu.read(nodes, 0, NODE_BYTES * SPAN_GROUPS * count)),
    };
  } finally {
    gpu.free(buffers);
  }
}

/** The kept nodes on each position's path. */
async function keptPaths(gpu: Gpu, kernels: Kernels, { params, kept }: Folded, positions: readonly Position[]) {
  const paths = new Map<Position, Uint8Array[]>();
  for (const [round, tree] of kept.entries()) {
    const here = positions.filter((position) => position.round === round);
    const shape = { leaves: groupsOf(params), skip: VRAM_SKIP };
    const found = await upperPaths(
      gpu,
      kernels,
      tree,
      shape,
      here.map(({ leaf }) => groupOf(leaf)),
    );
    here.forEach((position, i) => paths.set(position, found[i] ?? []));
  }
  return paths;
}

/** The openings' bytes. @throws ProtocolError out_of_range for a position that the job does not have */
export async function openVram(gpu: Gpu, kernels: Kernels, folded: Folded, positions: readonly Position[]): Promise<Uint8Array> {
  const { params } = folded;
  for (const position of positions) checkVramPosition(params, position);
  if (positions.length === 0) return encodeVramOpenings([]);
  const upper = await keptPaths(gpu, kernels, folded, positions);
  const { ordered, folds, hashes } = await foldAgain(gpu, kernels, folded, positions);
  const opened = new Map<Position, VramOpening>();
  ordered.forEach((position, i) => {
    const group = groupOf(position.leaf);
    const inSpan = group % SPAN_GROUPS;
    const groups = Math.min(SPAN_GROUPS, groupsOf(params) - (group - inSpan));
    const foldsAt = foldBytes(SPAN_PAGES * i + GROUP_PAGES * inSpan);
    const hashesAt = NODE_BYTES * SPAN_GROUPS * i;
    opened.set(position, {
      position,
      folds: folds.subarray(foldsAt, foldsAt + foldBytes(groupPages(params, group))),
      path: [...lowerPath(hashes.subarray(hashesAt, hashesAt + NODE_BYTES * groups), inSpan), ...(upper.get(position) ?? [])],
    });
  });
  return encodeVramOpenings(positions.flatMap((position) => opened.get(position) ?? []));
}
