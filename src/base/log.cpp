#include "base/log.hpp"

#include "base/call_scope.hpp"

namespace gracevae::impl::log {

void write(Message::Level level, const std::string& text) {
  const Context* context = current_context();
  if (context && context->log) context->log({level, text});
}

}  // namespace gracevae::impl::log
