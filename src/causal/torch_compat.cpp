#include "causal/torch_compat.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

namespace gracevae::torch_compat {

std::string version() { return TORCH_VERSION; }
bool has_cuda() { return at::globalContext().hasCUDA(); }
void set_threads(int threads) { at::set_num_threads(threads); }

}  // namespace gracevae::torch_compat
