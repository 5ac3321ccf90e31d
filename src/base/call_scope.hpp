#pragma once
/// @file The Context of the public call that is under way on this thread.
#include <gracevae/context.hpp>

namespace gracevae::impl {

/// While it lives, messages, progress and the wish to stop are those of a Context; the thread's number of OpenMP
/// threads (and a pthread BLAS's) is restored at the end. Scopes nest: the innermost counts.
/// @test tests/unit/library/library_test.cpp
class CallScope {
 public:
  explicit CallScope(const Context& context);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  const Context* outer_;
  int n_threads_, n_blas_threads_;
};

/// nullptr outside of public calls: messages are then dropped, and nobody asks to stop.
const Context* current_context();

}  // namespace gracevae::impl
