// What the tests of protocol/ share: the golden vectors, reproducible bytes, and a small policy.
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { Policy } from '../../../protocol/policy.ts';

/** A file of test/vectors/, parsed; its shape is the reader's word. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8')) as T;
}

/** Reproducible 32 bytes. */
export const bytes32 = (label: string): Uint8Array => Uint8Array.from(createHash('sha256').update(label).digest());
export const word = (label: string): Hex => toHex(bytes32(label));
export const address = (label: string): Hex => toHex(bytes32(label).subarray(0, 20));

/** Reproducible integers below `n` (mulberry32), for statistics whose bounds must hold on every run. */
export function seeded(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** A copy with one bit of byte `at` flipped. */
export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

export const hexOf = (length: number): fc.Arbitrary<Hex> => fc.uint8Array({ minLength: length, maxLength: length }).map(toHex);
export const u32s: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 32 - 1 });
export const safe: fc.Arbitrary<number> = fc.maxSafeNat();

export const domain: Domain = { chainId: 31_337, registry: '0x5fbdb2315678afecb367f032d93f642f64180aa3' };

/** The policy of the golden vector. */
export const policy: Policy = vectors<{ policy: Policy }>('policy.json').policy;
