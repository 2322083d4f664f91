// Numbers that look like chance and are the same each time: seeds of pages and measurements must not differ from run to run.
import { toHex, u32, type Hex } from '../../protocol/bytes.ts';
import { sha256, tag } from '../../protocol/hash.ts';

const bytes = (name: string, numbers: readonly number[]): Uint8Array => sha256(tag(name), ...numbers.map(u32));

export const hashOf = (name: string, ...numbers: number[]): Hex => toHex(bytes(name, numbers));
export const addressOf = (name: string, ...numbers: number[]): Hex => toHex(bytes(name, numbers).subarray(0, 20));

/** 0 ≤ x < 1, from a name and numbers: quick, for hundreds of thousands of rows (mulberry32). */
export function chance(...numbers: number[]): number {
  let state = 0x9e3779b9;
  for (const number of numbers) {
    state = Math.imul(state ^ (number + 0x6d2b79f5), 0x85ebca6b) >>> 0;
    state ^= state >>> 13;
  }
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

/** How many of `n` happen with chance `p`: near enough to a binomial for pictures. */
export function happens(n: number, p: number, ...numbers: number[]): number {
  let count = 0;
  for (let i = 0; i < n; i++) if (chance(...numbers, i) < p) count++;
  return count;
}
