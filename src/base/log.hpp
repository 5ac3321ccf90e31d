#pragma once
/// @file Messages to people: to the host inside a public call (base/call_scope.hpp), else to standard error through
/// spdlog. Results go to standard output.
#include <fmt/format.h>

#include <string>
#include <utility>

namespace gracevae::log {

enum class Level { quiet, normal, verbose };
void set_level(Level level);

void write_info(const std::string& text);
void write_warning(const std::string& text);
void write_debug(const std::string& text);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write_info(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write_warning(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write_debug(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace gracevae::log
