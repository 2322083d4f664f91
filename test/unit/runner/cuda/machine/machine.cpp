// The scheduler of the machine on a processor: one block at a time, its threads as fibers.
#include "machine.h"
#include "run.h"
#include <algorithm>
#include <random>
#include <ucontext.h>

namespace machine {
namespace {
constexpr size_t STACK = 128 * 1024;
constexpr u32 THREADS = 1024;
std::vector<ucontext_t> contexts(THREADS);
std::vector<u8> stacks;
std::vector<Thread> threads;
ucontext_t scheduler;
const std::function<void()>* body;
std::string failed;
u32 alive, waiting, generation;
u64 steps;
u32 warpWaiting[32], warpGeneration[32];
std::mt19937 random(20240229); // the same order in every run of the tests
alignas(1024) u8 arenaBytes[ARENA];

void entry() {
  (*body)();
  self->done = true;
  alive--;
  progress();
  if (waiting == alive && waiting > 0) { // threads that ended don't hold up a barrier
    waiting = 0;
    generation++;
  }
  swapcontext(&contexts[self->id], &scheduler);
}
} // namespace

u8* arena = arenaBytes;
Thread* self;
u32 block, dynamicBytes;
bool late;
std::map<u32, Barrier> barriers;
std::vector<Copy> engine;
Exchange exchange[32][2];

void yield() { swapcontext(&contexts[self->id], &scheduler); }
void progress() { steps++; }

void fault(const char* what) {
  if (failed.empty()) failed = what;
  for (;;) yield(); // the block is given up by the scheduler
}

void blockBarrier() {
  u32 mine = generation;
  progress();
  if (++waiting == alive) {
    waiting = 0;
    generation++;
    return;
  }
  while (generation == mine) yield();
}

Exchange& meet(const u32* words, u32 count) {
  u32 warp = self->id / 32;
  u32 mine = warpGeneration[warp];
  Exchange& shown = exchange[warp][mine & 1]; // the next meeting uses the other one, and the one after that can't begin before all have read
  memcpy(shown.words[self->id % 32], words, count * 4);
  progress();
  if (++warpWaiting[warp] == 32) {
    warpWaiting[warp] = 0;
    warpGeneration[warp]++;
  } else {
    while (warpGeneration[warp] == mine) yield();
  }
  return shown;
}

u8* at(u32 address, u32 bytes) {
  if (address < BASE || address + bytes > BASE + dynamicBytes) fault("an address outside of the launch's shared memory");
  return arena + address;
}

void settle(Barrier& barrier) {
  progress();
  if (barrier.pending > 0 || barrier.bytes != 0) return;
  barrier.phase++;
  barrier.pending = barrier.arrivals;
}

void land(const Copy& copy) {
  memcpy(at(copy.to, copy.bytes), copy.from, copy.bytes);
  if (copy.barrier == 0) return;
  Barrier& barrier = barriers.at(copy.barrier);
  barrier.bytes -= (int)copy.bytes;
  settle(barrier);
}

namespace {
bool runBlock(u32 size) {
  std::vector<u32> order(size);
  threads.assign(size, Thread{});
  for (u32 i = 0; i < size; i++) {
    order[i] = i;
    threads[i].id = i;
    getcontext(&contexts[i]);
    contexts[i].uc_stack.ss_sp = stacks.data() + i * STACK;
    contexts[i].uc_stack.ss_size = STACK;
    contexts[i].uc_link = nullptr;
    makecontext(&contexts[i], entry, 0);
  }
  alive = size;
  waiting = 0;
  memset(warpWaiting, 0, sizeof warpWaiting);
  barriers.clear();
  engine.clear();
  late = random() % 2 == 0;
  std::shuffle(order.begin(), order.end(), random);
  memset(arena, 0xa5, ARENA); // what the block before left is not to be relied on
  while (alive > 0) {
    u64 before = steps;
    for (u32 i : order) {
      if (threads[i].done) continue;
      self = &threads[i];
      swapcontext(&scheduler, &contexts[i]);
      if (!failed.empty()) return false;
    }
    if (steps != before) continue;
    if (engine.empty()) {
      failed = "a deadlock: every thread waits";
      return false;
    }
    Copy copy = engine.back(); // the copy engine keeps no order
    engine.pop_back();
    land(copy);
  }
  for (u32 i = BASE + dynamicBytes; i < ARENA; i++)
    if (arena[i] != 0xa5) failed = "a write behind the launch's shared memory";
  return failed.empty();
}
} // namespace

std::string run(const std::function<void()>& kernel, u32 blocks, u32 size, u32 bytes) {
  if (size == 0 || size > THREADS || blocks == 0 || BASE + bytes > ARENA) return "a launch that no device takes";
  if (stacks.empty()) stacks.resize(STACK * THREADS);
  body = &kernel;
  dynamicBytes = bytes;
  failed.clear();
  for (block = 0; block < blocks; block++)
    if (!runBlock(size)) break;
  return failed;
}
} // namespace machine
