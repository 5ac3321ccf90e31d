#pragma once
/// @file Text files line by line. Only for src/io.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gracevae {

/// Calls `visit(line, number)` for every line of a text file, numbers from 1: without its end (LF or CRLF) and without
/// a byte order mark; the last line needs no end. IoError as read_text.
void for_each_line(const std::filesystem::path& path,
                   const std::function<void(std::string_view line, std::int64_t number)>& visit);

/// The cells of a line; always at least one.
std::vector<std::string_view> split(std::string_view line, char separator);

/// Without white space at either end.
std::string_view trim(std::string_view text);

/// "genes.txt line 12": how messages name a line.
std::string line_place(const std::filesystem::path& path, std::int64_t number);

/// Text that can stand in one cell: tabs and line ends become spaces.
std::string cell_text(std::string text);

}  // namespace gracevae
