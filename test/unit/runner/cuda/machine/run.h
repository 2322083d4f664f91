// Runs one launch on the machine on a processor.
#pragma once
#include <functional>
#include <string>

namespace machine {
/// Each block's threads run `kernel`; gives what went wrong, or nothing. `bytes` of dynamic shared memory.
std::string run(const std::function<void()>& kernel, unsigned blocks, unsigned size, unsigned bytes);
} // namespace machine
