// Canonical bytes: fixed-width big-endian integers, hex, and a reader that refuses what does not fit.
// Everything that is hashed, signed or sent is put together with these few functions.
import { ProtocolError } from './errors.ts';

export type Hex = `0x${string}`;

/** Character codes of each byte's two hex digits. */
const DIGITS = Uint8Array.from({ length: 512 }, (_, i) => (i % 2 === 0 ? i >> 5 : (i >> 1) & 15).toString(16).charCodeAt(0));
/** A character's value as a hex digit. */
const NO_DIGIT = 16;
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return at < 0 ? NO_DIGIT : at;
});
const U64_MAX = (1n << 64n) - 1n;

/** 32 zero bytes: stands for "there is none". */
export const ZERO32: Hex = `0x${'00'.repeat(32)}`;

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function unsigned(value: number, bytes: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * bytes)) {
    throw new ProtocolError('out_of_range', `${String(value)} does not fit into ${String(bytes)} unsigned bytes`);
  }
  const out = new Uint8Array(bytes);
  for (let i = bytes - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256;
  return out;
}

export const u8 = (value: number): Uint8Array => unsigned(value, 1);
export const u16 = (value: number): Uint8Array => unsigned(value, 2);
export const u32 = (value: number): Uint8Array => unsigned(value, 4);

/** Big-endian 64-bit; numbers must be safe integers. */
export function u64(value: number | bigint): Uint8Array {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!whole || value < 0 || value > U64_MAX) {
    throw new ProtocolError('out_of_range', `${String(value)} does not fit into 64 unsigned bits`);
  }
  const wide = BigInt(value);
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, wide);
  return out;
}

/** Characters of one String.fromCharCode call: one flat string a hash, and no argument list that grows with the input. */
const HEX_BYTES_AT_ONCE = 64;

function hexOf(bytes: Uint8Array): string {
  const codes = new Array<number>(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const pair = 2 * (bytes[i] ?? 0);
    codes[2 * i] = DIGITS[pair] ?? 0;
    codes[2 * i + 1] = DIGITS[pair + 1] ?? 0;
  }
  return String.fromCharCode(...codes);
}

export function toHex(bytes: Uint8Array): Hex {
  let out = '';
  for (let at = 0; at < bytes.length; at += HEX_BYTES_AT_ONCE) out += hexOf(bytes.subarray(at, at + HEX_BYTES_AT_ONCE));
  return `0x${out}`;
}

/** Bytes of a 0x-prefixed hex string; with `length`, exactly that many. */
export function fromHex(hex: string, length?: number): Uint8Array {
  const even = hex.length >= 2 && hex.length % 2 === 0 && hex.startsWith('0x');
  const out = new Uint8Array(even ? (hex.length - 2) / 2 : 0);
  let seen = even ? 0 : NO_DIGIT;
  for (let i = 0; i < out.length; i++) {
    const high = VALUES[hex.charCodeAt(2 + 2 * i)] ?? NO_DIGIT;
    const low = VALUES[hex.charCodeAt(3 + 2 * i)] ?? NO_DIGIT;
    seen |= high | low;
    out[i] = (high << 4) | low;
  }
  if ((seen & NO_DIGIT) !== 0) throw new ProtocolError('bad_hex', 'not an even-length 0x hex string');
  if (length !== undefined && out.length !== length) {
    throw new ProtocolError('bad_length', `expected ${String(length)} bytes of hex, got ${String(out.length)}`);
  }
  return out;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => {
    const code = char.charCodeAt(0);
    if (code > 127) throw new ProtocolError('out_of_range', 'not an ASCII string');
    return code;
  });
}

/** Reads fixed-width fields in order; every read past the end, and every byte left over, is refused. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from)
      throw new ProtocolError('bad_length', `message ends after ${String(this.#bytes.length)} bytes`);
    this.#at = from + length;
    return from;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }
  /** A 64-bit integer; above 2^53 − 1 it is refused, no field of the protocol needs more. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProtocolError('out_of_range', 'a 64-bit field exceeds 2^53 - 1');
    return Number(value);
  }
  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }
  hex(length: number): Hex {
    return toHex(this.bytes(length));
  }
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new ProtocolError('bad_length', `${String(left)} bytes too many`);
  }
}
