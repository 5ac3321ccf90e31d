#pragma once
/// @file Text files line by line, plain or gzip. Only for src/io.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "io/gzip.hpp"

namespace gracevae::impl {

/// The text of a file in blocks of whole lines, for fast readers. A byte order mark is removed and a missing last line
/// end added. Memory: a block, or the longest line if longer. Errors as ByteReader.
class LineBlocks {
 public:
  explicit LineBlocks(const std::filesystem::path& path);
  /// The next block, which ends in LF; empty at the end of the file. Valid until the next call.
  std::string_view next();
  bool is_gzip() const { return bytes_.is_gzip(); }

 private:
  ByteReader bytes_;
  std::vector<char> buffer_;
  std::size_t used_ = 0, filled_ = 0;  ///< [used_, filled_) is the beginning of the next block
  bool first_ = true;
};

/// Reads the lines of a file. Errors as ByteReader.
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& path) : path_(path), blocks_(path) {}
  /// The next line without its end (LF or CRLF), valid until the next call; false at the end of the file.
  bool next(std::string_view& line);
  /// Number of the last line, from 1.
  std::int64_t number() const { return number_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  LineBlocks blocks_;
  std::string_view rest_;
  std::int64_t number_ = 0;
};

/// Calls `visit(line, number)` for every line of a text file, plain or gzip, numbered from 1: without line end (LF or
/// CRLF) or byte order mark; the last line needs no end. Errors as ByteReader.
void for_each_line(const std::filesystem::path& path,
                   const std::function<void(std::string_view line, std::int64_t number)>& visit);

/// The cells of a line, at least one.
std::vector<std::string_view> split(std::string_view line, char separator);

/// Without white space at either end.
std::string_view trim(std::string_view text);

/// "genes.txt line 12": how messages name a line.
std::string line_place(const std::filesystem::path& path, std::int64_t number);

/// Text of a file for messages: shortened, control characters become '?'.
std::string shown(std::string_view text);

/// Text for one cell: tabs and line ends become spaces.
std::string cell_text(std::string text);

}  // namespace gracevae::impl
