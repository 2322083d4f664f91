// A key's text: of one form, told from a mistyped one by its checksum, and stored as a hash of its secret only.
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  freshKeyText,
  KEY_PATTERN,
  keyText,
  parseKeyText,
  randomText,
  sameHash,
  secretHash,
} from '../../../workers/services/accounts/key-text.ts';

const random = (bytes: number): Uint8Array => randomBytes(bytes);
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Keys from all of chance's ends: `random` gives these bytes. */
const keys = fc
  .record({ id: fc.uint8Array({ minLength: 16, maxLength: 16 }), secret: fc.uint8Array({ minLength: 32, maxLength: 32 }) })
  .map(({ id, secret }) => freshKeyText((bytes) => (bytes === 32 ? secret : id)));

describe('a key', () => {
  it('has one form, and gives its parts back', () => {
    fc.assert(
      fc.property(keys, (parts) => {
        const text = keyText(parts);
        expect(text).toMatch(KEY_PATTERN);
        expect(text).toHaveLength(64);
        expect(parseKeyText(text)).toEqual(parts);
      }),
    );
  });

  it('ends with the CRC-32 of all before it, as Node computes it', () => {
    fc.assert(
      fc.property(keys, (parts) => {
        const text = keyText(parts);
        const said = Array.from(text.slice(-6)).reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0);
        expect(said).toBe(crc32(text.slice(0, -6)));
      }),
    );
  });

  it('is not one any more after any one slip: a wrong character, one too few, one too many, two changed places', () => {
    const slips = fc.record({ parts: keys, at: fc.nat({ max: 63 }), digit: fc.constantFrom(...Array.from(DIGITS)) });
    fc.assert(
      fc.property(slips, ({ parts, at, digit }) => {
        const text = keyText(parts);
        const [head, old, tail] = [text.slice(0, at), text[at] ?? '', text.slice(at + 1)];
        if (digit !== old) expect(parseKeyText(head + digit + tail)).toBeNull();
        expect(parseKeyText(head + tail)).toBeNull();
        expect(parseKeyText(head + digit + old + tail)).toBeNull();
        const next = tail[0] ?? old;
        if (next !== old) expect(parseKeyText(head + next + old + tail.slice(1))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('is nothing else, whatever is given', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => parseKeyText(text) === null));
    for (const text of ['', 'assay_', `${keyText(freshKeyText(random))}\n`, ` ${keyText(freshKeyText(random))}`]) {
      expect(parseKeyText(text)).toBeNull();
    }
  });

  it('holds all 256 bits of its secret: other bytes, another key', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [first, second] = [a, b].map((its) => freshKeyText((n) => (n === 32 ? its : new Uint8Array(n))).secret);
        expect(first === second).toBe(Buffer.from(a).equals(Buffer.from(b)));
      }),
    );
    const ends = [0x00, 0xff].map((byte) => freshKeyText((n) => new Uint8Array(n).fill(byte)).secret);
    expect(ends).toEqual(['0'.repeat(43), expect.stringMatching(/^[0-9A-Za-z]{43}$/)]);
    const highest = Array.from(ends[1] ?? '').reduce((sum, digit) => sum * 62n + BigInt(DIGITS.indexOf(digit)), 0n);
    expect(highest).toBe(2n ** 256n - 1n);
  });
});

describe('what is stored', () => {
  it('is the SHA-256 of the secret, and nothing of the key follows from it but that', () => {
    fc.assert(
      fc.property(keys, ({ secret }) => {
        expect(secretHash(secret)).toBe(`0x${createHash('sha256').update(secret).digest('hex')}`);
      }),
    );
  });

  it('is compared whole', () => {
    const hex = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const);
    fc.assert(
      fc.property(hex, hex, fc.nat({ max: 63 }), (a, b, at) => {
        expect(sameHash(a, a)).toBe(true);
        expect(sameHash(a, b)).toBe(a === b);
        const other = `${a.slice(0, 2 + at)}${a[2 + at] === '0' ? '1' : '0'}${a.slice(3 + at)}` as const;
        expect(sameHash(a, other as `0x${string}`)).toBe(false);
        expect(sameHash(a, a.slice(0, -1) as `0x${string}`)).toBe(false);
        expect(sameHash(a.slice(0, -1) as `0x${string}`, a)).toBe(false);
      }),
    );
  });
});

it('random texts use every digit about as often: no remainder shows', () => {
  const counts = new Map<string, number>();
  const total = 62 * 400;
  for (const digit of Array.from({ length: total / 16 }, () => randomText(random, 16)).join('')) {
    counts.set(digit, (counts.get(digit) ?? 0) + 1);
  }
  // Each is binomial with mean 400 and deviation 20; eight of them happen by chance to none of 62 in 10^13 runs.
  for (const digit of DIGITS) expect(Math.abs((counts.get(digit) ?? 0) - 400)).toBeLessThan(160);
});
