#pragma once
/// @file The Context of the public call that is under way on this thread.
#include <gracevae/context.hpp>

namespace gracevae {

/// While it lives, messages, progress and the wish to stop are those of a Context, no signal handler is installed, and
/// the thread's number of OpenMP threads is restored at the end. Scopes nest: the innermost counts.
/// @test tests/unit/base/call_scope_test.cpp
class CallScope {
 public:
  explicit CallScope(const Context& context);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  const Context* outer_;
  int n_threads_;
};

/// nullptr outside of public calls.
const Context* current_context();

}  // namespace gracevae
