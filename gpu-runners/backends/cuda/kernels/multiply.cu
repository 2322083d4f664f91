// C = A·B on the tensor cores, tile by tile, and each leaf's fold (docs/protocol.md, section 9.3) straight from the accumulators: C is
// never written to memory. The fold's lane is the column mod 8 and goes over the columns in ascending order; a thread of `mma` holds
// columns 2t and 2t + 1 of every 8, so it folds what it holds, and only the eight lanes' states go from warp to warp.

constexpr u32 P1 = 0x9E3779B1u;
constexpr u32 P2 = 0x85EBCA77u;
/// Tiles of A that neighbouring blocks of threads share B's tiles over, while both are in the second-level cache.
constexpr u32 RASTER = 8;
/// Slabs after which floating-point sums go into integers: 512 products of at most 2^14 stay within 2^23, where every integer is exact.
constexpr u32 FLUSH_SLABS = 8;

DEVICE u32 foldStep(u32 state, u32 value) { return rotateLeft(state ^ (value * P2), 13) * P1; }

/// Which tile of A and which 256 columns a block of threads multiplies.
DEVICE void placeOf(u32 tiles, u32 blocks, u32& tile, u32& column) {
  u32 group = blockId() / (RASTER * blocks);
  u32 first = group * RASTER;
  u32 height = tiles - first < RASTER ? tiles - first : RASTER;
  u32 within = blockId() - first * blocks;
  tile = first + within % height;
  column = within / height;
}

/// Eight warps, two along the rows and four along the columns. ROWS: 128 (signed bytes) or 64 (bfloat16, which needs two sums).
template <u32 ROWS, bool HALF> struct Tile {
  static constexpr u32 BYTES_A = ROWS * SLAB;
  static constexpr u32 STAGE = BYTES_A + TILE_B * SLAB;
  static constexpr u32 MI = ROWS / 32; // 16-row pieces of a warp

  /// Starts the copy of one slab: 256 threads, 16 bytes each at a time.
  static DEVICE void load(u32 to, const u8* a, const u8* b, u32 tile, u32 column, u32 slab, u32 slabs) {
#pragma unroll
    for (u32 i = 0; i < ROWS / TILE_A; i++) {
      const u8* from = a + ((u64)(tile * (ROWS / TILE_A) + i) * slabs + slab) * (TILE_A * SLAB);
      for (u32 at = threadId() * 16; at < TILE_A * SLAB; at += 256 * 16) copy16(to + i * (TILE_A * SLAB) + at, from + at);
    }
    const u8* from = b + ((u64)column * slabs + slab) * (TILE_B * SLAB);
    for (u32 at = threadId() * 16; at < TILE_B * SLAB; at += 256 * 16) copy16(to + BYTES_A + at, from + at);
  }

  /// One slab: four steps of 32 bytes of depth.
  static DEVICE void step(u32 stage, int (&sum)[MI][8][4], float (&part)[MI][8][4], u32 down, u32 across, u32 lane) {
#pragma unroll
    for (u32 k = 0; k < 4; k++) {
      u32 b[4][4];
#pragma unroll
      for (u32 j = 0; j < 4; j++)
        loadMatrices(b[j], stage + BYTES_A + chunkAt(across * 64 + j * 16 + (lane & 7) + ((lane >> 4) << 3), 2 * k + ((lane >> 3) & 1)));
#pragma unroll
      for (u32 i = 0; i < MI; i++) {
        u32 a[4];
        loadMatrices(a, stage + chunkAt(down * (ROWS / 2) + i * 16 + (lane & 15), 2 * k + (lane >> 4)));
#pragma unroll
        for (u32 j = 0; j < 8; j++) {
          if (HALF) multiplyBf16(part[i][j], a, b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
          else multiplyInt8(sum[i][j], a, b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
        }
      }
    }
  }

  static DEVICE void flush(int (&sum)[MI][8][4], float (&part)[MI][8][4]) {
#pragma unroll
    for (u32 i = 0; i < MI; i++)
#pragma unroll
      for (u32 j = 0; j < 8; j++)
#pragma unroll
        for (u32 e = 0; e < 4; e++) {
          sum[i][j][e] += (int)part[i][j][e];
          part[i][j][e] = 0.0f;
        }
  }

  /// Eight lanes a row; the warps along the columns take turns, and the last one writes.
  static DEVICE void fold(int (&sum)[MI][8][4], u32* states, u32* folds, u32 down, u32 across, u32 lane, u32 live,
                          u32 rowWords) {
    for (u32 turn = 0; turn < 4; turn++) {
      if (across == turn) {
#pragma unroll
        for (u32 i = 0; i < MI; i++)
#pragma unroll
          for (u32 half = 0; half < 2; half++) {
            u32 row = down * (ROWS / 2) + i * 16 + half * 8 + lane / 4;
#pragma unroll
            for (u32 e = 0; e < 2; e++) {
              u32 place = lane % 4 * 2 + e;
              u32 state = turn == 0 ? P1 * (place + 1) : states[row * 8 + place];
#pragma unroll
              for (u32 j = 0; j < 8; j++) state = foldStep(state, (u32)sum[i][j][half * 2 + e]);
              if (turn < 3) states[row * 8 + place] = state;
              else if (row < live) folds[(u64)row * rowWords + place] = state;
            }
          }
      }
      synchronize();
    }
  }
};

/// `a`, `b`: images; `folds`: [row][columns / 256][8]; `tiles`: of ROWS rows each; `blocks`: columns / 256; `rows`: those that count.
template <u32 ROWS, bool HALF>
DEVICE void multiplyFold(const u8* a, const u8* b, u32* folds, u32 slabs, u32 tiles, u32 blocks, u32 rows, u8* shared) {
  typedef Tile<ROWS, HALF> T;
  u32 warp = threadId() / 32, lane = threadId() % 32;
  u32 down = warp / 4, across = warp % 4;
  u32 tile, column;
  placeOf(tiles, blocks, tile, column);
  u32 base = sharedAddress(shared);
  int sum[T::MI][8][4] = {};
  float part[T::MI][8][4] = {};
  for (u32 slab = 0; slab + 1 < ASSAY_STAGES; slab++) {
    if (slab < slabs) T::load(base + slab * T::STAGE, a, b, tile, column, slab, slabs);
    copyCommit(); // an empty group where there is none: the count of groups is what copyWait goes by
  }
  for (u32 slab = 0; slab < slabs; slab++) {
    copyWait<ASSAY_STAGES - 2>();
    synchronize(); // everybody's part of this slab is here, and everybody is done with the stage that is loaded next
    u32 next = slab + ASSAY_STAGES - 1;
    if (next < slabs) T::load(base + next % ASSAY_STAGES * T::STAGE, a, b, tile, column, next, slabs);
    copyCommit();
    T::step(base + slab % ASSAY_STAGES * T::STAGE, sum, part, down, across, lane);
    if (HALF && (slab + 1) % FLUSH_SLABS == 0) T::flush(sum, part);
  }
  if (HALF) T::flush(sum, part);
  copyWait<0>();
  synchronize(); // the stages become the folds' states
  u32 first = tile * ROWS;
  u32* to = folds + ((u64)first * blocks + column) * 8;
  T::fold(sum, (u32*)shared, to, down, across, lane, rows > first ? rows - first : 0, blocks * 8);
}

KERNEL(256) multiply8(const u8* a, const u8* b, u32* folds, u32 slabs, u32 tiles, u32 blocks, u32 rows) {
  DYNAMIC_SHARED(shared);
  multiplyFold<128, false>(a, b, folds, slabs, tiles, blocks, rows, shared);
}
KERNEL(256) multiply16(const u8* a, const u8* b, u32* folds, u32 slabs, u32 tiles, u32 blocks, u32 rows) {
  DYNAMIC_SHARED(shared);
  multiplyFold<64, true>(a, b, folds, slabs, tiles, blocks, rows, shared);
}

/// The 256 values of one leaf, for its opening: row `row` of the image, column block `column`; one thread a column.
template <bool HALF> DEVICE void leafValues(const u8* a, const u8* b, int* values, u32 slabs, u32 row, u32 column) {
  int sum = 0;
  for (u32 slab = 0; slab < slabs; slab++) {
    const u8* left = a + ((u64)(row / TILE_A) * slabs + slab) * (TILE_A * SLAB);
    const u8* right = b + ((u64)column * slabs + slab) * (TILE_B * SLAB);
    for (u32 chunk = 0; chunk < 8; chunk++) {
      const u32* x = (const u32*)(left + chunkAt(row % TILE_A, chunk));
      const u32* y = (const u32*)(right + chunkAt(threadId(), chunk));
      for (u32 w = 0; w < 4; w++) {
        if (HALF) sum += (int)bitsFloat(x[w] << 16) * (int)bitsFloat(y[w] << 16) + (int)bitsFloat(x[w] & 0xffff0000u) * (int)bitsFloat(y[w] & 0xffff0000u);
        else sum = dot4(x[w], y[w], sum);
      }
    }
  }
  values[threadId()] = sum;
}
SMALL_KERNEL(256) values8(const u8* a, const u8* b, int* values, u32 slabs, u32 row, u32 column) {
  leafValues<false>(a, b, values, slabs, row, column);
}
SMALL_KERNEL(256) values16(const u8* a, const u8* b, int* values, u32 slabs, u32 row, u32 column) {
  leafValues<true>(a, b, values, slabs, row, column);
}
