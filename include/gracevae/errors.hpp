#pragma once
/// @file Errors that the caller can act on.
#include <stdexcept>
#include <string>
#include <utility>

namespace gracevae {

enum class ErrorCode {
  input,       ///< the data cannot be used as they are
  config,      ///< options contradict each other, the data or a range
  io,          ///< a file cannot be read or written
  numerical,   ///< the computation failed: a loss that is not finite
  interrupted  ///< stopped on request, after everything was saved that could be
};

/// What went wrong, in parts.
struct Fault {
  std::string place = {};     ///< file, line, column, cell or key of an option; may be empty
  std::string found = {};     ///< what is there
  std::string expected = {};  ///< what should be there; may be empty

  /// "place: found, expected …"
  std::string text() const {
    return (place.empty() ? "" : place + ": ") + found + (expected.empty() ? "" : ", expected " + expected);
  }
};

/// Base class of everything that this library throws on purpose. Options are named by their keys ("train.epochs").
/// what() is the message and, on a second line, the hint.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, Fault fault, const std::string& hint)
      : std::runtime_error(fault.text() + (hint.empty() ? "" : "\n  hint: " + hint)), code_(code),
        fault_(std::move(fault)), message_(fault_.text()), hint_(hint) {}
  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& place() const noexcept { return fault_.place; }
  const std::string& found() const noexcept { return fault_.found; }
  const std::string& expected() const noexcept { return fault_.expected; }
  /// What to do about it; may be empty.
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  Fault fault_;
  std::string message_, hint_;
};

/// An error of one code; made from its parts, or from a message that has none.
template <ErrorCode kCode>
class ErrorOf : public Error {
 public:
  explicit ErrorOf(Fault fault, const std::string& hint = "") : Error(kCode, std::move(fault), hint) {}
  explicit ErrorOf(const std::string& message, const std::string& hint = "")
      : Error(kCode, Fault{.found = message}, hint) {}
};

using InputError = ErrorOf<ErrorCode::input>;
using ConfigError = ErrorOf<ErrorCode::config>;
using IoError = ErrorOf<ErrorCode::io>;
using NumericalError = ErrorOf<ErrorCode::numerical>;
using Interrupted = ErrorOf<ErrorCode::interrupted>;

}  // namespace gracevae
