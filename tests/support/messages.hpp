#pragma once
/// @file What the library says to its host.
#include <string>
#include <utility>

#include "base/call_scope.hpp"

namespace gracevae::impl {

/// Collects messages while it lives.
class Messages {
 public:
  Messages() : scope_(context_) {
    context_.log = [this](const Message& message) {
      text_ += (message.level == Message::Level::warning ? "warning: " : "") + message.text + "\n";
    };
  }
  /// The messages since the last call, a line each.
  std::string take() { return std::exchange(text_, ""); }

 private:
  std::string text_;
  Context context_;
  CallScope scope_;
};

}  // namespace gracevae::impl
