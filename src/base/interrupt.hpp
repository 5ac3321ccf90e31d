#pragma once
/// @file Ctrl-C and SIGTERM as a flag that long work asks between steps.

namespace gracevae {

/// While it lives, SIGINT and SIGTERM set a flag instead of ending the program; a second one ends it at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// True after SIGINT or SIGTERM inside an InterruptGuard.
bool interrupt_requested();
/// "SIGINT" or "SIGTERM"; empty when none came.
const char* interrupt_name();

}  // namespace gracevae
