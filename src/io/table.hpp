#pragma once
/// @file Tab-separated tables with a header line.
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each of columns.size() cells

  /// Index of a column; InputError with the nearest names (and `place`) when absent.
  std::size_t column(const std::string& name, const std::string& place) const;
  bool has(const std::string& name) const;
};

/// Reads a TSV; rows with another number of cells than the header are an InputError with line number.
Table read_tsv(const std::filesystem::path& path);
/// The bytes of a TSV; tabs and line ends inside cells become spaces.
std::string to_tsv(const Table& table);
/// Writes a TSV atomically.
void write_tsv(const std::filesystem::path& path, const Table& table);
/// The table for a terminal: columns padded, numbers (as judged by their text) right-aligned, a rule below the header.
std::string to_text(const Table& table);

}  // namespace gracevae::impl
