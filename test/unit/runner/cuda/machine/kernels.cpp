// The kernels as the machine on a processor sees them: their own source, unchanged, and a table by name.
#include "machine.h"
#include <tuple>
#include <utility>
#define ASSAY_EMULATED 1
#define ASSAY_HOPPER 1
#include "kernels.cu"
#include "kernels.h"

namespace {
template <class... Types, size_t... At>
void call(void (*kernel)(Types...), void** parameters, std::index_sequence<At...>) {
  kernel(*(Types*)parameters[At]...);
}
template <class... Types> Kernel kernelOf(void (*kernel)(Types...)) {
  return {sizeof...(Types), [kernel](void** parameters) { call(kernel, parameters, std::index_sequence_for<Types...>()); }};
}
#define NAMED(name) {#name, kernelOf(name)}
const std::map<std::string, Kernel> table = {
    NAMED(expandA8),  NAMED(expandA16),      NAMED(expandB8),  NAMED(expandB16), NAMED(multiply8),  NAMED(multiply16),
    NAMED(values8),   NAMED(multiplyHopper), NAMED(values16),  NAMED(leafNodes), NAMED(groupNodes), NAMED(treeLevels),
    NAMED(chainKey),  NAMED(expandCache),    NAMED(fillPages), NAMED(foldPages),
};
} // namespace

const Kernel* findKernel(const std::string& name) {
  auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}
