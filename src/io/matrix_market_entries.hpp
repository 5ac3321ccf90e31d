#pragma once
/// @file The text of a Matrix Market file: header and entries. Only for src/io.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/lines.hpp"

namespace gracevae::impl {

enum class MatrixMarketField { integer, real, pattern };

/// The header.
struct MatrixMarketHeader {
  MatrixMarketField field = MatrixMarketField::real;
  std::int64_t n_rows = 0, n_cols = 0, n_entries = 0;
  std::int64_t line = 0;  ///< of the three sizes
};

/// One entry; indices from 0.
struct MatrixMarketEntry {
  std::int32_t row = 0, column = 0;
  float value = 0;
};

/// Reads "%%MatrixMarket matrix coordinate integer|real|pattern general", plain or gzip, block by block. Checks the
/// header, that indices are within the sizes (below 2^31) and values finite (a pattern's are 1), and that the number of
/// entries matches the header. Blank lines are skipped.
/// @throws InputError with file and line; and as ByteReader. Cost: some 30 ns an entry, twice that from gzip.
class MatrixMarketReader {
 public:
  explicit MatrixMarketReader(const std::filesystem::path& path);
  const MatrixMarketHeader& header() const { return header_; }
  /// Entries of the next block in file order, valid until the next call; empty at the end of the file.
  std::span<const MatrixMarketEntry> next();
  /// Number of entries returned so far.
  std::int64_t n_read() const { return n_read_; }
  bool is_gzip() const { return blocks_.is_gzip(); }

 private:
  std::string_view next_line();
  void read_banner(std::string_view line);
  void read_sizes(std::string_view line);
  bool parse_entry(const char*& at, MatrixMarketEntry& entry) const;
  bool parse_value(const char*& at, float& value) const;
  void check_complete() const;
  [[noreturn]] void throw_bad_entry(std::string_view line) const;
  std::string place() const { return line_place(path_, line_); }

  std::filesystem::path path_;
  LineBlocks blocks_;
  std::string_view rest_;  ///< of the block, not yet read
  MatrixMarketHeader header_;
  std::int64_t line_ = 0;  ///< being read
  std::int64_t n_read_ = 0;
  std::vector<MatrixMarketEntry> entries_;
};

/// The lines that hold the entry (row, column), from 0; at most two.
std::vector<std::int64_t> lines_of_entry(const std::filesystem::path& path, std::int32_t row, std::int32_t column);

}  // namespace gracevae::impl
