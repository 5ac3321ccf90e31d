#pragma once
/// @file A table of labels as text, before its rows are matched to cells. Only for src/io.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "io/lines.hpp"

namespace gracevae::impl {

/// A table of text by columns.
struct LabelText {
  std::filesystem::path path;
  std::vector<std::string> names;  ///< of the columns, from the first record; "column 1" for an empty one
  std::vector<std::vector<std::string>> columns;
  std::int64_t header_line = 0;     ///< of the first record
  std::vector<std::int64_t> lines;  ///< of the rows
  bool names_rows = false;          ///< the first record does not name the first column, as in files from R

  std::size_t n_rows() const { return lines.size(); }
  std::string place(std::size_t row) const { return line_place(path, lines[row]); }
};

/// Reads a CSV or TSV, plain or gzip; white space around fields is removed. `first_is_row` tells from the numbers of
/// columns and records that there is no header: a single column is then named after the file ("bio_rep" of
/// bio_rep.txt.gz), several are "column 1", "column 2". Memory: the table as text.
/// @throws InputError an empty file, no rows, lines of another number of fields, a column name twice, each with file
/// and
///   line. @throws IoError as ByteReader.
LabelText read_label_text(const std::filesystem::path& path,
                          const std::function<bool(std::size_t n_columns, std::size_t n_records)>& first_is_row = {});

}  // namespace gracevae::impl
