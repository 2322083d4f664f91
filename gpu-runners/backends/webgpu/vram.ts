// Kind 2 on the device: memory is filled once, each pass folds all of it there, and one root comes back. Folds are not kept: an
// opening folds the 1 MiB around its page again.
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256, tag } from '../../../protocol/hash.ts';
import { chachaKey } from '../../../protocol/chacha.ts';
import { dataKey } from '../../../protocol/challenges/vram/data.ts';
import { passKey } from '../../../protocol/challenges/vram/fold.ts';
import { PAGE_BYTES, PAGE_ITEMS, groupsOf, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import { vramCommitment } from '../../../protocol/challenges/vram/prove.ts';
import type { Proof } from '../backend.ts';
import type { Fill } from '../engine.ts';
import { workgroups, type Command } from './commands.ts';
import type { Gpu } from './gpu.ts';
import type { Kernels } from './kernels.ts';
import { hold, type Hold } from './hold.ts';
import { VRAM_SKIP, passBytes, vramPlan, type VramPlan } from './plan.ts';
import { KEY_WORDS } from './shaders/common.ts';
import { NODE_BYTES } from './levels.ts';
import { finishTree, keepChunk } from './tree.ts';
import { openVram, type Folded } from './vram-open.ts';
import { bigEndian, dataEntry, entries, leafEntry } from './words.ts';

/** Pages filled by one submission: 64 MiB, so that no driver's watchdog takes it for a hang; and submissions before a wait. */
const FILL_PAGES = 65_536;
const AHEAD = 8;
const ROW_BYTES = 64;
const CACHE_TAG = tag('assay/k2/cache');

/** A node's memory on the device, and what its passes work in: all of it is there before the node says that it is ready. */
type Memory = Folded & { readonly ranges: GPUBuffer; readonly folds: GPUBuffer; readonly nodes: GPUBuffer };

async function fillData(gpu: Gpu, kernels: Kernels, { params, plan, data }: Memory, nodeId: Hex): Promise<void> {
  const { cacheRows, parents, fillKey } = params;
  const [keys, cache] = await gpu.allocate([8 * KEY_WORDS, ROW_BYTES * cacheRows]);
  try {
    gpu.write(keys, dataEntry(chachaKey(sha256(CACHE_TAG, fromHex(fillKey, 32)))));
    gpu.write(keys, dataEntry(dataKey(params, nodeId)), 4 * KEY_WORDS);
    gpu.submit([{ pipeline: kernels.cache, buffers: [keys, cache], args: [cacheRows], workgroups: workgroups(cacheRows) }]);
    let submitted = 0;
    for (const [i, { first, pages }] of plan.buffers.entries()) {
      const buffer = data[i];
      for (let page = 0; buffer !== undefined && page < pages; page += FILL_PAGES) {
        const items = PAGE_ITEMS * Math.min(FILL_PAGES, pages - page);
        const args = [PAGE_ITEMS * (first + page), PAGE_ITEMS * page, items, 0, cacheRows - 1, parents];
        gpu.submit([{ pipeline: kernels.fill, buffers: [keys, cache, buffer], args, workgroups: workgroups(items) }]);
        if (++submitted % AHEAD === 0) await gpu.settle();
      }
    }
    await gpu.settle();
  } finally {
    gpu.free([keys, cache]);
  }
}

async function allocateMemory(gpu: Gpu, params: VramParams): Promise<Memory> {
  const plan = vramPlan(params, gpu.budget);
  const { passes } = params;
  const sizes = passBytes(params, plan);
  const ranges = 16 * passes * (plan.buffers.length + plan.batches.length);
  const trees = Array.from({ length: passes }, () => sizes.kept);
  const pages = plan.buffers.map((buffer) => PAGE_BYTES * buffer.pages);
  const all = await gpu.allocate([4 * KEY_WORDS * passes, ranges, sizes.folds, sizes.nodes, ...trees, ...pages] as const);
  const [keys, rangeList, folds, nodes, ...rest] = all;
  return { params, plan, keys, ranges: rangeList, folds, nodes, kept: rest.slice(0, passes), data: rest.slice(passes) };
}

/** @throws DeviceError memory or lost */
export async function fillVram(gpu: Gpu, kernels: Kernels, params: VramParams, nodeId: Hex): Promise<Fill> {
  const memory = await allocateMemory(gpu, params);
  const { keys, ranges, folds, nodes, kept, data } = memory;
  const held = hold(gpu, 'fill', [keys, ranges, folds, nodes, ...kept, ...data]);
  try {
    await fillData(gpu, kernels, memory, nodeId);
  } catch (error) {
    held.release();
    throw error;
  }
  let passed = false;
  return {
    pass: (start, nonce) =>
      held.use(async () => {
        if (passed) throw new Error('the fill was passed already');
        passed = true;
        return await passVram(gpu, kernels, memory, held, { start, nonce });
      }),
    release: held.release,
  };
}

/** Ranges of one pass: a buffer each, then a batch each. */
function rangesOf({ buffers, batches }: VramPlan, round: number) {
  return [...buffers, ...batches.map((batch) => batch.pages)].map(({ first, pages }) => [0, pages, first, round] as const);
}

function passCommands(kernels: Kernels, memory: Memory, round: number, kept: GPUBuffer): Command[] {
  const { plan, data, keys, ranges, folds, nodes } = memory;
  const firstRange = round * (plan.buffers.length + plan.batches.length);
  return plan.batches.flatMap((batch, at): Command[] => {
    const folded = batch.buffers.flatMap((i): Command[] => {
      const [range, buffer] = [plan.buffers[i], data[i]];
      if (range === undefined || buffer === undefined) return [];
      const args = [range.pages, range.pages, range.first - batch.pages.first, firstRange + i];
      return [{ pipeline: kernels.fold, buffers: [keys, ranges, buffer, folds], args, workgroups: workgroups(2 * range.pages) }];
    });
    const leaves = groupsOf(batch.pages);
    const first = groupsOf({ pages: batch.pages.first });
    return [
      ...folded,
      {
        pipeline: kernels.digest,
        buffers: [keys, ranges, folds, nodes],
        args: [leaves, leaves, firstRange + plan.buffers.length + at],
        workgroups: workgroups(leaves),
      },
      ...keepChunk(kernels, { scratch: nodes, kept }, { first, leaves, skip: VRAM_SKIP }),
    ];
  });
}

async function passVram(
  gpu: Gpu,
  kernels: Kernels,
  memory: Memory,
  held: Hold,
  { start, nonce }: { readonly start: Hex; readonly nonce: Hex },
): Promise<Proof> {
  const { params, plan, keys, ranges, kept } = memory;
  gpu.write(ranges, entries(kept.flatMap((_tree, round) => rangesOf(plan, round))));
  const roots: Uint8Array[] = [];
  for (const [round, tree] of kept.entries()) {
    if (held.released) throw new Error('the fill was released in the middle of its passes');
    gpu.write(keys, leafEntry('assay/k2/leaf', passKey(start, nonce, round, roots[round - 1] ?? null)), 4 * KEY_WORDS * round);
    const { commands, rootAt } = finishTree(kernels, tree, groupsOf(params), VRAM_SKIP);
    gpu.submit([...passCommands(kernels, memory, round, tree), ...commands]);
    roots.push(bigEndian(await gpu.read(tree, rootAt, NODE_BYTES)));
  }
  // The proof lives in the fill's buffers, so that its end frees nothing yet.
  const proof = hold(gpu, 'proof', []);
  return {
    roots,
    commitment: vramCommitment(start, roots),
    open: (positions) => held.use(() => proof.use(() => openVram(gpu, kernels, memory, positions))),
    release: proof.release,
  };
}
