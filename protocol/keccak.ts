// Keccak-f[1600] and keccak-256 (FIPS 202's permutation with the padding that Ethereum uses), for many short messages: one state
// for all calls, two 32-bit words a lane, the round written out. Sealing an epoch is a million of these permutations; the general
// library takes more than twice as long. Held against that library for every length around the block size.

/** Bytes that one permutation takes in. */
const RATE = 136;

/** FIPS 202, section 3.2.5: low and high word of each round's constant. */
// prettier-ignore
const ROUND_CONSTANTS = Int32Array.of(
  0x1, 0x0, 0x8082, 0x0, 0x808a, 0x80000000, 0x80008000, 0x80000000, 0x808b, 0x0, 0x80000001, 0x0, 0x80008081, 0x80000000,
  0x8009, 0x80000000, 0x8a, 0x0, 0x88, 0x0, 0x80008009, 0x0, 0x8000000a, 0x0, 0x8000808b, 0x0, 0x8b, 0x80000000, 0x8089,
  0x80000000, 0x8003, 0x80000000, 0x8002, 0x80000000, 0x80, 0x80000000, 0x800a, 0x0, 0x8000000a, 0x80000000, 0x80008081,
  0x80000000, 0x8080, 0x80000000, 0x80000001, 0x0, 0x80008008, 0x80000000,
);

/** Theta gives c and d, rho and pi move the lanes from a to b, chi and iota bring them back. */
// prettier-ignore
function permute(s: Int32Array): void {
  for (let round = 0; round < 24; round++) {
    const c0 = (s[0] ?? 0) ^ (s[10] ?? 0) ^ (s[20] ?? 0) ^ (s[30] ?? 0) ^ (s[40] ?? 0);
    const c1 = (s[1] ?? 0) ^ (s[11] ?? 0) ^ (s[21] ?? 0) ^ (s[31] ?? 0) ^ (s[41] ?? 0);
    const c2 = (s[2] ?? 0) ^ (s[12] ?? 0) ^ (s[22] ?? 0) ^ (s[32] ?? 0) ^ (s[42] ?? 0);
    const c3 = (s[3] ?? 0) ^ (s[13] ?? 0) ^ (s[23] ?? 0) ^ (s[33] ?? 0) ^ (s[43] ?? 0);
    const c4 = (s[4] ?? 0) ^ (s[14] ?? 0) ^ (s[24] ?? 0) ^ (s[34] ?? 0) ^ (s[44] ?? 0);
    const c5 = (s[5] ?? 0) ^ (s[15] ?? 0) ^ (s[25] ?? 0) ^ (s[35] ?? 0) ^ (s[45] ?? 0);
    const c6 = (s[6] ?? 0) ^ (s[16] ?? 0) ^ (s[26] ?? 0) ^ (s[36] ?? 0) ^ (s[46] ?? 0);
    const c7 = (s[7] ?? 0) ^ (s[17] ?? 0) ^ (s[27] ?? 0) ^ (s[37] ?? 0) ^ (s[47] ?? 0);
    const c8 = (s[8] ?? 0) ^ (s[18] ?? 0) ^ (s[28] ?? 0) ^ (s[38] ?? 0) ^ (s[48] ?? 0);
    const c9 = (s[9] ?? 0) ^ (s[19] ?? 0) ^ (s[29] ?? 0) ^ (s[39] ?? 0) ^ (s[49] ?? 0);
    const d0 = c8 ^ ((c2 << 1) | (c3 >>> 31)), d1 = c9 ^ ((c3 << 1) | (c2 >>> 31)), d2 = c0 ^ ((c4 << 1) | (c5 >>> 31));
    const d3 = c1 ^ ((c5 << 1) | (c4 >>> 31)), d4 = c2 ^ ((c6 << 1) | (c7 >>> 31)), d5 = c3 ^ ((c7 << 1) | (c6 >>> 31));
    const d6 = c4 ^ ((c8 << 1) | (c9 >>> 31)), d7 = c5 ^ ((c9 << 1) | (c8 >>> 31)), d8 = c6 ^ ((c0 << 1) | (c1 >>> 31));
    const d9 = c7 ^ ((c1 << 1) | (c0 >>> 31));
    const b0 = (s[0] ?? 0) ^ d0, b1 = (s[1] ?? 0) ^ d1, t2 = (s[12] ?? 0) ^ d2, t3 = (s[13] ?? 0) ^ d3;
    const b2 = (t3 << 12) | (t2 >>> 20), b3 = (t2 << 12) | (t3 >>> 20), t4 = (s[24] ?? 0) ^ d4, t5 = (s[25] ?? 0) ^ d5;
    const b4 = (t5 << 11) | (t4 >>> 21), b5 = (t4 << 11) | (t5 >>> 21), t6 = (s[36] ?? 0) ^ d6, t7 = (s[37] ?? 0) ^ d7;
    const b6 = (t6 << 21) | (t7 >>> 11), b7 = (t7 << 21) | (t6 >>> 11), t8 = (s[48] ?? 0) ^ d8, t9 = (s[49] ?? 0) ^ d9;
    const b8 = (t8 << 14) | (t9 >>> 18), b9 = (t9 << 14) | (t8 >>> 18), t10 = (s[6] ?? 0) ^ d6, t11 = (s[7] ?? 0) ^ d7;
    const b10 = (t10 << 28) | (t11 >>> 4), b11 = (t11 << 28) | (t10 >>> 4), t12 = (s[18] ?? 0) ^ d8, t13 = (s[19] ?? 0) ^ d9;
    const b12 = (t12 << 20) | (t13 >>> 12), b13 = (t13 << 20) | (t12 >>> 12), t14 = (s[20] ?? 0) ^ d0, t15 = (s[21] ?? 0) ^ d1;
    const b14 = (t14 << 3) | (t15 >>> 29), b15 = (t15 << 3) | (t14 >>> 29), t16 = (s[32] ?? 0) ^ d2, t17 = (s[33] ?? 0) ^ d3;
    const b16 = (t17 << 13) | (t16 >>> 19), b17 = (t16 << 13) | (t17 >>> 19), t18 = (s[44] ?? 0) ^ d4, t19 = (s[45] ?? 0) ^ d5;
    const b18 = (t19 << 29) | (t18 >>> 3), b19 = (t18 << 29) | (t19 >>> 3), t20 = (s[2] ?? 0) ^ d2, t21 = (s[3] ?? 0) ^ d3;
    const b20 = (t20 << 1) | (t21 >>> 31), b21 = (t21 << 1) | (t20 >>> 31), t22 = (s[14] ?? 0) ^ d4, t23 = (s[15] ?? 0) ^ d5;
    const b22 = (t22 << 6) | (t23 >>> 26), b23 = (t23 << 6) | (t22 >>> 26), t24 = (s[26] ?? 0) ^ d6, t25 = (s[27] ?? 0) ^ d7;
    const b24 = (t24 << 25) | (t25 >>> 7), b25 = (t25 << 25) | (t24 >>> 7), t26 = (s[38] ?? 0) ^ d8, t27 = (s[39] ?? 0) ^ d9;
    const b26 = (t26 << 8) | (t27 >>> 24), b27 = (t27 << 8) | (t26 >>> 24), t28 = (s[40] ?? 0) ^ d0, t29 = (s[41] ?? 0) ^ d1;
    const b28 = (t28 << 18) | (t29 >>> 14), b29 = (t29 << 18) | (t28 >>> 14), t30 = (s[8] ?? 0) ^ d8, t31 = (s[9] ?? 0) ^ d9;
    const b30 = (t30 << 27) | (t31 >>> 5), b31 = (t31 << 27) | (t30 >>> 5), t32 = (s[10] ?? 0) ^ d0, t33 = (s[11] ?? 0) ^ d1;
    const b32 = (t33 << 4) | (t32 >>> 28), b33 = (t32 << 4) | (t33 >>> 28), t34 = (s[22] ?? 0) ^ d2, t35 = (s[23] ?? 0) ^ d3;
    const b34 = (t34 << 10) | (t35 >>> 22), b35 = (t35 << 10) | (t34 >>> 22), t36 = (s[34] ?? 0) ^ d4, t37 = (s[35] ?? 0) ^ d5;
    const b36 = (t36 << 15) | (t37 >>> 17), b37 = (t37 << 15) | (t36 >>> 17), t38 = (s[46] ?? 0) ^ d6, t39 = (s[47] ?? 0) ^ d7;
    const b38 = (t39 << 24) | (t38 >>> 8), b39 = (t38 << 24) | (t39 >>> 8), t40 = (s[4] ?? 0) ^ d4, t41 = (s[5] ?? 0) ^ d5;
    const b40 = (t41 << 30) | (t40 >>> 2), b41 = (t40 << 30) | (t41 >>> 2), t42 = (s[16] ?? 0) ^ d6, t43 = (s[17] ?? 0) ^ d7;
    const b42 = (t43 << 23) | (t42 >>> 9), b43 = (t42 << 23) | (t43 >>> 9), t44 = (s[28] ?? 0) ^ d8, t45 = (s[29] ?? 0) ^ d9;
    const b44 = (t45 << 7) | (t44 >>> 25), b45 = (t44 << 7) | (t45 >>> 25), t46 = (s[30] ?? 0) ^ d0, t47 = (s[31] ?? 0) ^ d1;
    const b46 = (t47 << 9) | (t46 >>> 23), b47 = (t46 << 9) | (t47 >>> 23), t48 = (s[42] ?? 0) ^ d2, t49 = (s[43] ?? 0) ^ d3;
    const b48 = (t48 << 2) | (t49 >>> 30), b49 = (t49 << 2) | (t48 >>> 30);
    s[0] = b0 ^ (~b2 & b4) ^ (ROUND_CONSTANTS[2 * round] ?? 0); s[1] = b1 ^ (~b3 & b5) ^ (ROUND_CONSTANTS[2 * round + 1] ?? 0);
    s[2] = b2 ^ (~b4 & b6); s[3] = b3 ^ (~b5 & b7); s[4] = b4 ^ (~b6 & b8); s[5] = b5 ^ (~b7 & b9); s[6] = b6 ^ (~b8 & b0);
    s[7] = b7 ^ (~b9 & b1); s[8] = b8 ^ (~b0 & b2); s[9] = b9 ^ (~b1 & b3); s[10] = b10 ^ (~b12 & b14);
    s[11] = b11 ^ (~b13 & b15); s[12] = b12 ^ (~b14 & b16); s[13] = b13 ^ (~b15 & b17); s[14] = b14 ^ (~b16 & b18);
    s[15] = b15 ^ (~b17 & b19); s[16] = b16 ^ (~b18 & b10); s[17] = b17 ^ (~b19 & b11); s[18] = b18 ^ (~b10 & b12);
    s[19] = b19 ^ (~b11 & b13); s[20] = b20 ^ (~b22 & b24); s[21] = b21 ^ (~b23 & b25); s[22] = b22 ^ (~b24 & b26);
    s[23] = b23 ^ (~b25 & b27); s[24] = b24 ^ (~b26 & b28); s[25] = b25 ^ (~b27 & b29); s[26] = b26 ^ (~b28 & b20);
    s[27] = b27 ^ (~b29 & b21); s[28] = b28 ^ (~b20 & b22); s[29] = b29 ^ (~b21 & b23); s[30] = b30 ^ (~b32 & b34);
    s[31] = b31 ^ (~b33 & b35); s[32] = b32 ^ (~b34 & b36); s[33] = b33 ^ (~b35 & b37); s[34] = b34 ^ (~b36 & b38);
    s[35] = b35 ^ (~b37 & b39); s[36] = b36 ^ (~b38 & b30); s[37] = b37 ^ (~b39 & b31); s[38] = b38 ^ (~b30 & b32);
    s[39] = b39 ^ (~b31 & b33); s[40] = b40 ^ (~b42 & b44); s[41] = b41 ^ (~b43 & b45); s[42] = b42 ^ (~b44 & b46);
    s[43] = b43 ^ (~b45 & b47); s[44] = b44 ^ (~b46 & b48); s[45] = b45 ^ (~b47 & b49); s[46] = b46 ^ (~b48 & b40);
    s[47] = b47 ^ (~b49 & b41); s[48] = b48 ^ (~b40 & b42); s[49] = b49 ^ (~b41 & b43);
  }
}

// Nothing else runs between two lines of a hash, so one state serves all. Little-endian, as in chacha.ts.
const words = new Int32Array(50);
const bytes = new Uint8Array(words.buffer);

/** keccak-256 of the parts, one after the other. */
export function keccak(...parts: readonly Uint8Array[]): Uint8Array {
  words.fill(0);
  let at = 0;
  for (const part of parts) {
    for (const byte of part) {
      bytes[at] = (bytes[at] ?? 0) ^ byte;
      if (++at < RATE) continue;
      permute(words);
      at = 0;
    }
  }
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
  bytes[RATE - 1] = (bytes[RATE - 1] ?? 0) ^ 0x80;
  permute(words);
  return bytes.slice(0, 32);
}
