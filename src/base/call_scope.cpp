#include "base/call_scope.hpp"

#include <omp.h>

#include "base/instruction_set.hpp"
#include "base/runtime.hpp"

namespace gracevae::impl {

namespace {
thread_local const Context* current = nullptr;
}

CallScope::CallScope(const Context& context) : outer_(current), n_threads_(omp_get_max_threads()) {
  instruction_set();  // throws if GRACEVAE_INSTRUCTIONS is wrong: before anything of the host is changed
  n_blas_threads_ = quiet_blas();
  current = &context;
  set_threads(0);
}

CallScope::~CallScope() {
  current = outer_;
  omp_set_num_threads(n_threads_);
  restore_blas(n_blas_threads_);
}

const Context* current_context() { return current; }

}  // namespace gracevae::impl
