#include "base/interrupt.hpp"

#include <fmt/format.h>

#include "base/call_scope.hpp"
#include "base/error.hpp"

namespace gracevae::impl {

bool interrupt_requested() {
  const Context* context = current_context();
  return context && context->stop.stop_requested();
}

void stop_if_requested(std::string_view doing) {
  if (interrupt_requested()) throw Interrupted(fmt::format("stopped while {}: nothing was written", doing));
}

}  // namespace gracevae::impl
