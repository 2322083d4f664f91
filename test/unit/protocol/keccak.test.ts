// Our keccak-256 against the general library, at every length around one and two blocks, whole and in parts.
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../../protocol/bytes.ts';
import { keccak } from '../../../protocol/hash.ts';

test('every length from 0 to 420 bytes', () => {
  for (let length = 0; length <= 420; length++) {
    const message = Uint8Array.from({ length }, (_, i) => 31 * i + 7 * length);
    expect(toHex(keccak(message))).toBe(toHex(keccak_256(message)));
  }
});

test('parts are hashed as if they were one', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 });
  fc.assert(
    fc.property(parts, (list) => {
      expect(toHex(keccak(...list))).toBe(toHex(keccak_256(Uint8Array.from(list.flatMap((part) => [...part])))));
    }),
  );
});

test('a result stays as it is when the next is computed', () => {
  const first = keccak(Uint8Array.of(1));
  const before = toHex(first);
  keccak(Uint8Array.of(2));
  expect(toHex(first)).toBe(before);
});

test('hex of any bytes and back; what is no hex is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
  );
  for (const text of ['', '0', '0x0', '1x00', '0x0g', '0x:0', '0xé0', '0x0é', '0x 0', '0X00', '0x\u01300']) {
    expect(() => fromHex(text)).toThrow('hex string');
  }
  expect(toHex(fromHex('0xAbCd'))).toBe('0xabcd');
});
