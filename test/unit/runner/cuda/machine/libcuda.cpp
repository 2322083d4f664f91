// The part of the CUDA driver API that the backend calls, over the machine on a processor, and a hand on its failures: `fake_set`.
// Errors are the driver's: an error of a kernel comes from the next call that waits, and from every call after it.
#include "kernels.h"
#include "run.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

typedef int Result;
enum { OK = 0, INVALID = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719 };
#define API extern "C" __attribute__((visibility("default"))) Result

namespace {
struct Settings {
  long devices = 1, init = OK, major = 9, minor = 0, shared = 232448, memory = 1L << 32, failAtLaunch = 0, failWith = LAUNCH_FAILED, notReady = 0;
} settings;
long launches = 0, events = 0, used = 0, peak = 0, sticky = OK, waits = 0;
std::string lastFault;
constexpr size_t GUARD = 256;
constexpr uint8_t CANARY = 0xc3;
std::map<uint64_t, size_t> allocations;
std::map<std::string, std::string> functions;

/// The allocation that holds [at, at + bytes), or none.
bool holds(uint64_t at, size_t bytes) {
  auto next = allocations.upper_bound(at);
  if (next == allocations.begin()) return false;
  auto found = std::prev(next);
  return at + bytes <= found->first + found->second;
}
bool whole() {
  for (const auto& [at, bytes] : allocations)
    for (size_t i = 0; i < GUARD; i++)
      if (((uint8_t*)at)[-(long)i - 1] != CANARY || ((uint8_t*)at)[bytes + i] != CANARY) return false;
  return true;
}
} // namespace

/// Sets what the tests need: "devices", "init", "memory" (bytes), "failAtLaunch" (the n-th from now), "failWith", "notReady" (queries), ….
API fake_set(const char* name, long value) {
  const std::string key = name;
  if (key == "reset") {
    settings = Settings();
    sticky = OK;
    peak = used;
    launches = 0;
    lastFault.clear();
  } else if (key == "devices") settings.devices = value;
  else if (key == "init") settings.init = value;
  else if (key == "major") settings.major = value;
  else if (key == "minor") settings.minor = value;
  else if (key == "shared") settings.shared = value;
  else if (key == "memory") settings.memory = value;
  else if (key == "failAtLaunch") settings.failAtLaunch = value == 0 ? 0 : launches + value;
  else if (key == "failWith") settings.failWith = value;
  else if (key == "notReady") settings.notReady = value;
  else return INVALID;
  return OK;
}
extern "C" __attribute__((visibility("default"))) long fake_get(const char* name) {
  const std::string key = name;
  return key == "launches" ? launches : key == "used" ? used : key == "peak" ? peak : key == "allocations" ? (long)allocations.size() : key == "events" ? events : -1;
}
extern "C" __attribute__((visibility("default"))) const char* fake_fault() { return lastFault.c_str(); }

API cuInit(unsigned) { return settings.init; }
API cuDriverGetVersion(int* version) { *version = 13000; return OK; }
API cuDeviceGetCount(int* count) { *count = (int)settings.devices; return OK; }
API cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal < settings.devices ? OK : 101; }
API cuDeviceGetName(char* name, int length, int) { snprintf(name, (size_t)length, "A processor"); return OK; }
API cuDeviceTotalMem_v2(size_t* bytes, int) { *bytes = (size_t)settings.memory; return OK; }
API cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 75: *value = (int)settings.major; return OK;
    case 76: *value = (int)settings.minor; return OK;
    case 97: *value = (int)settings.shared; return OK;
    default: return INVALID;
  }
}
API cuDevicePrimaryCtxRetain(void** context, int) { *context = (void*)0x10; return OK; }
API cuDevicePrimaryCtxRelease_v2(int) { return OK; }
API cuCtxSetCurrent(void*) { return (Result)sticky; }
API cuModuleLoadData(void** module, const void* image) {
  if (memcmp(image, "fake-cubin", 10) != 0) return 200;
  *module = (void*)0x20;
  return (Result)sticky;
}
API cuModuleUnload(void*) { return (Result)sticky; }
API cuModuleGetFunction(void** function, void*, const char* name) {
  *function = (void*)findKernel(name);
  return *function == nullptr ? NOT_FOUND : OK;
}
API cuFuncSetAttribute(void*, int, int value) { return value > settings.shared ? INVALID : OK; }
API cuMemAlloc_v2(uint64_t* pointer, size_t bytes) {
  if (sticky != OK) return (Result)sticky;
  if (bytes == 0) return INVALID;
  if (used + (long)bytes > settings.memory) return OUT_OF_MEMORY;
  auto* from = (uint8_t*)aligned_alloc(256, (bytes + 2 * GUARD + 255) / 256 * 256);
  if (from == nullptr) return OUT_OF_MEMORY;
  memset(from, CANARY, GUARD);
  memset(from + GUARD, 0x9b, bytes); // what was there before is not to be relied on
  memset(from + GUARD + bytes, CANARY, GUARD);
  *pointer = (uint64_t)(from + GUARD);
  allocations[*pointer] = bytes;
  used += (long)bytes;
  peak = used > peak ? used : peak;
  return OK;
}
API cuMemFree_v2(uint64_t pointer) {
  auto found = allocations.find(pointer);
  if (found == allocations.end()) return INVALID;
  if (!whole()) { sticky = ILLEGAL_ADDRESS; lastFault = "a write outside of an allocation"; }
  used -= (long)found->second;
  allocations.erase(found);
  free((void*)(pointer - GUARD));
  return (Result)sticky;
}
API cuMemGetInfo_v2(size_t* left, size_t* total) { *left = (size_t)(settings.memory - used); *total = (size_t)settings.memory; return (Result)sticky; }
API cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
  if (sticky != OK) return (Result)sticky;
  if (!holds(to, bytes)) return INVALID;
  memcpy((void*)to, from, bytes);
  return OK;
}
API cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
  if (sticky != OK) return (Result)sticky;
  if (!holds(from, bytes)) return INVALID;
  memcpy(to, (void*)from, bytes);
  return OK;
}
API cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void*) {
  if (!holds(to, bytes) || !holds(from, bytes)) return INVALID;
  memcpy((void*)to, (void*)from, bytes);
  return (Result)sticky;
}
API cuLaunchKernel(void* function, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by, unsigned bz, unsigned shared, void*, void** parameters, void**) {
  if (sticky != OK) return (Result)sticky;
  if (y != 1 || z != 1 || by != 1 || bz != 1 || (long)shared > settings.shared) return INVALID;
  launches++;
  const auto* kernel = (const Kernel*)function;
  if (launches == settings.failAtLaunch) { sticky = settings.failWith; return OK; } // as a device does: later calls say so
  lastFault = machine::run([&] { kernel->run(parameters); }, x, bx, shared);
  if (lastFault.empty() && !whole()) lastFault = "a write outside of an allocation";
  if (!lastFault.empty()) { fprintf(stderr, "machine: %s\n", lastFault.c_str()); sticky = LAUNCH_FAILED; }
  return OK;
}
API cuEventCreate(void** event, unsigned) { *event = (void*)0x30; events++; return OK; }
API cuEventDestroy_v2(void*) { events--; return OK; }
API cuEventRecord(void*, void*) { waits = settings.notReady; return (Result)sticky; }
API cuEventQuery(void*) { return sticky != OK ? (Result)sticky : waits-- > 0 ? NOT_READY : OK; }
API cuEventElapsedTime_v2(float* ms, void*, void*) { *ms = 1.0f; return (Result)sticky; }
API cuEventElapsedTime(float* ms, void*, void*) { *ms = 1.0f; return (Result)sticky; }
API cuCtxSynchronize() { return (Result)sticky; }
API cuGetErrorName(int error, const char** name) {
  *name = error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : error == NO_DEVICE ? "CUDA_ERROR_NO_DEVICE" : error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR_OTHER";
  return OK;
}
API cuGetErrorString(int, const char** text) { *text = "as the driver says"; return OK; }
