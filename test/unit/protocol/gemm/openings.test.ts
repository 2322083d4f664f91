// Parameters, positions and the openings' one encoding.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex, u16, u32, u8 } from '../../../../protocol/bytes.ts';
import {
  decodeOpenings,
  encodeOpenings,
  openingMessageLimit,
  type Opening,
} from '../../../../protocol/challenges/gemm/openings.ts';
import {
  checkGemmParams,
  decodeGemmParams,
  encodeGemmParams,
  leavesPerRound,
} from '../../../../protocol/challenges/gemm/params.ts';
import { drawPositions } from '../../../../protocol/challenges/gemm/positions.ts';
import { ProtocolError } from '../../../../protocol/errors.ts';
import { commitmentMessageBytes } from '../../../../protocol/messages.ts';
import { rfc6962PathLength } from '../../../../protocol/trees/rfc6962.ts';
import { bytes32, flipped, hexOf, word } from '../support.ts';
import { NONCE, PATIENT, SEED, SMALL, job, params, shapes } from './support.ts';

const POSITIONS = [
  { round: 0, leaf: 17 },
  { round: 1, leaf: 0 },
];
const filled = (value: number): Int32Array => new Int32Array(256).fill(1).with(200, value);
function opening(position: (typeof POSITIONS)[number], values: Int32Array): Opening {
  const length = rfc6962PathLength(position.leaf, leavesPerRound(SMALL));
  return { position, values, path: Array.from({ length }, (_, i) => bytes32(`step ${String(i)}`)) };
}
const both = (values: Int32Array): Opening[] => POSITIONS.map((position) => opening(position, values));

describe('openings', PATIENT, () => {
  test.each([
    [2 ** 23 - 1, 3],
    [-(2 ** 23), 3],
    [2 ** 23, 4],
    [-(2 ** 23) - 1, 4],
    [2 ** 31 - 1, 4],
    [-(2 ** 31), 4],
    [0, 3],
    [-1, 3],
  ])('one value of %i makes all 256 take %i bytes, and comes back', (value, width) => {
    const openings = both(filled(value));
    const bytes = encodeOpenings(openings);
    const steps = openings.reduce((sum, { path }) => sum + path.length, 0);
    expect(bytes.length).toBe(2 + 2 * (8 + 256 * width) + 32 * steps);
    expect(bytes[8]).toBe(width);
    expect(decodeOpenings(bytes, SMALL, POSITIONS)).toEqual(openings);
  });

  test('any values come back', () => {
    const values = fc.array(fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 })), {
      minLength: 256,
      maxLength: 256,
    });
    fc.assert(
      fc.property(values, (list) => {
        const openings = both(Int32Array.from(list));
        expect(decodeOpenings(encodeOpenings(openings), SMALL, POSITIONS)).toEqual(openings);
      }),
    );
  });

  test('narrow values in four bytes, and widths of 0, 2 and 5, are refused', () => {
    const [first, second] = both(filled(5));
    if (first === undefined || second === undefined) throw new Error('two openings');
    const head = concat(u16(2), u16(0), u32(17));
    const tail = concat(u8(first.path.length), ...first.path, encodeOpenings([second]).subarray(2));
    const body = (width: number, each: (value: number) => Uint8Array): Uint8Array =>
      concat(head, u8(width), ...Array.from(first.values, each), tail);
    const three = (value: number): Uint8Array => u32(value).subarray(1);
    expect(decodeOpenings(body(3, three), SMALL, POSITIONS)).toHaveLength(2);
    const others = [body(4, u32), body(2, u16), body(0, () => new Uint8Array()), body(5, (value) => concat(u8(0), u32(value)))];
    for (const bytes of others) expect(() => decodeOpenings(bytes, SMALL, POSITIONS)).toThrow(ProtocolError);
  });

  test('every truncation, a byte more, and another draw are refused', () => {
    const bytes = encodeOpenings(both(filled(7)));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeOpenings(bytes.subarray(0, length), SMALL, POSITIONS)).toThrow(ProtocolError);
    }
    expect(() => decodeOpenings(concat(bytes, u8(0)), SMALL, POSITIONS)).toThrow(ProtocolError);
    const [a, b] = POSITIONS;
    if (a === undefined || b === undefined) throw new Error('two positions');
    for (const draw of [[b, a], [a], [a, a], [a, b, b], [], [{ ...a, round: 1 }, b], [a, { ...b, leaf: 1 }]]) {
      expect(() => decodeOpenings(bytes, SMALL, draw)).toThrow(ProtocolError);
    }
  });

  test('a path of any but the one right length is refused', () => {
    for (const by of [-1, 1]) {
      const openings = both(filled(7)).map((entry) => ({
        ...entry,
        path: by < 0 ? entry.path.slice(1) : [...entry.path, bytes32('more')],
      }));
      expect(() => decodeOpenings(encodeOpenings(openings), SMALL, POSITIONS)).toThrow(ProtocolError);
    }
  });

  test('one encoding: whatever decodes, encodes to the same bytes again', () => {
    const bytes = encodeOpenings(both(filled(2 ** 23)));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const changed = flipped(bytes, at, 1 << bit);
        let again: Uint8Array | null = null;
        try {
          again = encodeOpenings(decodeOpenings(changed, SMALL, POSITIONS));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
        if (again !== null) expect(again).toEqual(changed);
      }),
      { numRuns: 2000 },
    );
  });

  test('the read limits hold the largest messages, and not much more', () => {
    fc.assert(
      fc.property(shapes, (of) => {
        const leaves = leavesPerRound(of);
        const widest = Array.from({ length: of.openings + 1 }, () => {
          const path = Array.from({ length: rfc6962PathLength(0, leaves) }, () => bytes32('step'));
          return { position: { round: 0, leaf: 0 }, values: new Int32Array(256).fill(2 ** 30), path };
        });
        expect(openingMessageLimit(of)).toBe(2 + 32 + 32 + 64 + encodeOpenings(widest).length);
        expect(commitmentMessageBytes(of.rounds)).toBe(2 + 32 + 32 + 32 + 64 + 2 + 32 * of.rounds);
      }),
      { numRuns: 30 },
    );
  });
});

describe('positions', PATIENT, () => {
  const draw = fc.tuple(hexOf(32), hexOf(32), hexOf(32), shapes);

  test('k/R distinct leaves in each round, then one more that is none of its round’s', () => {
    fc.assert(
      fc.property(draw, ([seed, challengeHash, commitment, of]) => {
        const positions = drawPositions(seed, challengeHash, commitment, of);
        expect(positions.length).toBe(of.openings + 1);
        const rounds = positions.slice(0, -1).map(({ round }) => round);
        expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
        for (let t = 0; t < of.rounds; t++) expect(rounds.filter((round) => round === t).length).toBe(of.openings / of.rounds);
        expect(new Set(positions.map(({ round, leaf }) => `${String(round)}/${String(leaf)}`)).size).toBe(positions.length);
        expect(positions.every(({ round, leaf }) => round < of.rounds && leaf >= 0 && leaf < leavesPerRound(of))).toBe(true);
      }),
    );
  });

  test('all leaves but one can be drawn, and then the last is the secretless one', () => {
    const of = params({ rows: 7, columns: 256, depth: 64, rounds: 1, openings: 6 });
    const leaves = drawPositions(SEED, NONCE, word('commitment'), of).map(({ leaf }) => leaf);
    expect(leaves.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('another seed, challenge or commitment draws anew; every leaf comes equally often', () => {
    const of = params({ rows: 20, columns: 256, depth: 64, rounds: 2, openings: 4 });
    const counts = new Array<number>(20).fill(0);
    const draws = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const inputs = [SEED, NONCE, word('commitment')].map((input, at) => (i % 3 === at ? word(`${input} ${String(i)}`) : input));
      const positions = drawPositions(inputs[0] ?? '0x', inputs[1] ?? '0x', inputs[2] ?? '0x', of);
      draws.add(JSON.stringify(positions));
      for (const { leaf } of positions) counts[leaf] = (counts[leaf] ?? 0) + 1;
    }
    expect(draws.size).toBeGreaterThan(1990);
    const chi = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(chi).toBeLessThan(52); // 19 degrees of freedom, fixed inputs
  });
});

describe('parameters', () => {
  test('encode and decode', () => {
    fc.assert(
      fc.property(shapes, (of) => {
        const bytes = encodeGemmParams(of);
        expect(decodeGemmParams(bytes)).toEqual(of);
        for (let length = 0; length < bytes.length; length++)
          expect(() => decodeGemmParams(bytes.subarray(0, length))).toThrow(ProtocolError);
        expect(() => decodeGemmParams(concat(bytes, u8(0)))).toThrow(ProtocolError);
        for (let at = 0; at < 16; at++) expect(() => decodeGemmParams(flipped(bytes, at))).toThrow(ProtocolError);
      }),
      { numRuns: 30 },
    );
  });

  const base = { rows: 1000, columns: 4096, depth: 16_384, rounds: 16, openings: 64 };
  test.each([
    ['as deployed', {}],
    ['the smallest', { rows: 2, columns: 256, depth: 64, rounds: 1, openings: 1 }],
    ['the largest matrix', { rows: 2 ** 24 - 1, columns: 65_536, rounds: 256, openings: 1024 }],
  ])('allowed: %s', (_, change) => {
    expect(checkGemmParams(params({ ...base, ...change }))).toMatchObject(change);
  });

  test.each([
    ['no rows', { rows: 0 }],
    ['too many rows', { rows: 2 ** 24 + 1, columns: 256 }],
    ['2^32 leaves', { rows: 2 ** 24, columns: 65_536 }],
    ['columns no multiple of 256', { columns: 4097 }],
    ['no columns', { columns: 0 }],
    ['too many columns', { columns: 65_792 }],
    ['depth no multiple of 64', { depth: 100 }],
    ['no depth', { depth: 0 }],
    ['too deep: sums would leave 2^28', { depth: 16_448 }],
    ['no rounds', { rounds: 0 }],
    ['257 rounds', { rounds: 257, openings: 257 }],
    ['no openings', { openings: 0 }],
    ['openings no multiple of the rounds', { openings: 65 }],
    ['too many openings', { openings: 1040 }],
    ['as many openings as leaves', { rows: 4, columns: 256, rounds: 16, openings: 64 }],
    ['a fraction', { rows: 1.5 }],
  ])('refused: %s', (_, change) => {
    expect(() => checkGemmParams(params({ ...base, ...change }))).toThrow(ProtocolError);
    expect(() => encodeGemmParams(params({ ...base, ...change }))).toThrow(ProtocolError);
  });

  test('a prover opens no position that the job does not have', () => {
    const { proof } = job(SMALL);
    for (const position of [
      { round: 2, leaf: 0 },
      { round: 0, leaf: 18 },
      { round: -1, leaf: 0 },
      { round: 0, leaf: -1 },
    ]) {
      expect(() => proof.open([position])).toThrow(ProtocolError);
    }
    expect(toHex(proof.open([]))).toBe('0x0000');
  });
});
