#include "io/label_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/delimited.hpp"

namespace gracevae {

namespace {

constexpr std::array<std::string_view, 5> kCellColumns{"barcode", "cell_barcode", "cell", "cell_id", "index"};
constexpr std::size_t kNamesShown = 3;

using RowOfCell = std::unordered_map<std::string_view, std::size_t>;

/// A table of text by columns.
struct TextTable {
  std::filesystem::path path;
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> columns;
  std::vector<std::int64_t> lines;  ///< of the rows

  std::string place(std::size_t row) const { return line_place(path, lines[row]); }
};

void check_names(const TextTable& table, std::int64_t line) {
  std::unordered_set<std::string_view> seen;
  for (const auto& name : table.names)
    if (!seen.insert(name).second)
      throw InputError(fmt::format("{}: two columns are named '{}', expected names without repeats",
                                   line_place(table.path, line), shown(name)));
}

TextTable read_text_table(const std::filesystem::path& path) {
  TextTable table;
  table.path = path;
  DelimitedReader reader(path);
  std::vector<std::string_view> fields;
  if (!reader.next(fields)) throw InputError(fmt::format("{}: is empty, expected a header line", path.string()));
  for (const auto field : fields) table.names.emplace_back(trim(field));
  const std::int64_t header_line = reader.line();
  while (reader.next(fields)) {
    if (table.columns.empty()) {
      // R leaves the name of the first column out.
      if (table.names.size() + 1 == fields.size()) table.names.insert(table.names.begin(), "");
      table.columns.resize(table.names.size());
    }
    if (fields.size() != table.names.size())
      throw InputError(fmt::format("{}: {} fields, expected {} as in line {}", reader.place(), fields.size(),
                                   table.names.size(), header_line),
                       "are all fields separated by the same character, and is the last line whole?");
    for (std::size_t j = 0; j < fields.size(); ++j) table.columns[j].emplace_back(trim(fields[j]));
    table.lines.push_back(reader.line());
  }
  if (table.lines.empty()) throw InputError(fmt::format("{}: has no rows below its header line", path.string()));
  if (table.names.size() < 2)
    throw InputError(fmt::format("{}: 1 column, expected cell names and at least one label",
                                 line_place(path, header_line)),
                     "separate the columns by tabs, commas or semicolons");
  for (std::size_t j = 0; j < table.names.size(); ++j)
    if (table.names[j].empty()) table.names[j] = fmt::format("column {}", j + 1);
  check_names(table, header_line);
  return table;
}

std::string lower_case(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::unordered_map<std::string_view, std::size_t> rows_of_cells(const CellSource& source) {
  std::unordered_map<std::string_view, std::size_t> rows;
  rows.reserve(source.obs.index.size());
  for (std::size_t i = 0; i < source.obs.index.size(); ++i)
    if (const auto [first, fresh] = rows.emplace(source.obs.index[i], i); !fresh)
      throw InputError(fmt::format("{}: cells {} and {} are both named '{}', so labels cannot be joined by name",
                                   source.path, first->second + 1, i + 1, shown(source.obs.index[i])),
                       "make the names of the cells unique first");
  return rows;
}

std::size_t n_known(const std::vector<std::string>& names, const RowOfCell& rows) {
  return static_cast<std::size_t>(
      std::count_if(names.begin(), names.end(), [&](const std::string& name) { return rows.contains(name); }));
}

/// The column that holds the cell names: of those with a name for it and the first, what names most cells.
std::size_t cell_column(const TextTable& table, const RowOfCell& rows) {
  std::vector<std::size_t> candidates;
  for (const auto wanted : kCellColumns)
    for (std::size_t j = 0; j < table.names.size(); ++j)
      if (lower_case(table.names[j]) == wanted) candidates.push_back(j);
  candidates.push_back(0);
  std::size_t best = candidates[0], most = 0;
  for (const std::size_t j : candidates)
    if (const std::size_t n = n_known(table.columns[j], rows); n > most) {
      best = j;
      most = n;
    }
  return best;
}

/// Without "-1" or another number at its end.
std::string without_suffix(const std::string& name) {
  const std::size_t dash = name.rfind('-');
  if (dash == name.npos || dash == 0 || dash + 1 == name.size()) return name;
  const bool number = std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(),
                                  [](unsigned char letter) { return std::isdigit(letter); });
  return number ? name.substr(0, dash) : name;
}

/// How many names are in both lists, numbers at their ends removed as asked.
std::size_t n_common(const std::vector<std::string>& cells, bool strip_cells, const std::vector<std::string>& names,
                     bool strip_names) {
  std::unordered_set<std::string> known;
  for (const auto& cell : cells) known.insert(strip_cells ? without_suffix(cell) : cell);
  return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    return known.contains(strip_names ? without_suffix(name) : name);
  }));
}

std::string first_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
    text += fmt::format("{}'{}'", i ? ", " : "", shown(names[i]));
  return names.size() > kNamesShown ? text + ", ..." : text;
}

[[noreturn]] void throw_none_known(const CellSource& source, const TextTable& table, std::size_t column) {
  const auto& names = table.columns[column];
  const auto hint = [&](bool strip_cells, bool strip_names, const char* what) {
    const std::size_t n = n_common(source.obs.index, strip_cells, names, strip_names);
    return n == 0
               ? ""
               : fmt::format("without the suffix \"-1\" of the names {} {} rows would match: remove it there", what, n);
  };
  std::string mend = hint(true, false, "in the matrix");
  if (mend.empty()) mend = hint(false, true, "in the labels");
  if (mend.empty()) mend = hint(true, true, "on both sides");
  if (mend.empty())
    mend = "the column with the cell names must be the first, or named barcode, cell_barcode, cell, cell_id or index";
  throw InputError(fmt::format("{}: none of the {} names in column '{}' is a cell of {}: labels {}; matrix {}",
                               table.path.string(), names.size(), shown(table.names[column]), source.path,
                               first_names(names), first_names(source.obs.index)),
                   mend);
}

/// For each cell the row that labels it, −1 where there is none.
std::vector<std::int64_t> rows_for_cells(const CellSource& source, const TextTable& table, std::size_t column,
                                         const RowOfCell& cells) {
  const auto& names = table.columns[column];
  std::vector<std::int64_t> row_of_cell(source.obs.index.size(), -1);
  RowOfCell row_of_name;
  std::size_t n_strangers = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw InputError(fmt::format("{}: the cell name is empty", table.place(i)));
    const auto [first, fresh] = row_of_name.emplace(names[i], i);
    if (!fresh)
      throw InputError(fmt::format("{}: the cell '{}' stands in line {} already, expected each once", table.place(i),
                                   shown(names[i]), table.lines[first->second]),
                       "keep one row for each cell");
    const auto cell = cells.find(names[i]);
    if (cell == cells.end())
      ++n_strangers;
    else
      row_of_cell[cell->second] = static_cast<std::int64_t>(i);
  }
  if (n_strangers == names.size()) throw_none_known(source, table, column);
  const auto n_unlabelled = std::count(row_of_cell.begin(), row_of_cell.end(), -1);
  log::info("{}: labels for {} of {} cells", table.path.string(),
            static_cast<std::int64_t>(row_of_cell.size()) - n_unlabelled, row_of_cell.size());
  if (n_strangers > 0)
    log::warning("{}: {} of {} rows name no cell of {}", table.path.string(), n_strangers, names.size(), source.path);
  return row_of_cell;
}

/// A whole number as programs write it; "007" is a name.
bool parse_whole(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool has_leading_zero(std::string_view text) {
  return text.size() > 1 && text[0] == '0' && std::isdigit(static_cast<unsigned char>(text[1]));
}

/// A column of text as numbers where every value is one.
Column typed(const std::vector<std::string>& texts, const std::vector<std::int64_t>& row_of_cell) {
  bool whole = true, number = false;
  std::int64_t whole_value = 0;
  double value = 0;
  for (const auto& text : texts) {
    const bool gap = is_gap(text);
    whole = whole && !gap && parse_whole(text, whole_value);
    if (gap) continue;
    number = parse_number(text, value) && !has_leading_zero(text);
    if (!number) break;
  }
  const auto gather = [&]<class T>(T missing, const auto& value_of) {
    std::vector<T> values;
    values.reserve(row_of_cell.size());
    for (const std::int64_t row : row_of_cell)
      values.push_back(row < 0 ? missing : value_of(texts[static_cast<std::size_t>(row)]));
    return values;
  };
  if (!number) return gather(std::string(), [](const std::string& text) { return text; });
  if (whole && std::find(row_of_cell.begin(), row_of_cell.end(), -1) == row_of_cell.end())
    return gather(std::int64_t{0}, [](const std::string& text) {
      std::int64_t result = 0;
      parse_whole(text, result);
      return result;
    });
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  return gather(kMissing, [](const std::string& text) {
    double result = kMissing;
    return !is_gap(text) && parse_number(text, result) ? result : kMissing;
  });
}

void put_column(DataFrame& obs, const std::string& name, Column column, const TextTable& table) {
  const auto same =
      std::find_if(obs.columns.begin(), obs.columns.end(), [&](const auto& c) { return c.first == name; });
  if (same == obs.columns.end()) {
    obs.add(name, std::move(column));
    return;
  }
  log::warning("{}: its column '{}' takes the place of the one in the matrix file", table.path.string(), name);
  same->second = std::move(column);
}

}  // namespace

void join_labels(CellSource& source, const std::filesystem::path& file) {
  const RowOfCell cells = rows_of_cells(source);
  const TextTable table = read_text_table(file);
  if (cells.contains(table.names[0]))
    throw InputError(fmt::format("{} line 1: '{}' is a cell, expected the names of the columns", file.string(),
                                 shown(table.names[0])),
                     "put a first line such as \"cell\\tlabel\" above");
  const std::size_t column = cell_column(table, cells);
  const auto row_of_cell = rows_for_cells(source, table, column, cells);
  for (std::size_t j = 0; j < table.names.size(); ++j)
    if (j != column) put_column(source.obs, table.names[j], typed(table.columns[j], row_of_cell), table);
}

}  // namespace gracevae
