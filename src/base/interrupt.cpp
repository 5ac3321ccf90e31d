#include "base/interrupt.hpp"

#include <csignal>
#include <cstdlib>

namespace gracevae {

namespace {
volatile std::sig_atomic_t received = 0;
using Handler = void (*)(int);
Handler old_interrupt = nullptr, old_terminate = nullptr;

void on_signal(int signal) {
  if (received != 0) std::_Exit(128 + signal);
  received = signal;
}
}  // namespace

InterruptGuard::InterruptGuard() {
  received = 0;
  old_interrupt = std::signal(SIGINT, on_signal);
  old_terminate = std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, old_interrupt);
  std::signal(SIGTERM, old_terminate);
}

bool interrupt_requested() { return received != 0; }
const char* interrupt_name() { return received == SIGINT ? "SIGINT" : received == SIGTERM ? "SIGTERM" : ""; }

}  // namespace gracevae
