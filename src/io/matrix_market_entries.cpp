#include "io/matrix_market_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

constexpr const char* kBannerHint =
    "the first line of a 10x matrix is %%MatrixMarket matrix coordinate integer general";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kSpace = " \t\r\v\f";
  for (std::size_t begin = line.find_first_not_of(kSpace); begin != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(kSpace, begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kSpace, end);
  }
  return words;
}

template <class T>
bool is_whole(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool is_space(char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; }

/// Reads a whole number from 1 to `most` and the space after it; returns it minus 1.
inline bool parse_index(const char*& at, const char* end, std::int64_t most, std::int32_t& index) {
  while (is_space(*at)) ++at;
  std::int64_t value = 0;
  const auto [next, error] = std::from_chars(at, end, value);
  if (error != std::errc{} || value < 1 || value > most) return false;
  index = static_cast<std::int32_t>(value - 1);
  at = next;
  return is_space(*at) || *at == '\n';
}

}  // namespace

MatrixMarketReader::MatrixMarketReader(const std::filesystem::path& path) : path_(path), blocks_(path) {
  const std::string_view banner = next_line();
  if (line_ == 0)
    throw InputError({.place = path.string(), .found = "is empty", .expected = "a Matrix Market file"}, kBannerHint);
  read_banner(banner);
  for (;;) {
    const std::int64_t before = line_;
    const std::string_view line = next_line();
    if (line_ == before)
      throw InputError({.place = fmt::format("{} line {}", path.string(), line_),
                        .found = "the file ends before the line of sizes"});
    if (line.starts_with('%') || trim(line).empty()) continue;
    read_sizes(line);
    return;
  }
}

/// The next line without its end; at the end of the file line_ is unchanged.
std::string_view MatrixMarketReader::next_line() {
  if (rest_.empty()) rest_ = blocks_.next();
  if (rest_.empty()) return {};
  const std::size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  ++line_;
  return line;
}

void MatrixMarketReader::read_banner(std::string_view line) {
  std::vector<std::string> words;
  for (const auto word : words_of(line)) words.push_back(lower_case(word));
  if (words.empty() || words[0] != "%%matrixmarket")
    throw InputError({.place = place(), .found = fmt::format("'{}'", shown(line)), .expected = "%%MatrixMarket"},
                     kBannerHint);
  const auto expect = [&](std::size_t k, std::initializer_list<const char*> allowed, const char* hint) {
    const std::string found = k < words.size() ? words[k] : "";
    if (std::find(allowed.begin(), allowed.end(), found) == allowed.end())
      throw InputError({.place = place(),
                        .found = fmt::format("'{}' is word {} of the header", shown(found), k + 1),
                        .expected = fmt::format("{}", fmt::join(allowed, ", "))},
                       hint);
  };
  expect(1, {"matrix"}, kBannerHint);
  expect(2, {"coordinate"}, "in Python: scipy.io.mmwrite(\"matrix.mtx\", scipy.sparse.csc_matrix(x))");
  expect(3, {"integer", "real", "pattern"}, kBannerHint);
  expect(4, {"general"}, "in Python: scipy.io.mmwrite(\"matrix.mtx\", x, symmetry=\"general\")");
  header_.field = words[3] == "integer" ? MatrixMarketField::integer
                  : words[3] == "real"  ? MatrixMarketField::real
                                        : MatrixMarketField::pattern;
}

void MatrixMarketReader::read_sizes(std::string_view line) {
  const auto words = words_of(line);
  header_.line = line_;
  if (words.size() != 3)
    throw InputError(
        {.place = place(), .found = fmt::format("{} words", words.size()), .expected = "3: rows, columns and entries"});
  std::int64_t* const sizes[] = {&header_.n_rows, &header_.n_cols, &header_.n_entries};
  for (std::size_t k = 0; k < 3; ++k)
    if (!is_whole(words[k], *sizes[k]) || *sizes[k] < 0)
      throw InputError({.place = place(),
                        .found = fmt::format("'{}' is no size", shown(words[k])),
                        .expected = "rows, columns and entries"});
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (header_.n_rows > kMost || header_.n_cols > kMost)
    throw InputError({.place = place(),
                      .found = fmt::format("{} x {} is too large", header_.n_rows, header_.n_cols),
                      .expected = fmt::format("at most {} rows and columns", kMost)});
  if (header_.n_entries > header_.n_rows * header_.n_cols)
    throw InputError(
        {.place = place(),
         .found = fmt::format("{} entries cannot be in {} x {}", header_.n_entries, header_.n_rows, header_.n_cols)});
}

bool MatrixMarketReader::parse_value(const char*& at, float& value) const {
  const char* const end = rest_.data() + rest_.size();
  while (is_space(*at)) ++at;
  if (header_.field == MatrixMarketField::integer) {
    std::int64_t whole = 0;
    const auto [next, error] = std::from_chars(at, end, whole);
    value = static_cast<float>(whole);
    at = next;
    return error == std::errc{};
  }
  const auto [next, error] = std::from_chars(at, end, value);
  if (error == std::errc::result_out_of_range) {  // too small: 0; too large: refused
    double wide = 0;
    parse_number(std::string_view(at, static_cast<std::size_t>(next - at)), wide);
    value = static_cast<float>(wide);
  } else if (error != std::errc{}) {
    return false;
  }
  at = next;
  return std::isfinite(value);
}

/// Reads a line and moves `at` past its end. False, with `at` unspecified, if it is not a valid entry.
bool MatrixMarketReader::parse_entry(const char*& at, MatrixMarketEntry& entry) const {
  const char* const end = rest_.data() + rest_.size();
  if (!parse_index(at, end, header_.n_rows, entry.row) || !parse_index(at, end, header_.n_cols, entry.column))
    return false;
  entry.value = 1;
  if (header_.field != MatrixMarketField::pattern && !parse_value(at, entry.value)) return false;
  while (is_space(*at)) ++at;
  return *at++ == '\n';
}

std::span<const MatrixMarketEntry> MatrixMarketReader::next() {
  entries_.clear();
  while (entries_.empty()) {
    if (rest_.empty()) rest_ = blocks_.next();
    if (rest_.empty()) {
      check_complete();
      return {};
    }
    const char* at = rest_.data();
    const char* const end = at + rest_.size();
    while (at < end) {
      const char* const begin = at;
      ++line_;
      MatrixMarketEntry entry;
      if (parse_entry(at, entry)) {
        entries_.push_back(entry);
        continue;
      }
      const std::string_view from(begin, static_cast<std::size_t>(end - begin));
      const std::string_view line = from.substr(0, from.find('\n'));
      if (!trim(line).empty()) throw_bad_entry(line);
      at = begin + line.size() + 1;
    }
    rest_ = {};
    n_read_ += static_cast<std::int64_t>(entries_.size());
    if (n_read_ > header_.n_entries)
      throw InputError({.place = place(),
                        .found = fmt::format("at least {} entries up to here", n_read_),
                        .expected = fmt::format("{} as line {} says", header_.n_entries, header_.line)},
                       "the file is damaged or two were joined: write or download it again");
  }
  return entries_;
}

void MatrixMarketReader::check_complete() const {
  if (n_read_ != header_.n_entries)
    throw InputError({.place = place(),
                      .found = fmt::format("the file ends after {} entries", n_read_),
                      .expected = fmt::format("{} as line {} says", header_.n_entries, header_.line)},
                     "the file is not whole: copy or download it again");
}

void MatrixMarketReader::throw_bad_entry(std::string_view line) const {
  const auto words = words_of(line);
  const std::size_t expected = header_.field == MatrixMarketField::pattern ? 2 : 3;
  if (words.size() != expected)
    throw InputError({.place = place(),
                      .found = fmt::format("{} words in '{}'", words.size(), shown(trim(line))),
                      .expected = expected == 2 ? "row and column" : "row, column and value"});
  const std::pair<const char*, std::int64_t> indices[] = {{"row", header_.n_rows}, {"column", header_.n_cols}};
  for (std::size_t k = 0; k < 2; ++k) {
    std::int64_t index = 0;
    if (!is_whole(words[k], index))
      throw InputError({.place = place(),
                        .found = fmt::format("'{}' is no {}", shown(words[k]), indices[k].first),
                        .expected = fmt::format("a whole number from 1 to {}", indices[k].second)});
    if (index < 1 || index > indices[k].second)
      throw InputError({.place = place(),
                        .found = fmt::format("{} {} is out of range", indices[k].first, index),
                        .expected = fmt::format("1 to {}", indices[k].second)},
                       index == 0 ? "Matrix Market counts from 1" : "");
  }
  if (header_.field == MatrixMarketField::integer)
    throw InputError({.place = place(),
                      .found = fmt::format("'{}' is no whole number, as the header promises", shown(words.back()))},
                     "write 'real' for 'integer' in line 1 when the matrix holds fractions");
  throw InputError({.place = place(), .found = fmt::format("'{}' is no finite number", shown(words.back()))},
                   "remove this cell or gene, or put 0 in its place, and write the file again");
}

std::vector<std::int64_t> lines_of_entry(const std::filesystem::path& path, std::int32_t row, std::int32_t column) {
  std::vector<std::int64_t> found;
  bool sizes_read = false;
  LineReader reader(path);
  for (std::string_view line; found.size() < 2 && reader.next(line);) {
    if (line.starts_with('%')) continue;
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    std::int64_t first = 0, second = 0;
    const bool matches = is_whole(words[0], first) && is_whole(words[1], second) && first == row + std::int64_t{1} &&
                         second == column + std::int64_t{1};
    if (sizes_read && matches) found.push_back(reader.number());
    sizes_read = true;
  }
  return found;
}

}  // namespace gracevae::impl
