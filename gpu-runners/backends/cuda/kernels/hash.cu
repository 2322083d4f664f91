// SHA-256, leaf digests, RFC 6962 trees and the key of the next round or pass. A hash in memory is eight words, each the number that
// its four bytes are in big-endian order.
//
// Trees: 256 neighbouring leaves become one node of level 8 here, and only nodes from level 8 on are kept; what an opening needs
// below is made anew. An odd node at the end of a level moves up unchanged, and no pair crosses a multiple of 256, so the parts of
// a tree are trees.

constexpr u32 SUBTREE = 256;

__constant__ u32 SHA_ROUNDS[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

DEVICE void shaStart(u32 (&h)[8]) {
  h[0] = 0x6a09e667; h[1] = 0xbb67ae85; h[2] = 0x3c6ef372; h[3] = 0xa54ff53a;
  h[4] = 0x510e527f; h[5] = 0x9b05688c; h[6] = 0x1f83d9ab; h[7] = 0x5be0cd19;
}

/// One block of 16 words, which is used up.
DEVICE void shaBlock(u32 (&h)[8], u32 (&w)[16]) {
  u32 s[8];
#pragma unroll
  for (int i = 0; i < 8; i++) s[i] = h[i];
#pragma unroll 1
  for (int from = 0; from < 64; from += 16) {
#pragma unroll
    for (int i = 0; i < 16; i++) {
      if (from > 0) {
        u32 x = w[(i + 1) & 15], y = w[(i + 14) & 15];
        w[i] += (rotateLeft(x, 25) ^ rotateLeft(x, 14) ^ (x >> 3)) + w[(i + 9) & 15] + (rotateLeft(y, 15) ^ rotateLeft(y, 13) ^ (y >> 10));
      }
      u32 e = s[4], a = s[0];
      u32 first = s[7] + (rotateLeft(e, 26) ^ rotateLeft(e, 21) ^ rotateLeft(e, 7)) + ((e & s[5]) ^ (~e & s[6])) + SHA_ROUNDS[from + i] + w[i];
      u32 second = (rotateLeft(a, 30) ^ rotateLeft(a, 19) ^ rotateLeft(a, 10)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
      s[7] = s[6]; s[6] = s[5]; s[5] = e; s[4] = s[3] + first;
      s[3] = s[2]; s[2] = s[1]; s[1] = a; s[0] = first + second;
    }
  }
#pragma unroll
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

/// Words of a message that begins with a tag of 14 bytes, `0d "assay/k1/leaf"` or `0d "assay/k2/leaf"`: all that follows is shifted by half a word.
constexpr u32 TAG_0 = 0x0d617373, TAG_1 = 0x61792f6b, TAG_2_K1 = 0x312f6c65, TAG_2_K2 = 0x322f6c65, TAG_HALF = 0x6166;
DEVICE u32 shifted(u32 before, u32 word) { return (before << 16) | (word >> 16); }

/// SHA(00 ‖ digest), digest the first 16 bytes of h; h becomes the leaf's node.
DEVICE void leafNode(u32 (&h)[8]) {
  u32 w[16] = {h[0] >> 8, (h[0] << 24) | (h[1] >> 8), (h[1] << 24) | (h[2] >> 8), (h[2] << 24) | (h[3] >> 8), (h[3] << 24) | 0x800000};
  w[15] = 17 * 8;
  shaStart(h);
  shaBlock(h, w);
}

/// SHA(01 ‖ left ‖ right) of nodes that lie `stride` words from word to word.
DEVICE void innerNode(u32 (&h)[8], const u32* left, const u32* right, u32 stride) {
  u32 w[16];
  u32 before = 1;
#pragma unroll
  for (int i = 0; i < 16; i++) {
    u32 word = i < 8 ? left[i * stride] : right[(i - 8) * stride];
    w[i] = (before << 24) | (word >> 8);
    before = word;
  }
  shaStart(h);
  shaBlock(h, w);
  u32 rest[16] = {(before << 24) | 0x800000};
  rest[15] = 65 * 8;
  shaBlock(h, rest);
}

/// The node over one block of threads' leaves; `level` holds words of 256 nodes, word by word. `left` leaves are there.
DEVICE void subtree(u32 (&h)[8], u32* level, u32 left, u32* node) {
  if (threadId() < left)
#pragma unroll
    for (int i = 0; i < 8; i++) level[i * SUBTREE + threadId()] = h[i];
  synchronize();
  for (u32 count = left; count > 1; count = (count + 1) / 2) {
    u32 at = 2 * threadId();
    bool live = at < count;
    if (live && at + 1 < count) innerNode(h, level + at, level + at + 1, SUBTREE);
    else if (live)
#pragma unroll
      for (int i = 0; i < 8; i++) h[i] = level[i * SUBTREE + at];
    synchronize();
    if (live)
#pragma unroll
      for (int i = 0; i < 8; i++) level[i * SUBTREE + threadId()] = h[i];
    synchronize();
  }
  if (threadId() < 8) node[threadId()] = level[threadId() * SUBTREE];
}

DEVICE void storeDigest(u32* digests, u32 at, u32 (&h)[8]) {
  if (digests != 0) *(Quad*)(digests + (u64)at * 4) = Quad{h[0], h[1], h[2], h[3]};
}

/// Leaves `first` … of a round: folds → digests (unless null: 16 bytes each) → nodes of level 8, one a block of 256 threads.
SMALL_KERNEL(256) leafNodes(const u32* folds, const u32* key, u32* digests, u32* nodes, u32 first, u32 count, u32 blocks) {
  __shared__ u32 level[8 * SUBTREE];
  u32 at = blockId() * SUBTREE + threadId();
  u32 left = count - blockId() * SUBTREE < SUBTREE ? count - blockId() * SUBTREE : SUBTREE;
  u32 h[8];
  if (threadId() < left) {
    u32 x[18];
#pragma unroll
    for (int i = 0; i < 8; i++) x[i] = key[i];
    x[8] = (first + at) / blocks;
    x[9] = (first + at) % blocks;
#pragma unroll
    for (int i = 0; i < 8; i++) x[10 + i] = folds[(u64)at * 8 + i];
    u32 w[16] = {TAG_0, TAG_1, TAG_2_K1, shifted(TAG_HALF, x[0])};
#pragma unroll
    for (int i = 4; i < 16; i++) w[i] = shifted(x[i - 4], x[i - 3]);
    shaStart(h);
    shaBlock(h, w);
    u32 rest[16] = {shifted(x[12], x[13]), shifted(x[13], x[14]), shifted(x[14], x[15]), shifted(x[15], x[16]), shifted(x[16], x[17]), (x[17] << 16) | 0x8000};
    rest[15] = 86 * 8;
    shaBlock(h, rest);
    storeDigest(digests, at, h);
    leafNode(h);
  }
  subtree(h, level, left, nodes + (u64)blockId() * 8);
}

/// Groups `first` … of a pass: folds (two words a page) → digests → nodes. The last of `count` groups has `lastPages` pages.
SMALL_KERNEL(256) groupNodes(const u32* folds, const u32* key, u32* digests, u32* nodes, u32 first, u32 count, u32 lastPages) {
  __shared__ u32 level[8 * SUBTREE];
  u32 at = blockId() * SUBTREE + threadId();
  u32 left = count - blockId() * SUBTREE < SUBTREE ? count - blockId() * SUBTREE : SUBTREE;
  u32 h[8];
  if (threadId() < left) {
    u32 words = 9 + 2 * (at + 1 == count ? lastPages : 32); // key, group, folds
    u32 bytes = 14 + 4 * words;
    const u32* own = folds + (u64)at * 64;
    shaStart(h);
    u32 before = TAG_HALF;
    for (u32 from = 0; from * 4 < bytes + 9; from += 16) {
      u32 w[16];
#pragma unroll
      for (u32 i = 0; i < 16; i++) {
        u32 m = from + i, k = m - 3; // word k of what follows the tag
        if (m < 3) {
          w[i] = m == 0 ? TAG_0 : m == 1 ? TAG_1 : TAG_2_K2;
        } else {
          u32 word = k < 8 ? key[k] : k == 8 ? first + at : k < words ? own[k - 9] : k == words ? 0x80000000u : 0;
          w[i] = shifted(before, word);
          before = word;
        }
      }
      if ((from + 16) * 4 >= bytes + 9) w[15] = bytes * 8;
      shaBlock(h, w);
    }
    storeDigest(digests, at, h);
    leafNode(h);
  }
  subtree(h, level, left, nodes + (u64)blockId() * 8);
}

/// `levels` (at most 9) levels above `count` nodes, each behind the one before it: 512 nodes a block of 256 threads.
SMALL_KERNEL(256) treeLevels(u32* nodes, u32 count, u32 levels) {
  u32 first = blockId() * 512;
  u32 here = count - first < 512 ? count - first : 512;
  u32* from = nodes;
  u32 total = count;
  for (u32 i = 0; i < levels; i++) {
    u32* to = from + (u64)total * 8;
    u32 at = 2 * threadId();
    if (at < here) {
      u32 h[8];
      const u32* left = from + (u64)(first + at) * 8;
      if (at + 1 < here) innerNode(h, left, left + 8, 1);
      else
#pragma unroll
        for (int k = 0; k < 8; k++) h[k] = left[k];
#pragma unroll
      for (int k = 0; k < 8; k++) to[(u64)(first / 2 + threadId()) * 8 + k] = h[k];
    }
    synchronize(); // also orders what this block of threads wrote and reads next
    from = to;
    first /= 2;
    here = (here + 1) / 2;
    total = (total + 1) / 2;
  }
}

/// next = SHA(head ‖ u32 counter ‖ root), for round keys and pass keys: at most 119 bytes, one thread. Also keeps the root.
SMALL_KERNEL(32) chainKey(const u8* head, u32 headBytes, u32 counter, const u32* root, u32* roots, u32* next) {
  if (threadId() != 0) return;
  u8 bytes[128];
  for (u32 i = 0; i < 128; i++) bytes[i] = i < headBytes ? head[i] : 0;
  for (u32 i = 0; i < 4; i++) bytes[headBytes + i] = (u8)(counter >> (24 - 8 * i));
  for (u32 i = 0; i < 32; i++) bytes[headBytes + 4 + i] = (u8)(root[i / 4] >> (24 - 8 * (i % 4)));
  u32 length = headBytes + 36, blocks = (length + 9 + 63) / 64;
  bytes[length] = 0x80;
  bytes[blocks * 64 - 2] = (u8)(length * 8 >> 8);
  bytes[blocks * 64 - 1] = (u8)(length * 8);
  u32 h[8];
  shaStart(h);
  for (u32 block = 0; block < blocks; block++) {
    u32 w[16];
#pragma unroll
    for (int i = 0; i < 16; i++) {
      const u8* at = bytes + block * 64 + i * 4;
      w[i] = ((u32)at[0] << 24) | ((u32)at[1] << 16) | ((u32)at[2] << 8) | at[3];
    }
    shaBlock(h, w);
  }
  for (int i = 0; i < 8; i++) {
    roots[i] = root[i];
    next[i] = h[i];
  }
}
