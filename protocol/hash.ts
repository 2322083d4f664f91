// The three hash functions of the protocol, and the tag that each non-EIP-712 hash begins with (docs/protocol.md, section 1).
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { ascii, concat, u8 } from './bytes.ts';

export { keccak } from './keccak.ts';

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return nobleSha256(parts.length === 1 && only !== undefined ? only : concat(...parts));
}

/** HMAC-SHA-256: the protocol's pseudo-random function. */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return nobleHmac(nobleSha256, key, concat(...parts));
}

/** `u8(length) ‖ ASCII(name)`: no tagged input is a prefix of another. */
export function tag(name: string): Uint8Array {
  return concat(u8(name.length), ascii(name));
}
