#pragma once
/// @file Messages to the host of the public call that is under way (base/call_scope.hpp).
#include <fmt/format.h>

#include <string>
#include <utility>

#include <gracevae/context.hpp>

namespace gracevae::impl::log {

void write(Message::Level level, const std::string& text);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Message::Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Message::Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Message::Level::debug, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace gracevae::impl::log
