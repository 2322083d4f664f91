// The seed chain: positions by the epoch's number, against the vectors that the registry's tests read too.
import fc from 'fast-check';
import { keccak256 } from 'viem';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../protocol/errors.ts';
import { SEED_GAP_MAX, seedFromBase, seedOf, seedTip, verifySeed } from '../../../protocol/seed.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { hexOf, vectors, word } from './support.ts';

type Golden = { secret: Hex; length: number; effective: number; tip: Hex; count: number; epochs: { epoch: number; seed: Hex }[] };
const { secret, length, effective, tip, count, epochs } = vectors<Golden>('seed.json');

describe('golden chain', () => {
  test('tip and seeds', () => {
    expect(epochs.length).toBe(count);
    expect(seedTip(secret, length)).toBe(tip);
    expect(epochs.map(({ epoch }) => seedOf(secret, length, effective, epoch))).toEqual(epochs.map(({ seed }) => seed));
  });

  test('each seed verifies against any earlier one whose gap is allowed, and against the tip', () => {
    const known = [{ epoch: effective - 1, seed: tip }, ...epochs];
    for (const base of known) {
      for (const { epoch, seed } of known) {
        const gap = epoch - base.epoch;
        expect(verifySeed(seed, epoch, base)).toBe(gap > 0 && gap <= SEED_GAP_MAX);
      }
    }
    const gaps = known.map(({ epoch }) => epoch - effective + 1);
    expect(gaps.some((gap) => gap <= SEED_GAP_MAX)).toBe(true);
    expect(gaps.some((gap) => gap > SEED_GAP_MAX)).toBe(true);
  });
});

describe('any chain', () => {
  const short = fc.integer({ min: 1, max: 40 });

  test('the first epoch’s seed hashes to the tip, the last one is the secret', () => {
    fc.assert(
      fc.property(hexOf(32), short, fc.nat(10_000), (own, size, from) => {
        expect(keccak256(seedOf(own, size, from, from))).toBe(seedTip(own, size));
        expect(seedOf(own, size, from, from + size - 1)).toBe(own);
      }),
    );
  });

  test('each seed is the preimage of the epoch before; a skipped epoch shifts nothing', () => {
    fc.assert(
      fc.property(hexOf(32), fc.nat(10_000), fc.array(fc.nat(29), { minLength: 2, maxLength: 6 }), (own, from, offsets) => {
        const revealed = [...new Set(offsets)]
          .sort((a, b) => a - b)
          .map((offset) => ({ epoch: from + offset, seed: seedOf(own, 30, from, from + offset) }));
        let base = { epoch: from - 1, seed: seedTip(own, 30) };
        for (const next of revealed) {
          expect(verifySeed(next.seed, next.epoch, base)).toBe(true);
          expect(verifySeed(next.seed, next.epoch + 1, base)).toBe(false);
          expect(verifySeed(next.seed, next.epoch - 1, base)).toBe(false);
          base = next;
        }
      }),
    );
  });

  test('before its first and after its last epoch there is no seed', () => {
    expect(() => seedOf(secret, 10, 100, 99)).toThrow(ProtocolError);
    expect(() => seedOf(secret, 10, 100, 110)).toThrow(ProtocolError);
    expect(seedOf(secret, 10, 100, 109)).toBe(secret);
  });

  test('a rotation’s tip is the base of the epoch before it takes effect', () => {
    const [next, from] = [word('next chain'), 7];
    const base = { epoch: from - 1, seed: seedTip(next, 12) };
    expect(verifySeed(seedOf(next, 12, from, from), from, base)).toBe(true);
    expect(verifySeed(seedOf(next, 12, from, from + 3), from + 3, base)).toBe(true);
    expect(verifySeed(seedOf(secret, length, effective, from), from, base)).toBe(false);
  });

  test('no gap, a gap back and a gap above the limit are refused', () => {
    const base = { epoch: 10, seed: seedTip(secret, 3) };
    expect(verifySeed(base.seed, 10, base)).toBe(false);
    expect(verifySeed(base.seed, 9, base)).toBe(false);
    const far = { epoch: 0, seed: seedTip(secret, SEED_GAP_MAX + 1) };
    expect(verifySeed(secret, SEED_GAP_MAX + 1, far)).toBe(false);
    expect(verifySeed(seedTip(secret, 1), SEED_GAP_MAX, far)).toBe(true);
  });

  test('from the registry’s last seed the same seed is found, without the chain’s first epoch', () => {
    fc.assert(
      fc.property(hexOf(32), fc.nat(10_000), fc.nat(29), fc.nat(29), (own, from, a, b) => {
        const [known, wanted] = [from - 1 + Math.min(a, b), from + Math.max(a, b)];
        const seed = known < from ? seedTip(own, 30) : seedOf(own, 30, from, known);
        expect(seedFromBase(own, 30, { epoch: known, seed }, wanted)).toBe(seedOf(own, 30, from, wanted));
      }),
    );
  });

  test('a base of another chain, no gap, or a gap past the chain’s end gives no seed', () => {
    const base = { epoch: 10, seed: seedTip(secret, 5) };
    expect(seedFromBase(secret, 5, base, 15)).toBe(secret);
    expect(seedFromBase(secret, 5, base, 16)).toBeNull();
    expect(seedFromBase(secret, 5, base, 10)).toBeNull();
    expect(seedFromBase(secret, 5, base, 9)).toBeNull();
    expect(seedFromBase(word('another'), 5, base, 12)).toBeNull();
    expect(seedFromBase(secret, 4, base, 12)).toBeNull();
  });
});
