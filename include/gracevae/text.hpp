#pragma once
/// @file Words for people, as the library itself makes them.
#include <span>
#include <string>
#include <string_view>

namespace gracevae {

/// A hint for a name that was not found: "did you mean a, b or c?", else the first of the candidates; "" without any.
std::string near_names(std::string_view name, std::span<const std::string> candidates);
/// "1.4 s", "2 min 05 s", "3 h 10 min".
std::string duration_text(double seconds);
/// A word for a POSIX shell, in quotes where it needs them.
std::string shell_word(const std::string& word);
/// Whether text is UTF-8 without control characters, U+FFFE and U+FFFF: such text can stand in every file as it is.
bool is_plain_text(std::string_view text);
/// The same text with the bytes of all other characters as \x09.
std::string escaped_text(std::string_view text);

}  // namespace gracevae
