#pragma once
/// @file Text inside XML and HTML.
#include <string>
#include <string_view>

namespace gracevae::impl {

/// Text that shows as it is, in elements and in double-quoted attributes. Control characters that XML forbids become
/// '?'.
std::string escape_xml(std::string_view text);

}  // namespace gracevae::impl
