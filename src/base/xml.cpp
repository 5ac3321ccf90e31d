#include "base/xml.hpp"

#include <algorithm>

#include "base/plain_text.hpp"

namespace gracevae::impl {

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t n = utf8_character(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(n, 1));
    const char c = character.front();
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
    else if (n == 0 || character == "\ufffe" || character == "\uffff" ||
             (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'))
      out += '?';
    else
      out += character;
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace gracevae::impl
