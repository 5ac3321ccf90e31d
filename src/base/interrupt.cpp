#include "base/interrupt.hpp"

#include <csignal>
#include <cstdlib>

#include "base/call_scope.hpp"

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

InterruptGuard::InterruptGuard() : installed_(!current_context()) {
  if (!installed_) return;
  received = 0;
  old_interrupt = std::signal(SIGINT, on_signal);
  old_terminate = std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
  if (!installed_) return;
  std::signal(SIGINT, old_interrupt);
  std::signal(SIGTERM, old_terminate);
}

bool interrupt_requested() {
  const Context* context = current_context();
  return context ? context->stop.stop_requested() : received != 0;
}

const char* interrupt_name() {
  if (current_context()) return "request";
  return received == SIGINT ? "SIGINT" : received == SIGTERM ? "SIGTERM" : "";
}

}  // namespace gracevae
