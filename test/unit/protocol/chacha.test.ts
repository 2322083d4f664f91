// The block function, and the reference that makes our vectors, against the RFC (20 rounds) and the published 8-round vectors;
// then one against the other on random states.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { chachaBlock, chachaKey } from '../../../protocol/chacha.ts';
import { block as referenceBlock } from '../../vectors/reference/chacha.ts';
import { u32s, vectors } from './support.ts';

type Vector = { name: string; rounds: number; key: Hex; counter: number; nonce: Hex; block: Hex };
const { blocks } = vectors<{ blocks: Vector[] }>('chacha.json');

const littleEndian = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

function block(key: Uint8Array, rounds: number, counter: number, nonce: Uint8Array): Hex {
  const out = new Uint32Array(16);
  chachaBlock(out, 0, chachaKey(key), rounds, counter, littleEndian(nonce, 0), littleEndian(nonce, 4), littleEndian(nonce, 8));
  return toHex(new Uint8Array(out.buffer));
}

describe('chachaBlock', () => {
  test.each(blocks)('gives the published block: $name, $rounds rounds', ({ key, rounds, counter, nonce, block: expected }) => {
    expect(block(fromHex(key, 32), rounds, counter, fromHex(nonce, 12))).toBe(expected);
  });

  test.each(blocks)('so does the reference: $name, $rounds rounds', ({ key, rounds, counter, nonce, block: expected }) => {
    const words = fromHex(nonce, 12);
    const tail = [counter, littleEndian(words, 0), littleEndian(words, 4), littleEndian(words, 8)] as const;
    expect(toHex(referenceBlock(Buffer.from(fromHex(key, 32)), rounds / 2, tail))).toBe(expected);
  });

  test('with 8 rounds it is the reference block for any key, counter and nonce', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), bytes(12), u32s, (key, nonce, counter) => {
        const tail = [counter, littleEndian(nonce, 0), littleEndian(nonce, 4), littleEndian(nonce, 8)] as const;
        expect(block(key, 8, counter, nonce)).toBe(toHex(referenceBlock(Buffer.from(key), 4, tail)));
      }),
    );
  });

  test('writes 16 words at the offset and nothing else', () => {
    const out = new Uint32Array(20).fill(7);
    chachaBlock(out, 2, chachaKey(new Uint8Array(32)), 8, 0, 0, 0, 0);
    expect([...out.subarray(0, 2), ...out.subarray(18)]).toEqual([7, 7, 7, 7]);
    expect(toHex(new Uint8Array(out.slice(2, 18).buffer))).toBe(blocks.find(({ name }) => name === 'TC1 block 0')?.block);
  });

  test('a key is read where it lies, also inside a larger buffer', () => {
    const padded = concat(Uint8Array.of(9, 9, 9), fromHex(blocks[0]?.key ?? '0x', 32));
    expect(chachaKey(padded.subarray(3))).toEqual(chachaKey(fromHex(blocks[0]?.key ?? '0x', 32)));
  });
});
