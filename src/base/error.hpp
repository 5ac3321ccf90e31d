#pragma once
/// @file Errors (gracevae/errors.hpp), and the check for bugs of our own.
#include <string>

#include <gracevae/errors.hpp>

namespace gracevae::detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& message);
}

/// A bug of ours, never a user's mistake: prints the place and aborts.
#define GRACEVAE_CHECK(condition, message) \
  (static_cast<bool>(condition) ? void(0) : ::gracevae::detail::check_failed(#condition, __FILE__, __LINE__, message))
