// The part of NVRTC that the backend calls: "compiles" anything that names the kernels, and fails when the tests say so.
#include <cstdio>
#include <cstring>
#include <string>

#define API extern "C" __attribute__((visibility("default"))) int
namespace {
long failing = 0, compiled = 0;
std::string options, log_text;
} // namespace

API fake_nvrtc_set(long fails) { failing = fails; return 0; }
extern "C" __attribute__((visibility("default"))) long fake_nvrtc_compiled() { return compiled; }
API nvrtcVersion(int* major, int* minor) { *major = 13; *minor = 0; return 0; }
API nvrtcCreateProgram(void** program, const char* source, const char*, int, const char* const*, const char* const*) {
  *program = (void*)0x40;
  return strstr(source, "multiply8") == nullptr ? 3 : 0;
}
API nvrtcCompileProgram(void*, int count, const char* const* given) {
  options.clear();
  for (int i = 0; i < count; i++) options += std::string(given[i]) + " ";
  compiled++;
  log_text = failing != 0 ? "kernels.cu(1): error: as asked" : "";
  return failing != 0 ? 6 : 0;
}
API nvrtcGetCUBINSize(void*, size_t* bytes) { *bytes = 11 + options.size(); return 0; }
API nvrtcGetCUBIN(void*, char* to) { memcpy(to, "fake-cubin:", 11); memcpy(to + 11, options.data(), options.size()); return 0; }
API nvrtcGetProgramLogSize(void*, size_t* bytes) { *bytes = log_text.size() + 1; return 0; }
API nvrtcGetProgramLog(void*, char* to) { memcpy(to, log_text.c_str(), log_text.size() + 1); return 0; }
API nvrtcDestroyProgram(void**) { return 0; }
