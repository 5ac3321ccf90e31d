#pragma once
/// @file Tab-separated tables with a header line.
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each of columns.size() cells

  /// Index of a column. Throws InputError with the nearest names (and `place`) if absent.
  std::size_t column(const std::string& name, const std::string& place) const;
  bool has(const std::string& name) const;
};

/// Reads a TSV. Throws InputError with the line for rows that differ from the header in length.
Table read_tsv(const std::filesystem::path& path);
/// The bytes of a TSV; tabs and line ends inside cells become spaces.
std::string to_tsv(const Table& table);
/// Writes a TSV atomically.
void write_tsv(const std::filesystem::path& path, const Table& table);
/// The table for a terminal: columns padded, numbers (as judged by their text) right-aligned, a rule below the header.
std::string to_text(const Table& table);

}  // namespace gracevae::impl
