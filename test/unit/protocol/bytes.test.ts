// Bytes, hex and the reader: what does not fit is refused with a ProtocolError, never cut or wrapped.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader, ascii, concat, equal, fromHex, toHex, u16, u32, u64, u8 } from '../../../protocol/bytes.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { tag } from '../../../protocol/hash.ts';
import { hexOf, safe, u32s } from './support.ts';

const bytes = fc.uint8Array({ maxLength: 80 });

describe('integers', () => {
  test('are big-endian and of fixed width', () => {
    expect([u8(255), u16(258), u32(4_294_967_294), u64(2 ** 40 + 7)].map(toHex)).toEqual([
      '0xff',
      '0x0102',
      '0xfffffffe',
      '0x0000010000000007',
    ]);
    expect(toHex(u64(2n ** 64n - 1n))).toBe('0xffffffffffffffff');
  });

  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(65_535), u32s, safe, (a, b, c, d) => {
        const reader = new Reader(concat(u8(a), u16(b), u32(c), u64(d)));
        expect([reader.u8(), reader.u16(), reader.u32(), reader.u64()]).toEqual([a, b, c, d]);
        reader.end();
      }),
    );
  });

  test.each([
    ['u8', () => u8(256)],
    ['u16', () => u16(65_536)],
    ['u32', () => u32(2 ** 32)],
    ['u32 of a negative', () => u32(-1)],
    ['u32 of a fraction', () => u32(1.5)],
    ['u32 of NaN', () => u32(Number.NaN)],
    ['u64 of a negative', () => u64(-1)],
    ['u64 of a fraction', () => u64(0.5)],
    ['u64 of NaN', () => u64(Number.NaN)],
    ['u64 of an unsafe number', () => u64(2 ** 53)],
    ['u64 of 2^64', () => u64(2n ** 64n)],
  ])('%s is refused', (_, write) => {
    expect(write).toThrow(ProtocolError);
  });
});

describe('hex', () => {
  test('goes both ways', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(fromHex(toHex(value), value.length)).toEqual(value);
        expect(fromHex(toHex(value).toUpperCase().replace('0X', '0x'))).toEqual(value);
      }),
    );
  });

  test.each(['', '0', '0x0', 'abcd', '0xgg', '0x 1', '0x12\n', '0X12', '0x1234567'])('%j is no hex', (text) => {
    expect(() => fromHex(text)).toThrow(ProtocolError);
  });

  test('a wrong length is refused', () => {
    fc.assert(
      fc.property(hexOf(32), fc.nat(64), (value, length) => {
        if (length !== 32) expect(() => fromHex(value, length)).toThrow(ProtocolError);
      }),
    );
  });
});

describe('Reader', () => {
  test('reads past the end never, whatever lies in the buffer behind', () => {
    const view = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9).subarray(2, 5);
    for (const read of [(r: Reader) => r.u32(), (r: Reader) => r.u64(), (r: Reader) => r.bytes(4), (r: Reader) => r.hex(4)]) {
      expect(() => read(new Reader(view))).toThrow(ProtocolError);
    }
    expect(new Reader(view).hex(3)).toBe('0x030405');
    expect(new Reader(view).u16()).toBe(0x0304);
  });

  test('refuses bytes that are left over, and integers above 2^53 − 1', () => {
    const reader = new Reader(Uint8Array.of(1, 2));
    reader.u8();
    expect(() => {
      reader.end();
    }).toThrow(ProtocolError);
    expect(new Reader(u64(2n ** 53n - 1n)).u64()).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => new Reader(u64(2n ** 53n)).u64()).toThrow(ProtocolError);
  });
});

describe('text and tags', () => {
  test('only ASCII is taken', () => {
    expect(toHex(ascii('Assay'))).toBe('0x4173736179');
    for (const text of ['é', '€', '😀']) expect(() => ascii(text)).toThrow(ProtocolError);
  });

  test('no tag is a prefix of another', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (a, b) => {
        const [one, two] = [a, b].map((text) => text.replace(/[^ -~]/g, '.'));
        if (one === undefined || two === undefined || one === two) return;
        const [a1, b1] = [tag(one), tag(two)];
        const length = Math.min(a1.length, b1.length);
        expect(equal(a1.subarray(0, length), b1.subarray(0, length))).toBe(false);
      }),
    );
    expect(toHex(tag('ab'))).toBe('0x026162');
  });

  test('equal compares contents and length', () => {
    fc.assert(fc.property(bytes, bytes, (a, b) => equal(a, b) === (toHex(a) === toHex(b))));
  });
});
