// Between the device's words and the protocol's bytes. Hashes and folds are big-endian words there and here; keys little-endian ones.
import { chachaKey } from '../../../protocol/chacha.ts';
import { concat, fromHex, type Hex } from '../../../protocol/bytes.ts';
import { tag } from '../../../protocol/hash.ts';
import { KEY_WORDS } from './shaders/common.ts';

const PREFIX_BYTES = 48;

/** Words as bytes, each word's highest byte first. */
export function bigEndian(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setUint32(4 * i, word);
  });
  return bytes;
}

/** One entry of a key buffer: the key for ChaCha. */
export function dataEntry(key: Uint32Array): Uint32Array<ArrayBuffer> {
  const entry = new Uint32Array(KEY_WORDS);
  entry.set(key);
  return entry;
}

/** One entry of a key buffer: the key as it is, and the beginning of a leaf's SHA-256 input, `T(name) ‖ key`, padded to whole words. */
export function leafEntry(name: 'assay/k1/leaf' | 'assay/k2/leaf', key: Hex): Uint32Array<ArrayBuffer> {
  const bytes = fromHex(key, 32);
  const entry = dataEntry(chachaKey(bytes));
  const prefix = new Uint8Array(PREFIX_BYTES);
  prefix.set(concat(tag(name), bytes));
  const view = new DataView(prefix.buffer);
  for (let word = 0; word < PREFIX_BYTES / 4; word++) entry[8 + word] = view.getUint32(4 * word);
  return entry;
}

/** Lists that kernels read: four words an entry. */
export function entries(list: readonly (readonly [number, number, number, number])[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4 * list.length);
  list.forEach((entry, i) => {
    words.set(entry, 4 * i);
  });
  return words;
}
