// The kernels by name.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

struct Kernel {
  size_t parameters;
  std::function<void(void**)> run;
};
/// Null for a name that is none.
const Kernel* findKernel(const std::string& name);
