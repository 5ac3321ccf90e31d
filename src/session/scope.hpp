#pragma once
/// @file A public call that uses LibTorch. Only for src/session.
#include "base/call_scope.hpp"
#include "base/runtime.hpp"
#include "causal/torch_compat.hpp"

namespace gracevae::impl {

/// CallScope, and LibTorch's number of threads, which is the host's again at the end. Inside, both are what the context
/// says, else what the run's options say (train.threads), so that a run has one number from its first step to its last.
class SessionScope {
 public:
  explicit SessionScope(const Context& context, std::int64_t run_threads = 0)
      : call_(context), n_threads_(torch_compat::threads()) {
    torch_compat::set_threads(set_threads(static_cast<int>(run_threads)));
  }
  ~SessionScope() { torch_compat::set_threads(n_threads_); }
  SessionScope(const SessionScope&) = delete;
  SessionScope& operator=(const SessionScope&) = delete;

 private:
  CallScope call_;
  int n_threads_;
};

}  // namespace gracevae::impl
