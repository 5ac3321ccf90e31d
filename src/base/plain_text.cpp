#include "base/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gracevae::impl {

namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

/// Bytes of the plain character at the beginning; 0 if there is none.
std::size_t plain_character(std::string_view text) {
  const std::size_t n = utf8_character(text);
  const unsigned first = byte_at(text, 0), second = byte_at(text, 1);
  if (n == 1) return first >= 0x20 && first != 0x7F ? 1 : 0;
  if (n == 2 && first == 0xC2 && second < 0xA0) return 0;                               // C1
  if (n == 3 && first == 0xEF && second == 0xBF && byte_at(text, 2) >= 0xBE) return 0;  // U+FFFE, U+FFFF
  return n;
}

}  // namespace

std::size_t utf8_character(std::string_view text) {
  const unsigned first = byte_at(text, 0), second = byte_at(text, 1);
  const auto follow = [&](std::size_t n) {
    for (std::size_t i = 2; i < n; ++i)
      if ((byte_at(text, i) & 0xC0U) != 0x80) return std::size_t{0};
    return n;
  };
  const auto second_in = [&](unsigned low, unsigned high) { return second >= low && second <= high; };
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first < 0xE0) return second_in(0x80, 0xBF) ? 2 : 0;
  if (first < 0xF0) return second_in(first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) ? follow(3) : 0;
  return second_in(first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) ? follow(4) : 0;
}

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = plain_character(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

std::string escaped_text(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    std::size_t n = plain_character(text);
    if (n > 0) {
      escaped += text.substr(0, n);
    } else {
      n = std::max<std::size_t>(utf8_character(text), 1);
      for (std::size_t i = 0; i < n; ++i) escaped += fmt::format("\\x{:02x}", byte_at(text, i));
    }
    text.remove_prefix(n);
  }
  return escaped;
}

}  // namespace gracevae::impl
