// Keeps a share of its pages, chosen anew at each fill, and reads made-up words where the others should be: a card with less memory
// than its class, or one that sold the rest of it.
import { randomFillSync, randomInt } from 'node:crypto';
import { writePage } from '../../../protocol/challenges/vram/data.ts';
import { PAGE_WORDS } from '../../../protocol/challenges/vram/params.ts';
import { commitVram } from '../../../protocol/challenges/vram/prove.ts';
import { attentive, type FillWith } from '../../backends/cpu/provers.ts';

/** @param keeps how likely each page is kept, on its own; so k opened pages miss the fraud with probability keeps^k */
export function partialStorage(keeps: number): FillWith {
  return ({ params, cache, key, between }) => {
    const places = new Map<number, Uint32Array>();
    for (let page = 0; page < params.pages; page++) {
      if (page % 16 === 0) between();
      if (randomInt(1_000_000) >= keeps * 1_000_000) continue;
      const words = new Uint32Array(PAGE_WORDS);
      writePage(words, 0, params, cache, key, page);
      places.set(page, words);
    }
    const madeUp = randomFillSync(new Uint32Array(PAGE_WORDS));
    const source = attentive((page) => places.get(page) ?? madeUp, between);
    return (start, nonce) => commitVram(params, start, nonce, source);
  };
}
