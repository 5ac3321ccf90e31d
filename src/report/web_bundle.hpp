#pragma once
/// @file The front end that was built from web/ and is part of the program.
#include <string_view>

namespace gracevae::impl {

/// Script and style sheet; both empty where the program was built without npm.
struct WebBundle {
  std::string_view script, style;
  bool empty() const { return script.empty(); }
};
WebBundle web_bundle();

}  // namespace gracevae::impl
