// Challenge kind 2 on the device: pages are made from the epoch's cache, then folded pass after pass; each pass's key is made on the
// device from the root before it, so that nothing waits for this side of the bus in between.
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { passKey } from '../../../protocol/challenges/vram/fold.ts';
import { checkVramPosition, encodeVramOpenings, groupOf, type VramOpening } from '../../../protocol/challenges/vram/openings.ts';
import {
  GROUP_PAGES,
  PAGE_BYTES,
  PAGE_ITEMS,
  checkVramParams,
  groupPages,
  groupsOf,
  type VramParams,
} from '../../../protocol/challenges/vram/params.ts';
import { vramCommitment } from '../../../protocol/challenges/vram/prove.ts';
import { sha256, tag } from '../../../protocol/hash.ts';
import type { Position } from '../../../protocol/receipts.ts';
import type { Proof } from '../backend.ts';
import type { Fill } from '../engine.ts';
import type { Pointer } from './driver.ts';
import { createAreas, createHold, createPace, type Areas, type Gpu } from './gpu.ts';
import { LIMITS, OPENED_AT_ONCE, SUBTREE, SUBTREE_PAGES, vramOpeningBytes, vramProofBytes, type Limits } from './layout.ts';
import { createRounds, headOf, swapWords, type Rounds } from './rounds.ts';

const CACHE_TAG = tag('assay/k2/cache');
const DATA_TAG = tag('assay/k2/data');
const PASS_TAG = tag('assay/k2/pass');
const THREADS = 256;
const CACHE_ROW_BYTES = 64;
const FOLD_BYTES = 8;
const DIGEST_BYTES = 16;

export type Pages = { readonly first: number; readonly pages: number };

function* chunks(pages: number, step: number): Generator<Pages> {
  for (let first = 0; first < pages; first += step) yield { first, pages: Math.min(step, pages - first) };
}

const pageAt = (memory: Pointer, page: number): Pointer => memory + BigInt(page) * BigInt(PAGE_BYTES);

/** Queues the cache of the epoch. */
export function expandCache(gpu: Gpu, params: VramParams, cache: Pointer, key: Pointer): void {
  gpu.upload(key, swapWords(sha256(CACHE_TAG, fromHex(params.fillKey, 32))));
  gpu.launch('expandCache', Math.ceil(params.cacheRows / THREADS), THREADS, [cache, key, params.cacheRows]);
}

/** Queues pages into memory that begins at the first of them. */
export function makePages(
  gpu: Gpu,
  params: VramParams,
  at: { readonly to: Pointer; readonly cache: Pointer; readonly key: Pointer },
  { first, pages }: Pages,
): void {
  const items = pages * PAGE_ITEMS;
  const args = [at.to, at.cache, at.key, first, items, params.cacheRows - 1, params.parents];
  gpu.launch('fillPages', Math.ceil(items / THREADS), THREADS, args);
}

/** Queues folds of pages that are in the memory. */
export function foldThem(gpu: Gpu, memory: Pointer, key: Pointer, folds: Pointer, { first, pages }: Pages): void {
  gpu.launch('foldPages', Math.ceil((2 * pages) / THREADS), THREADS, [pageAt(memory, first), key, folds, first, pages]);
}

export async function fillMemory(gpu: Gpu, params: VramParams, nodeId: Hex, memory: Pointer, limits: Limits): Promise<void> {
  const work = createAreas(gpu);
  try {
    const cache = work.take(CACHE_ROW_BYTES * params.cacheRows).at;
    const [cacheKey, key] = [work.take(32).at, work.take(32).at];
    expandCache(gpu, params, cache, cacheKey);
    gpu.upload(key, swapWords(sha256(DATA_TAG, fromHex(params.fillKey, 32), fromHex(nodeId, 32))));
    const pace = createPace(gpu);
    for (const part of chunks(params.pages, limits.fillPages)) {
      makePages(gpu, params, { to: pageAt(memory, part.first), cache, key }, part);
      await pace.step();
    }
    await pace.finish();
  } finally {
    work.free();
  }
}

type Job = { readonly gpu: Gpu; readonly params: VramParams; readonly memory: Pointer; readonly rounds: Rounds };
type Groups = { readonly first: number; readonly count: number; readonly lastPages: number };

function groupsIn(params: VramParams, { first, pages }: Pages): Groups {
  const [from, count] = [first / GROUP_PAGES, Math.ceil(pages / GROUP_PAGES)];
  return { first: from, count, lastPages: groupPages(params, from + count - 1) };
}

async function runPasses({ gpu, params, memory, rounds }: Job, folds: Pointer, limits: Limits): Promise<void> {
  const pace = createPace(gpu);
  for (let pass = 0; pass < params.passes; pass++) {
    for (const part of chunks(params.pages, limits.passPages)) {
      const { first, count, lastPages } = groupsIn(params, part);
      foldThem(gpu, memory, rounds.key(pass), folds, part);
      const args = [folds, rounds.key(pass), 0, rounds.nodes(pass, first / SUBTREE), first, count, lastPages];
      gpu.launch('groupNodes', Math.ceil(count / SUBTREE), SUBTREE, args);
      await pace.step();
    }
    rounds.close(pass);
  }
  await pace.finish();
}

type Asked = { readonly position: Position; readonly groups: Groups; readonly folds: Pointer; readonly digests: Pointer };

/** Queues what one opening needs: the folds and digests of all groups under its node. */
function ask({ gpu, params, memory, rounds }: Job, areas: Areas, position: Position): Asked {
  const first = Math.floor(position.leaf / SUBTREE_PAGES) * SUBTREE_PAGES;
  const part = { first, pages: Math.min(SUBTREE_PAGES, params.pages - first) };
  const groups = groupsIn(params, part);
  const key = rounds.key(position.round);
  const folds = areas.take(FOLD_BYTES * part.pages).at;
  const digests = areas.take(DIGEST_BYTES * SUBTREE).at;
  const node = areas.take(32).at;
  foldThem(gpu, memory, key, folds, part);
  gpu.launch('groupNodes', 1, SUBTREE, [folds, key, digests, node, groups.first, groups.count, groups.lastPages]);
  return { position, groups, folds, digests };
}

function answer({ gpu, params, rounds }: Job, { position, groups, folds, digests }: Asked): VramOpening {
  const group = groupOf(position.leaf);
  const from = folds + BigInt((group - groups.first) * GROUP_PAGES * FOLD_BYTES);
  const own = gpu.download(from, FOLD_BYTES * groupPages(params, group));
  const path = rounds.path(position.round, group, swapWords(gpu.download(digests, DIGEST_BYTES * groups.count)));
  return { position, folds: swapWords(own), path };
}

async function openPages(job: Job, positions: readonly Position[]): Promise<Uint8Array> {
  for (const position of positions) checkVramPosition(job.params, position);
  const openings: VramOpening[] = [];
  for (let from = 0; from < positions.length; from += OPENED_AT_ONCE) {
    const areas = createAreas(job.gpu);
    try {
      const asked = positions.slice(from, from + OPENED_AT_ONCE).map((position) => ask(job, areas, position));
      await job.gpu.reached(job.gpu.mark());
      openings.push(...asked.map((one) => answer(job, one)));
    } finally {
      areas.free();
    }
  }
  return encodeVramOpenings(openings);
}

/** @throws DeviceError memory, lost */
export async function fillOnGpu(gpu: Gpu, params: VramParams, nodeId: Hex, limits: Limits = LIMITS): Promise<Fill> {
  checkVramParams(params);
  const areas = createAreas(gpu);
  const held = createHold(areas.free);
  let started = false;

  const run = async (memory: Pointer, folds: Pointer, proof: Areas, start: Hex, nonce: Hex): Promise<Proof> => {
    const head = headOf(PASS_TAG, start, nonce);
    const rounds = createRounds(gpu, proof, params.passes, groupsOf(params), head, passKey(start, nonce, 0, null));
    const job: Job = { gpu, params, memory, rounds };
    await runPasses(job, folds, limits);
    const roots = rounds.roots();
    const given = createHold(() => undefined);
    return {
      roots,
      commitment: vramCommitment(start, roots),
      open: (positions) => given.during(() => held.during(() => openPages(job, positions))),
      release: given.release,
    };
  };
  try {
    const memory = areas.take(PAGE_BYTES * params.pages).at;
    const folds = areas.take(FOLD_BYTES * Math.min(params.pages, limits.passPages)).at;
    // What the passes leave behind and what an opening works with is set aside now: a job that has begun does not run out of memory.
    const reserve = gpu.allocate(vramProofBytes(params) + vramOpeningBytes);
    try {
      await fillMemory(gpu, params, nodeId, memory, limits);
    } finally {
      gpu.free(reserve);
    }
    return {
      async pass(start, nonce) {
        if (started) throw new Error('a fill is started once');
        started = true;
        return held.during(() => run(memory, folds, areas, start, nonce));
      },
      release: held.release,
    };
  } catch (error) {
    areas.free();
    throw error;
  }
}
