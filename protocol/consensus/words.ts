// ABI-encoded tuples of static values, written into one buffer that is used again for each leaf: a hundred thousand leaves would
// otherwise be millions of small arrays.
import { fromHex, type Hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { keccak } from '../hash.ts';

export type WordWriter = {
  /** An unsigned integer below 2⁵³ in word `at`. */
  uint(at: number, value: number): void;
  /** An unsigned integer below 2²⁵⁶. */
  wide(at: number, value: bigint): void;
  address(at: number, value: Hex): void;
  bytes32(at: number, value: Hex): void;
  /** The standard tree's leaf hash of all words: keccak(keccak(words)). */
  hash(): Uint8Array;
};

const WORD_MAX = (1n << 256n) - 1n;

/** A tuple of `count` words, zero at first; each word must always be written by the same method. */
export function wordWriter(count: number): WordWriter {
  const bytes = new Uint8Array(32 * count);
  const view = new DataView(bytes.buffer);
  return {
    uint(at, value) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new ProtocolError('out_of_range', `${String(value)} is not an unsigned integer below 2^53`);
      }
      view.setUint32(32 * at + 24, Math.floor(value / 2 ** 32));
      view.setUint32(32 * at + 28, value % 2 ** 32);
    },
    wide(at, value) {
      if (value < 0n || value > WORD_MAX) throw new ProtocolError('out_of_range', `${String(value)} does not fit into a word`);
      for (let i = 0; i < 4; i++) view.setBigUint64(32 * at + 24 - 8 * i, BigInt.asUintN(64, value >> BigInt(64 * i)));
    },
    address(at, value) {
      bytes.set(fromHex(value, 20), 32 * at + 12);
    },
    bytes32(at, value) {
      bytes.set(fromHex(value, 32), 32 * at);
    },
    hash: () => keccak(keccak(bytes)),
  };
}
