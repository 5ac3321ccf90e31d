#include "base/xml.hpp"

namespace gracevae::impl {

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if (code < 0x20 && c != '\t' && c != '\n' && c != '\r')
      out += '?';
    else
      out += c;
  }
  return out;
}

}  // namespace gracevae::impl
