#pragma once
/// @file Errors (gracevae/errors.hpp), and the check for our own bugs.
#include <string>

#include <gracevae/errors.hpp>

namespace gracevae::impl::detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& message);
}

/// For bugs of ours, never for a user's mistakes: prints the place and aborts.
#define GRACEVAE_CHECK(condition, message) \
  (static_cast<bool>(condition) ? void(0)  \
                                : ::gracevae::impl::detail::check_failed(#condition, __FILE__, __LINE__, message))
