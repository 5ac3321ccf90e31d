#pragma once
/// @file Errors that a user can act on. Only main() catches; each kind has its exit code.
#include <stdexcept>
#include <string>

namespace gracevae {

/// What went wrong and how to mend it. `what()` is "place: what was found, what was expected" and, on a second line,
/// the hint.
class Error : public std::runtime_error {
 public:
  Error(const std::string& message, const std::string& hint, int exit_code)
      : std::runtime_error(hint.empty() ? message : message + "\n  hint: " + hint), exit_code_(exit_code) {}
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

/// The user's data cannot be used as it is (exit code 3).
class InputError : public Error {
 public:
  explicit InputError(const std::string& message, const std::string& hint = "") : Error(message, hint, 3) {}
};

/// The user's options contradict each other, the data or a range (exit code 2).
class ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& message, const std::string& hint = "") : Error(message, hint, 2) {}
};

/// A file cannot be read or written (exit code 4).
class IoError : public Error {
 public:
  explicit IoError(const std::string& message, const std::string& hint = "") : Error(message, hint, 4) {}
};

/// The computation itself failed: a loss that is not finite (exit code 5).
class NumericalError : public Error {
 public:
  explicit NumericalError(const std::string& message, const std::string& hint = "") : Error(message, hint, 5) {}
};

/// Stopped by Ctrl-C or SIGTERM after everything was saved (exit code 130).
class Interrupted : public Error {
 public:
  explicit Interrupted(const std::string& message, const std::string& hint = "") : Error(message, hint, 130) {}
};

namespace detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& message);
}

}  // namespace gracevae

/// A bug of ours, never a user's mistake: prints the place and aborts.
#define GRACEVAE_CHECK(condition, message) \
  (static_cast<bool>(condition) ? void(0) : ::gracevae::detail::check_failed(#condition, __FILE__, __LINE__, message))
