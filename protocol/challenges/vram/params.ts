// Parameters of one vram-pass job, their canonical bytes and their bounds (docs/protocol.md, section 19.1). Both sides check the
// bounds before anything else.
import { Reader, concat, equal, fromHex, toHex, u16, u32, type Hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { sha256, tag } from '../../hash.ts';
import type { VramJob } from '../../policy.ts';

export const PAGE_BYTES = 1024;
/** 32-bit words of a page. */
export const PAGE_WORDS = PAGE_BYTES / 4;
/** Items of 16 words in a page. */
export const PAGE_ITEMS = 16;
/** Neighbouring pages whose folds make one leaf. */
export const GROUP_PAGES = 32;

export type VramParams = {
  readonly pages: number;
  /** Rows of 64 bytes of the epoch's cache; a power of two. */
  readonly cacheRows: number;
  readonly parents: number;
  /** R: chained passes. */
  readonly passes: number;
  /** k: openings a job, a multiple of R. */
  readonly openings: number;
  /** What cache and data follow from, the same for the whole epoch. */
  readonly fillKey: Hex;
};

const TAG = tag('assay/k2/params');

/** @param beacon the epoch beacon's randomness */
export function fillKey(beacon: Hex): Hex {
  return toHex(sha256(tag('assay/k2/fill'), fromHex(beacon, 32)));
}

export function vramParams(job: VramJob, beacon: Hex): VramParams {
  const { pages, cacheRows, parents, passes, openings } = job;
  return { pages, cacheRows, parents, passes, openings, fillKey: fillKey(beacon) };
}

/** Leaves of one pass's tree. */
export function groupsOf({ pages }: Pick<VramParams, 'pages'>): number {
  return Math.ceil(pages / GROUP_PAGES);
}

/** Pages of group `group`: 32, fewer in the last. */
export function groupPages({ pages }: Pick<VramParams, 'pages'>, group: number): number {
  return Math.min(GROUP_PAGES, pages - group * GROUP_PAGES);
}

/** Bytes that all passes read together. */
export function vramBytes({ pages, passes }: Pick<VramParams, 'pages' | 'passes'>): bigint {
  return BigInt(PAGE_BYTES) * BigInt(pages) * BigInt(passes);
}

function within(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

/** @throws ProtocolError out_of_range for parameters that no party may use */
export function checkVramParams(params: VramParams): VramParams {
  const { pages, cacheRows, parents, passes, openings } = params;
  const powerOfTwo = within(cacheRows, 2 ** 8, 2 ** 20) && (cacheRows & (cacheRows - 1)) === 0;
  const sizes = within(pages, 64, 2 ** 28) && powerOfTwo && within(parents, 1, 256);
  const sample = within(passes, 1, 256) && within(openings, passes, 1024) && openings % passes === 0;
  if (!sizes || !sample || openings / passes >= pages) {
    throw new ProtocolError('out_of_range', 'vram parameters outside of their bounds');
  }
  return params;
}

export function encodeVramParams(params: VramParams): Uint8Array {
  const { pages, cacheRows, parents, passes, openings } = checkVramParams(params);
  return concat(TAG, u32(pages), u32(cacheRows), u16(parents), u16(passes), u16(openings), fromHex(params.fillKey, 32));
}

export function decodeVramParams(bytes: Uint8Array): VramParams {
  const reader = new Reader(bytes);
  if (!equal(reader.bytes(TAG.length), TAG)) throw new ProtocolError('bad_form', 'not vram parameters');
  const sizes = { pages: reader.u32(), cacheRows: reader.u32(), parents: reader.u16(), passes: reader.u16() };
  const params = { ...sizes, openings: reader.u16(), fillKey: reader.hex(32) };
  reader.end();
  return checkVramParams(params);
}

/** Least cost of an item at which keeping it is worth more than making it again, on the devices that have such memories. */
const PARENTS_MIN = 128;
const CACHE_ROWS_MIN = 2 ** 17;

/** Whether a PASS says anything about memory; a small profile is remade about as fast as it is read. */
export function provesMemory({ parents, cacheRows }: Pick<VramParams, 'parents' | 'cacheRows'>): boolean {
  return parents >= PARENTS_MIN && cacheRows >= CACHE_ROWS_MIN;
}
