#pragma once
/// @file Errors that the caller can act on.
#include <stdexcept>
#include <string>

namespace gracevae {

enum class ErrorCode {
  input,       ///< the data cannot be used as they are
  config,      ///< options contradict each other, the data or a range
  io,          ///< a file cannot be read or written
  numerical,   ///< the computation failed: a loss that is not finite
  interrupted  ///< stopped on request, after everything was saved that could be
};

/// Base class of everything that this library throws on purpose. what() is the message ("place: what was found, what was
/// expected") and, on a second line, the hint.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, const std::string& hint)
      : std::runtime_error(hint.empty() ? message : message + "\n  hint: " + hint), code_(code), message_(message),
        hint_(hint) {}
  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  /// What to do about it; may be empty.
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  std::string message_, hint_;
};

class InputError : public Error {
 public:
  explicit InputError(const std::string& message, const std::string& hint = "")
      : Error(ErrorCode::input, message, hint) {}
};

class ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& message, const std::string& hint = "")
      : Error(ErrorCode::config, message, hint) {}
};

class IoError : public Error {
 public:
  explicit IoError(const std::string& message, const std::string& hint = "") : Error(ErrorCode::io, message, hint) {}
};

class NumericalError : public Error {
 public:
  explicit NumericalError(const std::string& message, const std::string& hint = "")
      : Error(ErrorCode::numerical, message, hint) {}
};

class Interrupted : public Error {
 public:
  explicit Interrupted(const std::string& message, const std::string& hint = "")
      : Error(ErrorCode::interrupted, message, hint) {}
};

}  // namespace gracevae
