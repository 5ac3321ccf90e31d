#pragma once
/// @file The wish to stop, which long work asks for between steps: Ctrl-C and SIGTERM, or inside a public call the stop
/// token of its Context.

namespace gracevae {

/// While it lives, SIGINT and SIGTERM set a flag instead of ending the program; a second one ends it at once. Does
/// nothing inside a public call: signals are the host's.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  bool installed_;
};

/// True after SIGINT or SIGTERM inside an InterruptGuard, or when the host asks to stop.
bool interrupt_requested();
/// "SIGINT", "SIGTERM" or "request"; empty when none came.
const char* interrupt_name();

}  // namespace gracevae
