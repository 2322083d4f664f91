// Stores a share of its pages, or nothing, and computes the others when a pass reads them: right to the last bit, and as slow as making a
// page is slower than reading it. Only time can tell.
import { writePage } from '../../../protocol/challenges/vram/data.ts';
import { PAGE_WORDS } from '../../../protocol/challenges/vram/params.ts';
import { commitVram } from '../../../protocol/challenges/vram/prove.ts';
import { attentive, storePages, type FillWith } from '../../backends/cpu/provers.ts';

/** @param stores the share that is stored: the first pages */
export function regenerates(stores: number): FillWith {
  return (job) => {
    const { params, cache, key, between } = job;
    const stored = Math.floor(stores * params.pages);
    const held = storePages({ ...job, params: { ...params, pages: stored } });
    const made = new Uint32Array(PAGE_WORDS);
    const source = attentive((page) => {
      if (page < stored) return held.subarray(PAGE_WORDS * page, PAGE_WORDS * (page + 1));
      writePage(made, 0, params, cache, key, page);
      return made;
    }, between);
    return (start, nonce) => commitVram(params, start, nonce, source);
  };
}
