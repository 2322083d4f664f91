// The same product and folds with Hopper's own instructions: one warpgroup has the copy engine bring slabs, two warpgroups multiply
// 64 rows by 256 columns each, whose 128 sums a thread are four rows' parts of whole leaves: each folds all its columns itself.
#ifdef ASSAY_HOPPER

constexpr u32 HOPPER_STAGE = (2 * TILE_A + TILE_B) * SLAB;

/// A matrix in shared memory, as an image has it: depth contiguous, 128-byte swizzle, groups of eight rows 1,024 bytes apart.
DEVICE u64 descriptorOf(u32 address) {
  return ((u64)(address & 0x3ffff) >> 4) | ((u64)1 << 16) | ((u64)(1024 >> 4) << 32) | ((u64)1 << 62);
}

DEVICE void bringSlabs(const u8* a, const u8* b, u32 base, u32 full, u32 empty, u32 slabs, u32 tile, u32 column) {
  for (u32 slab = 0; slab < slabs; slab++) {
    u32 stage = slab % ASSAY_STAGES, use = slab / ASSAY_STAGES;
    u32 to = base + stage * HOPPER_STAGE;
    barrierWait(empty + stage * 8, (use & 1) ^ 1); // the phase before a fresh barrier's first counts as over
    barrierExpect(full + stage * 8, HOPPER_STAGE);
    for (u32 i = 0; i < 2; i++)
      copyBulk(to + i * (TILE_A * SLAB), a + ((u64)(tile * 2 + i) * slabs + slab) * (TILE_A * SLAB), TILE_A * SLAB, full + stage * 8);
    copyBulk(to + 2 * TILE_A * SLAB, b + ((u64)column * slabs + slab) * (TILE_B * SLAB), TILE_B * SLAB, full + stage * 8);
  }
}

DEVICE void multiplySlabs(int (&sum)[128], u32 base, u32 full, u32 empty, u32 slabs, u32 half) {
  for (u32 slab = 0; slab < slabs; slab++) {
    u32 stage = slab % ASSAY_STAGES;
    barrierWait(full + stage * 8, slab / ASSAY_STAGES & 1);
    u64 left = descriptorOf(base + stage * HOPPER_STAGE + half * (TILE_A * SLAB));
    u64 right = descriptorOf(base + stage * HOPPER_STAGE + 2 * TILE_A * SLAB);
    groupFence();
#pragma unroll
    for (u32 k = 0; k < 4; k++) multiplyGroup(sum, left + 2 * k, right + 2 * k, slab + k > 0);
    groupCommit();
    groupWait<1>(sum); // the slab before is multiplied: its stage may be filled again
    if (slab > 0 && threadId() % 128 == 0) barrierArrive(empty + (slab - 1) % ASSAY_STAGES * 8);
  }
  groupWait<0>(sum);
}

KERNEL(384) multiplyHopper(const u8* a, const u8* b, u32* folds, u32 slabs, u32 tiles, u32 blocks, u32 rows) {
  DYNAMIC_SHARED(shared);
  u32 base = sharedAddress(shared);
  u32 full = base + ASSAY_STAGES * HOPPER_STAGE, empty = full + ASSAY_STAGES * 8;
  u32 tile, column;
  placeOf(tiles, blocks, tile, column);
  if (threadId() == 0) {
    for (u32 i = 0; i < ASSAY_STAGES; i++) {
      barrierInit(full + i * 8, 1);
      barrierInit(empty + i * 8, 2);
    }
    barrierPublish();
  }
  synchronize();
  if (threadId() < 128) {
    registersGive<40>();
    if (threadId() == 0) bringSlabs(a, b, base, full, empty, slabs, tile, column);
    return;
  }
  registersTake<232>();
  int sum[128];
#pragma unroll
  for (int i = 0; i < 128; i++) sum[i] = 0;
  u32 half = threadId() / 128 - 1, lane = threadId() % 32;
  multiplySlabs(sum, base, full, empty, slabs, half);
#pragma unroll
  for (u32 low = 0; low < 2; low++) {
    u32 row = tile * 128 + half * 64 + threadId() % 128 / 32 * 16 + low * 8 + lane / 4;
#pragma unroll
    for (u32 e = 0; e < 2; e++) {
      u32 state = P1 * (lane % 4 * 2 + e + 1);
#pragma unroll
      for (u32 j = 0; j < 32; j++) state = foldStep(state, (u32)sum[j * 4 + low * 2 + e]);
      if (row < rows) folds[((u64)row * blocks + column) * 8 + lane % 4 * 2 + e] = state;
    }
  }
}
#endif // ASSAY_HOPPER
