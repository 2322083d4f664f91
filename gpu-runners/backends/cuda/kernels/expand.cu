// The job's matrices from ChaCha8 (docs/protocol.md, section 9.2), laid out so that one slab of a tile is one contiguous piece that
// is copied to shared memory as it is.
//
// A slab is 128 bytes of depth: 128 signed bytes, or 64 of them as bfloat16. A tile of A is 64 rows, a tile of B 256 columns, which
// lie as rows of B transposed. Image: [tile][slab][row of the tile][128 bytes], and within each row the 16-byte chunk c lies at
// place c xor (row mod 8): the 128-byte swizzle of the tensor cores, with which eight rows' chunks hit eight different banks.

constexpr u32 SLAB = 128;
constexpr u32 TILE_A = 64;
constexpr u32 TILE_B = 256;
constexpr u32 MATRIX_A = 1;
constexpr u32 MATRIX_B = 2;

DEVICE u32 chunkAt(u32 row, u32 chunk) { return row * SLAB + ((chunk ^ (row & 7)) << 4); }

DEVICE void quarter(u32& a, u32& b, u32& c, u32& d) {
  a += b; d = rotateLeft(d ^ a, 16);
  c += d; b = rotateLeft(b ^ c, 12);
  a += b; d = rotateLeft(d ^ a, 8);
  c += d; b = rotateLeft(b ^ c, 7);
}

/// One block: 16 words. `key` holds the words of a hash, big-endian, and ChaCha reads its key little-endian.
DEVICE void chacha8(u32 (&x)[16], const u32* key, u32 block, u32 row, u32 matrix) {
  u32 k[8];
#pragma unroll
  for (int i = 0; i < 8; i++) k[i] = swapBytes(key[i]);
  x[0] = 0x61707865; x[1] = 0x3320646e; x[2] = 0x79622d32; x[3] = 0x6b206574;
#pragma unroll
  for (int i = 0; i < 8; i++) x[4 + i] = k[i];
  x[12] = block; x[13] = row; x[14] = matrix; x[15] = 0;
#pragma unroll
  for (int round = 0; round < 4; round++) {
    quarter(x[0], x[4], x[8], x[12]); quarter(x[1], x[5], x[9], x[13]);
    quarter(x[2], x[6], x[10], x[14]); quarter(x[3], x[7], x[11], x[15]);
    quarter(x[0], x[5], x[10], x[15]); quarter(x[1], x[6], x[11], x[12]);
    quarter(x[2], x[7], x[8], x[13]); quarter(x[3], x[4], x[9], x[14]);
  }
  x[0] += 0x61707865; x[1] += 0x3320646e; x[2] += 0x79622d32; x[3] += 0x6b206574;
#pragma unroll
  for (int i = 0; i < 8; i++) x[4 + i] += k[i];
  x[12] += block; x[13] += row; x[14] += matrix;
}

/// A signed byte as bfloat16: eight significant bits hold it exactly.
DEVICE u32 bf16Of(u32 byte) { return floatBits((float)(int)(signed char)byte) >> 16; }
DEVICE u32 bf16Pair(u32 bytes) { return bf16Of(bytes & 255) | (bf16Of((bytes >> 8) & 255) << 16); }

DEVICE void store16(u8* to, u32 x, u32 y, u32 z, u32 w) { *(Quad*)to = Quad{x, y, z, w}; }

/// One thread a block of 64 bytes, in the image's order; rows from `first` on, as many as the image has. Past the depth: zeros.
SMALL_KERNEL(256) expandA8(u8* image, const u32* key, u32 first, u32 slabs, u32 depth, u32 blocks) {
  u32 at = blockId() * 256 + threadId();
  if (at >= blocks) return;
  u32 row = (at >> 1) % TILE_A;
  u32 piece = (at >> 1) / TILE_A; // tile · slabs + slab
  u32 block = 2 * (piece % slabs) + (at & 1);
  u32 x[16] = {0};
  if (block * 64 < depth) chacha8(x, key, block, first + piece / slabs * TILE_A + row, MATRIX_A);
  u8* slab = image + (u64)piece * (TILE_A * SLAB);
#pragma unroll
  for (u32 q = 0; q < 4; q++)
    store16(slab + chunkAt(row, 4 * (at & 1) + q), x[4 * q], x[4 * q + 1], x[4 * q + 2], x[4 * q + 3]);
}

/// The same for bfloat16: a block fills a slab's whole row.
SMALL_KERNEL(256) expandA16(u8* image, const u32* key, u32 first, u32 slabs, u32 depth, u32 blocks) {
  u32 at = blockId() * 256 + threadId();
  if (at >= blocks) return;
  u32 row = at % TILE_A;
  u32 piece = at / TILE_A;
  u32 x[16] = {0};
  if (piece % slabs * 64 < depth) chacha8(x, key, piece % slabs, first + piece / slabs * TILE_A + row, MATRIX_A);
  u8* slab = image + (u64)piece * (TILE_A * SLAB);
#pragma unroll
  for (u32 q = 0; q < 8; q++) {
    u32 low = x[2 * q], high = x[2 * q + 1];
    store16(slab + chunkAt(row, q), bf16Pair(low), bf16Pair(low >> 16), bf16Pair(high), bf16Pair(high >> 16));
  }
}

/// B transposed: one block of 128 threads makes 64 columns of one slab, through shared memory. Launch: slabs · columns/64.
template <bool HALF> DEVICE void expandB(u8* image, const u32* key, u32 slabs, u32 depth, u8* bytes) {
  constexpr u32 PER_SLAB = HALF ? 64 : 128;
  constexpr u32 STRIDE = 132; // bytes of a column's depth, padded against bank conflicts
  u32 slab = blockId() % slabs;
  u32 group = blockId() / slabs;
  u32 deep = slab * PER_SLAB + threadId();
  if (threadId() < PER_SLAB) {
    u32 x[16] = {0};
    if (deep < depth) chacha8(x, key, group, deep, MATRIX_B);
#pragma unroll
    for (u32 column = 0; column < 64; column++) bytes[column * STRIDE + threadId()] = (u8)(x[column / 4] >> (8 * (column % 4)));
  }
  synchronize();
  u8* to = image + ((u64)(group / 4) * slabs + slab) * (TILE_B * SLAB);
  for (u32 i = threadId(); i < 64 * 8; i += 128) {
    u32 column = i / 8, chunk = i % 8;
    const u32* from = (const u32*)(bytes + column * STRIDE + chunk * (HALF ? 8 : 16));
    u8* place = to + chunkAt(group % 4 * 64 + column, chunk);
    if (HALF) store16(place, bf16Pair(from[0]), bf16Pair(from[0] >> 16), bf16Pair(from[1]), bf16Pair(from[1] >> 16));
    else store16(place, from[0], from[1], from[2], from[3]);
  }
}

SMALL_KERNEL(128) expandB8(u8* image, const u32* key, u32 slabs, u32 depth) {
  alignas(16) __shared__ u8 bytes[64 * 132];
  expandB<false>(image, key, slabs, depth, bytes);
}
SMALL_KERNEL(128) expandB16(u8* image, const u32* key, u32 slabs, u32 depth) {
  alignas(16) __shared__ u8 bytes[64 * 132];
  expandB<true>(image, key, slabs, depth, bytes);
}
