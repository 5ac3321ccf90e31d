#pragma once
/// @file Text that comes from outside: whether it can stand in every file that is written, and how messages show it.
#include <cstddef>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// Bytes of the well-formed UTF-8 character at the beginning of a text; 0 if there is none.
/// @source Unicode 15, table 3-7
std::size_t utf8_character(std::string_view text);

/// Whether it is UTF-8 without control characters (C0, DEL, C1) and without U+FFFE and U+FFFF: as it is, such text can
/// stand in a cell of a table, and in JSON, TOML, XML and scripts.
/// @test tests/unit/base/plain_text_test.cpp
bool is_plain_text(std::string_view text);

/// The same text with the bytes of all other characters as \x09: for messages.
std::string escaped_text(std::string_view text);

}  // namespace gracevae::impl
