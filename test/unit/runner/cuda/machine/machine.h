// A GPU's machine on a processor: what the kernels' wrappers (gpu-runners/backends/cuda/kernels/machine.cu) stand for, done as the PTX
// ISA describes it. Threads of a block are fibers, scheduled in a shuffled order; what is asynchronous on the device happens here as
// early or as late as the device may do it, chosen for each block at random: a missing wait or barrier gives wrong results, and one
// that never comes is reported instead of waited for.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define DEVICE inline
#define KERNEL(threads) extern "C" void
#define SMALL_KERNEL(threads) extern "C" void
#define __shared__ static
#define __constant__ static const
#define DYNAMIC_SHARED(name) u8* name = machine::arena + ((1024u - (machine::BASE & 1023u)) & 1023u) + machine::BASE

struct alignas(16) Quad {
  u32 x, y, z, w;
};

namespace machine {
/// Where dynamic shared memory begins: 16 bytes past a multiple of 1,024, the least that a device promises.
constexpr u32 BASE = 1040;
constexpr u32 ARENA = 256 * 1024;
extern u8* arena;

struct Copy {
  u32 to;
  const void* from;
  u32 bytes;
  u32 barrier;
};
struct Product {
  u64 a, b;
  int add;
};
/// One thread of the running block.
struct Thread {
  u32 id;
  bool done;
  std::deque<std::vector<Copy>> copies;     // committed groups that have not landed
  std::vector<Copy> open;                   // not committed yet
  std::deque<std::vector<Product>> products; // committed multiplications that have not been done
  std::vector<Product> issued;
};
struct Barrier {
  u32 arrivals, pending;
  int bytes;
  u32 phase;
};

extern Thread* self;
extern u32 block;
extern u32 dynamicBytes;
extern bool late;
extern std::map<u32, Barrier> barriers;
extern std::vector<Copy> engine; // bulk copies under way
/// What the 32 lanes of a warp show one another.
struct Exchange {
  u32 words[32][8];
};
extern Exchange exchange[32][2];

[[noreturn]] void fault(const char* what);
void yield();
void progress();
void blockBarrier();
/// A rendezvous of the calling thread's warp, which has shown `words`; gives what all 32 showed.
Exchange& meet(const u32* words, u32 count);
u8* at(u32 address, u32 bytes);
void land(const Copy& copy);
void settle(Barrier& barrier);
} // namespace machine

DEVICE u32 threadId() { return machine::self->id; }
DEVICE u32 blockId() { return machine::block; }
DEVICE void synchronize() { machine::blockBarrier(); }
DEVICE u32 sharedAddress(const void* pointer) { return (u32)((const u8*)pointer - machine::arena); }
DEVICE u32 rotateLeft(u32 value, int by) { return (value << by) | (value >> (32 - by)); }
DEVICE u32 swapBytes(u32 value) { return __builtin_bswap32(value); }
DEVICE int dot4(u32 a, u32 b, int sum) {
  for (int i = 0; i < 4; i++) sum += (int)(signed char)(a >> (8 * i)) * (int)(signed char)(b >> (8 * i));
  return sum;
}
DEVICE u32 floatBits(float value) { u32 bits; memcpy(&bits, &value, 4); return bits; }
DEVICE float bitsFloat(u32 bits) { float value; memcpy(&value, &bits, 4); return value; }

DEVICE void copy16(u32 to, const void* from) {
  if ((to & 15) != 0 || ((u64)from & 15) != 0) machine::fault("cp.async: an address is no multiple of 16");
  machine::Copy copy{to, from, 16, 0};
  if (machine::late) machine::self->open.push_back(copy);
  else machine::land(copy);
}
DEVICE void copyCommit() {
  machine::self->copies.push_back(std::move(machine::self->open));
  machine::self->open.clear();
}
template <int left> DEVICE void copyWait() {
  auto& groups = machine::self->copies;
  for (; groups.size() > (size_t)left; groups.pop_front())
    for (const auto& copy : groups.front()) machine::land(copy);
}

DEVICE void loadMatrices(u32 (&out)[4], u32 address) {
  const auto& shown = machine::meet(&address, 1);
  u32 lane = threadId() % 32;
  for (u32 i = 0; i < 4; i++) memcpy(&out[i], machine::at(shown.words[8 * i + lane / 4][0], 16) + lane % 4 * 4, 4);
}
/// mma.m16n8k32: a0 … a3 hold rows g, g + 8, g, g + 8 and bytes 4t …, 4t …, 16 + 4t …, 16 + 4t …; b0, b1 column g, bytes 4t …, 16 + 4t ….
DEVICE void multiplyInt8(int (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  u32 own[6] = {a[0], a[1], a[2], a[3], b0, b1};
  const auto& shown = machine::meet(own, 6);
  u32 lane = threadId() % 32, g = lane / 4, t = lane % 4;
  for (u32 e = 0; e < 4; e++)
    for (u32 k = 0; k < 4; k++)
      for (u32 high = 0; high < 2; high++)
        c[e] = dot4(shown.words[g * 4 + k][e / 2 + 2 * high], shown.words[(2 * t + e % 2) * 4 + k][4 + high], c[e]);
}
/// mma.m16n8k16: the same bytes, two elements a word. The sum must never need more than the 24 bits that a float has.
DEVICE void multiplyBf16(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  u32 own[6] = {a[0], a[1], a[2], a[3], b0, b1};
  const auto& shown = machine::meet(own, 6);
  u32 lane = threadId() % 32, g = lane / 4, t = lane % 4;
  for (u32 e = 0; e < 4; e++)
    for (u32 k = 0; k < 4; k++)
      for (u32 high = 0; high < 2; high++) {
        u32 x = shown.words[g * 4 + k][e / 2 + 2 * high], y = shown.words[(2 * t + e % 2) * 4 + k][4 + high];
        c[e] += bitsFloat(x << 16) * bitsFloat(y << 16) + bitsFloat(x & 0xffff0000u) * bitsFloat(y & 0xffff0000u);
        if (c[e] > 8388608.0f || c[e] < -8388608.0f) machine::fault("bf16: a sum above 2^23");
      }
}

DEVICE void barrierInit(u32 barrier, u32 arrivals) { machine::barriers[barrier] = {arrivals, arrivals, 0, 0}; }
DEVICE void barrierPublish() {}
DEVICE void barrierArrive(u32 barrier) {
  auto& it = machine::barriers.at(barrier);
  if (it.pending == 0) machine::fault("mbarrier: more arrivals than it was made for");
  it.pending--;
  machine::settle(it);
}
DEVICE void barrierExpect(u32 barrier, u32 bytes) {
  machine::barriers.at(barrier).bytes += (int)bytes;
  barrierArrive(barrier);
}
DEVICE void barrierWait(u32 barrier, u32 parity) {
  while ((machine::barriers.at(barrier).phase & 1) == parity) machine::yield(); // over once the current phase has the other parity
  machine::progress();
}
DEVICE void copyBulk(u32 to, const void* from, u32 bytes, u32 barrier) {
  if ((to & 15) != 0 || ((u64)from & 15) != 0 || bytes % 16 != 0) machine::fault("cp.async.bulk: an address or size is no multiple of 16");
  machine::Copy copy{to, from, bytes, barrier};
  if (machine::late) machine::engine.push_back(copy);
  else machine::land(copy);
  machine::progress();
}
template <int registers> DEVICE void registersGive() {}
template <int registers> DEVICE void registersTake() {}

/// The byte at row and depth of a descriptor's matrix: rows of 128 bytes, groups of eight rows a stride apart, bits 4–6 of the address xor bits 7–9.
DEVICE int matrixByte(u64 descriptor, u32 row, u32 depth) {
  if (descriptor >> 62 != 1 || ((descriptor >> 49) & 7) != 0) machine::fault("wgmma: not the 128-byte swizzle at a multiple of 1,024");
  u32 start = (u32)(descriptor & 0x3fff) << 4, stride = (u32)((descriptor >> 32) & 0x3fff) << 4;
  u32 address = start + row / 8 * stride + row % 8 * 128 + depth;
  return (int)(signed char)*machine::at(address ^ (((address >> 7) & 7) << 4), 1);
}
/// wgmma.m64n256k32: warp w of the group has rows 16w …, a thread rows g and g + 8, columns 8j + 2t and 8j + 2t + 1.
DEVICE void productNow(int (&c)[128], const machine::Product& product) {
  u32 lane = threadId() % 32, warp = threadId() % 128 / 32;
  int left[2][32];
  for (u32 half = 0; half < 2; half++)
    for (u32 k = 0; k < 32; k++) left[half][k] = matrixByte(product.a, warp * 16 + half * 8 + lane / 4, k);
  for (u32 j = 0; j < 32; j++)
    for (u32 e = 0; e < 2; e++) {
      int right[32];
      for (u32 k = 0; k < 32; k++) right[k] = matrixByte(product.b, 8 * j + lane % 4 * 2 + e, k);
      for (u32 half = 0; half < 2; half++) {
        int sum = product.add ? c[j * 4 + half * 2 + e] : 0;
        for (u32 k = 0; k < 32; k++) sum += left[half][k] * right[k];
        c[j * 4 + half * 2 + e] = sum;
      }
    }
}
DEVICE void groupFence() {}
DEVICE void multiplyGroup(int (&c)[128], u64 a, u64 b, int add) {
  machine::Product product{a, b, add};
  if (machine::late) machine::self->issued.push_back(product);
  else productNow(c, product);
}
DEVICE void groupCommit() {
  machine::self->products.push_back(std::move(machine::self->issued));
  machine::self->issued.clear();
}
template <int left> DEVICE void groupWait(int (&sums)[128]) {
  auto& groups = machine::self->products;
  for (; groups.size() > (size_t)left; groups.pop_front())
    for (const auto& product : groups.front()) productNow(sums, product);
}
