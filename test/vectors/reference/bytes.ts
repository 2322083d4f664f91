// The second implementation's notation (docs/protocol.md, section 1), on Node's own Buffer and crypto. Nothing under
// test/vectors/reference/ imports protocol/: it follows the page, so that the page and the code can contradict each other.
import { createHash, createHmac } from 'node:crypto';

export type Hex = `0x${string}`;

export const cat = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
export const unhex = (hex: string): Buffer => Buffer.from(hex.slice(2), 'hex');
export const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;

/** An unsigned big-endian integer of so many bytes. */
export function uint(bytes: number, value: number | bigint): Buffer {
  return Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(2 * bytes, '0'),
    'hex',
  );
}

/** T(tag). */
export const T = (tag: string): Buffer => cat(uint(1, tag.length), Buffer.from(tag, 'ascii'));
export const SHA = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256')
    .update(cat(...parts))
    .digest();
export const HMAC = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
  createHmac('sha256', key)
    .update(cat(...parts))
    .digest();

/** Reproducible 32 bytes for a vector's free inputs. */
export const sample = (label: string): Buffer => SHA(Buffer.from(`assay vector ${label}`, 'ascii'));
