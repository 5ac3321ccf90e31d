#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/call_scope.hpp"

namespace gracevae::log {

namespace {
spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("gracevae", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%^%v%$");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}
}  // namespace

void set_level(Level level) {
  logger().set_level(level == Level::quiet     ? spdlog::level::warn
                     : level == Level::verbose ? spdlog::level::debug
                                               : spdlog::level::info);
}

namespace {

/// The host's sink inside a public call, else standard error.
void write(Message::Level level, spdlog::level::level_enum severity, const std::string& text) {
  if (const Context* context = current_context()) {
    if (context->log) context->log({level, text});
    return;
  }
  logger().log(severity, spdlog::string_view_t(level == Message::Level::warning ? "warning: " + text : text));
}

}  // namespace

void write_info(const std::string& text) { write(Message::Level::info, spdlog::level::info, text); }
void write_warning(const std::string& text) { write(Message::Level::warning, spdlog::level::warn, text); }
void write_debug(const std::string& text) { write(Message::Level::debug, spdlog::level::debug, text); }

}  // namespace gracevae::log
