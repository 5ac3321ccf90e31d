#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

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

void write_info(const std::string& text) { logger().log(spdlog::level::info, spdlog::string_view_t(text)); }
void write_warning(const std::string& text) {
  logger().log(spdlog::level::warn, spdlog::string_view_t("warning: " + text));
}
void write_debug(const std::string& text) { logger().log(spdlog::level::debug, spdlog::string_view_t(text)); }

}  // namespace gracevae::log
