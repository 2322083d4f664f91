// Fills a file instead of memory and reads it page by page in each pass, past the system's cache where the file system allows that, and
// no faster than a page in a tenth of a millisecond, whatever disk is below: all of the data, on something slower than what is sold.
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePage } from '../../../protocol/challenges/vram/data.ts';
import { PAGE_BYTES, PAGE_WORDS } from '../../../protocol/challenges/vram/params.ts';
import { commitVram } from '../../../protocol/challenges/vram/prove.ts';
import { attentive, type FillWith } from '../../backends/cpu/provers.ts';
import { Memory } from '../../backends/cpu/webassembly.ts';

/** What a disk hands out at once; four pages. */
const BLOCK_BYTES = 4096;

/** Ten megabytes a second: to a core's memory about what a bus is to a card's. */
const PAGE_MS_MIN = 0.1;

/** Opens it without the system's cache; with it where there is no other way. */
function openPast(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_DIRECT);
  } catch {
    return openSync(file, constants.O_RDONLY);
  }
}

/** Reads page after page, each by a read of its own, into memory at a block's boundary, as reading past the cache demands. */
function pagesOf(handle: number): (page: number) => Uint32Array {
  const { buffer } = new Memory({ initial: 1 });
  const block = new Uint8Array(buffer, 0, BLOCK_BYTES);
  return (page) => {
    const until = performance.now() + PAGE_MS_MIN;
    const at = PAGE_BYTES * page;
    const inBlock = at % BLOCK_BYTES;
    readSync(handle, block, 0, BLOCK_BYTES, at - inBlock);
    while (performance.now() < until); // a timer would be too coarse
    return new Uint32Array(buffer, inBlock, PAGE_WORDS);
  };
}

export const hostOffload: FillWith = ({ params, cache, key, between }) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-offload-'));
  const file = join(folder, 'pages');
  const drop = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  const out = openSync(file, 'w', 0o600);
  const block = new Uint32Array(BLOCK_BYTES / 4);
  for (let page = 0; page < params.pages; page++) {
    if (page % 16 === 0) between();
    writePage(block, (PAGE_WORDS * page) % block.length, params, cache, key, page);
    const isLast = page === params.pages - 1 || (PAGE_WORDS * (page + 1)) % block.length === 0;
    if (isLast) writeSync(out, block); // whole blocks: the last one is padded with what came before
  }
  closeSync(out);
  process.once('exit', drop);
  return (start, nonce) => {
    const handle = openPast(file);
    try {
      return commitVram(params, start, nonce, attentive(pagesOf(handle), between));
    } finally {
      closeSync(handle);
      drop();
      process.off('exit', drop);
    }
  };
};
