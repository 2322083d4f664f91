// The memory's data and its passes (docs/protocol.md, sections 19.2 and 19.4). Bytes and words are the same thing here: the machine
// is little-endian, as ChaCha's output is.

constexpr u32 MATRIX_MIX = 4;
constexpr u32 MATRIX_CACHE = 5;
constexpr u32 SPREAD = 0x01000193u;

/// Row r of the epoch's cache: one thread a row.
SMALL_KERNEL(256) expandCache(u32* cache, const u32* key, u32 rows) {
  u32 row = blockId() * 256 + threadId();
  if (row >= rows) return;
  u32 x[16];
  chacha8(x, key, row, 0, MATRIX_CACHE);
#pragma unroll
  for (int q = 0; q < 4; q++) store16((u8*)(cache + (u64)row * 16 + q * 4), x[4 * q], x[4 * q + 1], x[4 * q + 2], x[4 * q + 3]);
}

/// Pages `first` … into `memory`, which begins at that page: one thread an item. `mask` is cacheRows − 1, `items` 16 a page.
SMALL_KERNEL(256) fillPages(u32* memory, const u32* cache, const u32* key, u32 first, u32 items, u32 mask, u32 parents) {
  u32 at = blockId() * 256 + threadId();
  if (at >= items) return;
  u32 item = first * 16 + at;
  u32 mix[16];
  chacha8(mix, key, item, 0, MATRIX_MIX);
  for (u32 from = 0; from < parents; from += 16) {
#pragma unroll
    for (u32 i = 0; i < 16; i++) {
      if (from + i < parents) {
        u32 row = (((item ^ (from + i)) * SPREAD) ^ mix[i]) & mask;
        const Quad* words = (const Quad*)(cache + (u64)row * 16);
#pragma unroll
        for (u32 q = 0; q < 4; q++) {
          Quad four = words[q];
          mix[4 * q] = rotateLeft(mix[4 * q] ^ four.x, 13) * P1;
          mix[4 * q + 1] = rotateLeft(mix[4 * q + 1] ^ four.y, 13) * P1;
          mix[4 * q + 2] = rotateLeft(mix[4 * q + 2] ^ four.z, 13) * P1;
          mix[4 * q + 3] = rotateLeft(mix[4 * q + 3] ^ four.w, 13) * P1;
        }
      }
    }
  }
#pragma unroll
  for (u32 q = 0; q < 4; q++)
    store16((u8*)(memory + (u64)at * 16 + q * 4), mix[4 * q], mix[4 * q + 1], mix[4 * q + 2], mix[4 * q + 3]);
}

/// Folds of pages `first` … (`memory` begins there), two words a page. Two threads share a page: 16 of every 32 bytes each, which is
/// four lanes each, and one of the fold's two words. Eight loads are under way before the first is used.
SMALL_KERNEL(256) foldPages(const u32* memory, const u32* key, u32* folds, u32 first, u32 pages) {
  u32 at = blockId() * 256 + threadId();
  u32 page = at / 2, half = at % 2;
  if (page >= pages) return;
  const Quad* from = (const Quad*)(memory + (u64)page * 256) + half;
  u32 shift = (first + page) * P1;
  u32 lane[4];
#pragma unroll
  for (u32 i = 0; i < 4; i++) lane[i] = swapBytes(key[half * 4 + i]) + shift;
#pragma unroll
  for (u32 step = 0; step < 32; step += 8) {
    Quad next[8];
#pragma unroll
    for (u32 i = 0; i < 8; i++) next[i] = from[(step + i) * 2];
#pragma unroll
    for (u32 i = 0; i < 8; i++) {
      lane[0] = foldStep(lane[0], next[i].x);
      lane[1] = foldStep(lane[1], next[i].y);
      lane[2] = foldStep(lane[2], next[i].z);
      lane[3] = foldStep(lane[3], next[i].w);
    }
  }
  u32 fold = half == 0 ? P1 : P2;
#pragma unroll
  for (u32 i = 0; i < 4; i++) fold = foldStep(fold, lane[i]);
  folds[(u64)page * 2 + half] = fold;
}
