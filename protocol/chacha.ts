// The ChaCha block function (RFC 8439, section 2.3) with a chosen number of rounds: 8 for challenge data, 20 only in the
// tests that hold this code against the RFC's vectors. Counter mode: the last four state words are the caller's.

/** The eight key words of a 32-byte key, little-endian. */
export function chachaKey(key: Uint8Array): Uint32Array {
  const view = new DataView(key.buffer, key.byteOffset, 32);
  return Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i, true));
}

/**
 * Writes one 64-byte block as 16 words into `out` at `offset`. On a little-endian machine the bytes under `out` are the
 * block's bytes; all machines that run JavaScript engines today are.
 * @param key eight words of `chachaKey`; @param rounds even; @param w12,w13,w14,w15 the counter and nonce words
 */
// prettier-ignore
export function chachaBlock(
  out: Uint32Array, offset: number, key: Uint32Array, rounds: number, w12: number, w13: number, w14: number, w15: number,
): void {
  const k0 = key[0] ?? 0, k1 = key[1] ?? 0, k2 = key[2] ?? 0, k3 = key[3] ?? 0;
  const k4 = key[4] ?? 0, k5 = key[5] ?? 0, k6 = key[6] ?? 0, k7 = key[7] ?? 0;
  let a0 = 0x61707865, a1 = 0x3320646e, a2 = 0x79622d32, a3 = 0x6b206574;
  let b0 = k0 | 0, b1 = k1 | 0, b2 = k2 | 0, b3 = k3 | 0, c0 = k4 | 0, c1 = k5 | 0, c2 = k6 | 0, c3 = k7 | 0;
  let d0 = w12 | 0, d1 = w13 | 0, d2 = w14 | 0, d3 = w15 | 0;
  // Written out: a loop over an array of words is five times slower, and this is the hot path of every challenge.
  for (let i = 0; i < rounds; i += 2) {
    a0 = (a0 + b0) | 0; d0 ^= a0; d0 = (d0 << 16) | (d0 >>> 16); c0 = (c0 + d0) | 0; b0 ^= c0; b0 = (b0 << 12) | (b0 >>> 20);
    a0 = (a0 + b0) | 0; d0 ^= a0; d0 = (d0 << 8) | (d0 >>> 24); c0 = (c0 + d0) | 0; b0 ^= c0; b0 = (b0 << 7) | (b0 >>> 25);
    a1 = (a1 + b1) | 0; d1 ^= a1; d1 = (d1 << 16) | (d1 >>> 16); c1 = (c1 + d1) | 0; b1 ^= c1; b1 = (b1 << 12) | (b1 >>> 20);
    a1 = (a1 + b1) | 0; d1 ^= a1; d1 = (d1 << 8) | (d1 >>> 24); c1 = (c1 + d1) | 0; b1 ^= c1; b1 = (b1 << 7) | (b1 >>> 25);
    a2 = (a2 + b2) | 0; d2 ^= a2; d2 = (d2 << 16) | (d2 >>> 16); c2 = (c2 + d2) | 0; b2 ^= c2; b2 = (b2 << 12) | (b2 >>> 20);
    a2 = (a2 + b2) | 0; d2 ^= a2; d2 = (d2 << 8) | (d2 >>> 24); c2 = (c2 + d2) | 0; b2 ^= c2; b2 = (b2 << 7) | (b2 >>> 25);
    a3 = (a3 + b3) | 0; d3 ^= a3; d3 = (d3 << 16) | (d3 >>> 16); c3 = (c3 + d3) | 0; b3 ^= c3; b3 = (b3 << 12) | (b3 >>> 20);
    a3 = (a3 + b3) | 0; d3 ^= a3; d3 = (d3 << 8) | (d3 >>> 24); c3 = (c3 + d3) | 0; b3 ^= c3; b3 = (b3 << 7) | (b3 >>> 25);
    a0 = (a0 + b1) | 0; d3 ^= a0; d3 = (d3 << 16) | (d3 >>> 16); c2 = (c2 + d3) | 0; b1 ^= c2; b1 = (b1 << 12) | (b1 >>> 20);
    a0 = (a0 + b1) | 0; d3 ^= a0; d3 = (d3 << 8) | (d3 >>> 24); c2 = (c2 + d3) | 0; b1 ^= c2; b1 = (b1 << 7) | (b1 >>> 25);
    a1 = (a1 + b2) | 0; d0 ^= a1; d0 = (d0 << 16) | (d0 >>> 16); c3 = (c3 + d0) | 0; b2 ^= c3; b2 = (b2 << 12) | (b2 >>> 20);
    a1 = (a1 + b2) | 0; d0 ^= a1; d0 = (d0 << 8) | (d0 >>> 24); c3 = (c3 + d0) | 0; b2 ^= c3; b2 = (b2 << 7) | (b2 >>> 25);
    a2 = (a2 + b3) | 0; d1 ^= a2; d1 = (d1 << 16) | (d1 >>> 16); c0 = (c0 + d1) | 0; b3 ^= c0; b3 = (b3 << 12) | (b3 >>> 20);
    a2 = (a2 + b3) | 0; d1 ^= a2; d1 = (d1 << 8) | (d1 >>> 24); c0 = (c0 + d1) | 0; b3 ^= c0; b3 = (b3 << 7) | (b3 >>> 25);
    a3 = (a3 + b0) | 0; d2 ^= a3; d2 = (d2 << 16) | (d2 >>> 16); c1 = (c1 + d2) | 0; b0 ^= c1; b0 = (b0 << 12) | (b0 >>> 20);
    a3 = (a3 + b0) | 0; d2 ^= a3; d2 = (d2 << 8) | (d2 >>> 24); c1 = (c1 + d2) | 0; b0 ^= c1; b0 = (b0 << 7) | (b0 >>> 25);
  }
  out[offset] = a0 + 0x61707865; out[offset + 1] = a1 + 0x3320646e; out[offset + 2] = a2 + 0x79622d32; out[offset + 3] = a3 + 0x6b206574;
  out[offset + 4] = b0 + k0; out[offset + 5] = b1 + k1; out[offset + 6] = b2 + k2; out[offset + 7] = b3 + k3;
  out[offset + 8] = c0 + k4; out[offset + 9] = c1 + k5; out[offset + 10] = c2 + k6; out[offset + 11] = c3 + k7;
  out[offset + 12] = d0 + w12; out[offset + 13] = d1 + w13; out[offset + 14] = d2 + w14; out[offset + 15] = d3 + w15;
}
