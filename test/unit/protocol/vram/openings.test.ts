// Openings on the wire: one encoding each, refused in every other; their limits; what the bounds of the parameters allow.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../../protocol/bytes.ts';
import { checkVram, provenBytes } from '../../../../protocol/challenges/vram/check.ts';
import { expandCache } from '../../../../protocol/challenges/vram/data.ts';
import {
  decodeVramOpenings,
  encodeVramOpenings,
  openedFold,
  vramOpeningMessageLimit,
} from '../../../../protocol/challenges/vram/openings.ts';
import {
  checkVramParams,
  decodeVramParams,
  encodeVramParams,
  groupPages,
  groupsOf,
  type VramParams,
} from '../../../../protocol/challenges/vram/params.ts';
import { drawVramPositions } from '../../../../protocol/challenges/vram/positions.ts';
import { fillPages, openVram } from '../../../../protocol/challenges/vram/prove.ts';
import { ProtocolError } from '../../../../protocol/errors.ts';
import { commitmentMessageBytes, encodeCommitmentMessage, encodeOpeningMessage } from '../../../../protocol/messages.ts';
import { hexOf, word } from '../support.ts';
import { NODE, PATIENT, SEED, SMALL, job, params, shapes } from './support.ts';

describe('random shapes', PATIENT, () => {
  test('an honest job passes; its openings decode to themselves and stay below their limit', () => {
    fc.assert(
      fc.property(shapes, hexOf(32), (of, salt) => {
        const { answer, cache, proof } = job(of);
        const { statement, bytes } = answer(salt);
        expect(checkVram(statement, bytes, NODE, cache)).toBe('none');
        const decoded = decodeVramOpenings(bytes, of, statement.positions);
        expect(toHex(encodeVramOpenings(decoded))).toBe(toHex(bytes));
        expect(decoded.map(({ position }) => position)).toEqual(statement.positions);
        for (const opening of decoded) expect(openedFold(opening)).toHaveLength(8);
        const signature = `0x${'11'.repeat(64)}` as const;
        const ids = { challengeHash: word('hash'), commitment: proof.commitment, signature };
        const messages = [
          encodeOpeningMessage({ ...ids, openings: bytes }),
          encodeCommitmentMessage({ ...ids, nodeId: NODE, roots: proof.roots }),
        ];
        expect(messages[0]?.length).toBeLessThanOrEqual(vramOpeningMessageLimit(of));
        expect(messages[1]).toHaveLength(commitmentMessageBytes(of.passes));
      }),
      { numRuns: 25 },
    );
  });

  test('positions: as many in each pass, distinct within it, below the number of pages', () => {
    fc.assert(
      fc.property(shapes, hexOf(32), hexOf(32), (of, hash, commitment) => {
        const positions = drawVramPositions(SEED, hash, commitment, of);
        expect(positions).toHaveLength(of.openings);
        for (let pass = 0; pass < of.passes; pass++) {
          const leaves = positions.filter(({ round }) => round === pass).map(({ leaf }) => leaf);
          expect(new Set(leaves).size).toBe(of.openings / of.passes);
          expect(leaves.every((leaf) => leaf < of.pages)).toBe(true);
        }
        expect(positions.map(({ round }) => round)).toEqual(positions.map(({ round }) => round).toSorted((a, b) => a - b));
      }),
    );
  });

  test('parameters survive their encoding', () => {
    fc.assert(
      fc.property(shapes, (of) => {
        expect(decodeVramParams(encodeVramParams(of))).toEqual(of);
      }),
    );
  });
});

test('the limit is met exactly where every path is as long as the longest', () => {
  const full = params({ pages: 128, cacheRows: 256, parents: 1, passes: 2, openings: 4 });
  const { bytes } = job(full).answer('full');
  expect(130 + bytes.length).toBe(vramOpeningMessageLimit(full)); // 130 bytes come before the openings
});

describe('decoding', () => {
  const { answer, proof } = job(SMALL);
  const { statement, bytes } = answer('decoding');
  const { positions } = statement;

  test('refuses every shortening and every byte more', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeVramOpenings(bytes.subarray(0, length), SMALL, positions)).toThrow(ProtocolError);
    }
    expect(() => decodeVramOpenings(Uint8Array.of(...bytes, 0), SMALL, positions)).toThrow(ProtocolError);
    expect(decodeVramOpenings(bytes, SMALL, positions)).toHaveLength(SMALL.openings);
  });

  test('refuses other positions, another order, another number of them', () => {
    for (const other of [positions.toReversed(), positions.slice(1), [...positions, { round: 0, leaf: 0 }], []]) {
      expect(() => decodeVramOpenings(bytes, SMALL, other)).toThrow(ProtocolError);
    }
  });

  test('refuses a path of any other length than the one that fits its group', () => {
    const [first, ...rest] = decodeVramOpenings(bytes, SMALL, positions);
    if (first === undefined) throw new Error('no opening');
    for (const path of [first.path.slice(1), [...first.path, new Uint8Array(32)], []]) {
      const forged = encodeVramOpenings([{ ...first, path }, ...rest]);
      expect(() => decodeVramOpenings(forged, SMALL, positions)).toThrow('a path that does not fit its group');
    }
  });

  test('refuses positions that the job does not have, before it reads anything for them', () => {
    const outside = [
      { round: 0, leaf: SMALL.pages },
      { round: 0, leaf: 2 ** 32 - 1 },
      { round: SMALL.passes, leaf: 0 },
      { round: 0, leaf: -1 },
      { round: 0.5, leaf: 1 },
    ];
    for (const position of outside) {
      const message = Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, ...new Uint8Array(600));
      expect(() => decodeVramOpenings(message, SMALL, [position])).toThrow('a position that the job does not have');
      expect(() => proof.open([position])).toThrow('a position that the job does not have');
    }
    expect(() => openVram(SMALL, [], [{ round: 0, leaf: 0 }])).toThrow(ProtocolError);
  });
});

test('groups: 32 pages each, the rest in the last', () => {
  const sizes = (pages: number): number[] =>
    Array.from({ length: groupsOf({ pages }) }, (_, group) => groupPages({ pages }, group));
  expect([sizes(64), sizes(65), sizes(95)]).toEqual([
    [32, 32],
    [32, 32, 1],
    [32, 32, 31],
  ]);
});

describe('bounds', () => {
  const largest = params({ pages: 2 ** 28, cacheRows: 2 ** 20, parents: 256, passes: 256, openings: 1024 });
  const smallest = params({ pages: 64, cacheRows: 256, parents: 1, passes: 1, openings: 1 });

  test('the largest and the smallest are allowed', () => {
    for (const of of [largest, smallest, { ...smallest, openings: 63 }]) {
      expect(checkVramParams(of)).toBe(of);
      expect(decodeVramParams(encodeVramParams(of))).toEqual(of);
    }
  });

  test.each<[string, VramParams]>([
    ['too few pages', { ...smallest, pages: 63 }],
    ['too many pages', { ...largest, pages: 2 ** 28 + 1 }],
    ['a cache too small', { ...smallest, cacheRows: 128 }],
    ['a cache too large', { ...largest, cacheRows: 2 ** 21 }],
    ['a cache of no power of two', { ...smallest, cacheRows: 384 }],
    ['no parents', { ...smallest, parents: 0 }],
    ['too many parents', { ...smallest, parents: 257 }],
    ['no passes', { ...smallest, passes: 0 }],
    ['too many passes', { ...largest, passes: 257, openings: 771 }],
    ['no openings', { ...smallest, openings: 0 }],
    ['openings no multiple of the passes', { ...smallest, passes: 2, openings: 3 }],
    ['as many openings as pages', { ...smallest, openings: 64 }],
    ['a fraction', { ...smallest, pages: 64.5 }],
  ])('refused: %s', (_, of) => {
    expect(() => checkVramParams(of)).toThrow(ProtocolError);
    expect(() => encodeVramParams(of)).toThrow(ProtocolError);
    expect(() => fillPages(of, NODE)).toThrow(ProtocolError);
  });
});

test('what a pass proves of the memory: bytes, rounded down', () => {
  expect(provenBytes({ pages: 2 ** 28 }, 999_999)).toBe((2n ** 38n * 999_999n) / 1_000_000n);
  expect(provenBytes({ pages: 64 }, 1)).toBe(0n);
});

test('a cache of other parameters is the caller’s error, not the node’s', () => {
  const { answer } = job(SMALL);
  const { statement, bytes } = answer('cache');
  expect(() => checkVram(statement, bytes, NODE, expandCache({ ...SMALL, cacheRows: 512 }))).toThrow(ProtocolError);
});
