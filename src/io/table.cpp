#include "io/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/nearest.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

std::size_t Table::column(const std::string& name, const std::string& place) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end())
    throw InputError({.place = place, .found = fmt::format("no column '{}'", name)}, nearest_hint(name, columns));
  return static_cast<std::size_t>(found - columns.begin());
}

bool Table::has(const std::string& name) const {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

Table read_tsv(const std::filesystem::path& path) {
  Table table;
  for_each_line(path, [&](std::string_view line, std::int64_t number) {
    const auto cells = split(line, '\t');
    if (number == 1) {
      table.columns.assign(cells.begin(), cells.end());
      return;
    }
    if (cells.size() != table.columns.size())
      throw InputError({.place = line_place(path, number),
                        .found = fmt::format("{} tab-separated columns", cells.size()),
                        .expected = fmt::format("{} as in the header", table.columns.size())});
    table.rows.emplace_back(cells.begin(), cells.end());
  });
  if (table.columns.empty())
    throw InputError({.place = path.string(), .found = "is empty", .expected = "a header line"});
  return table;
}

namespace {

std::string tsv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i) line += '\t';
    line += cell_text(cells[i]);
  }
  line += '\n';
  return line;
}

/// Width in a terminal: UTF-8 code points.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// A number, a percentage or a mean ± deviation.
bool is_numeric(std::string_view text) {
  double value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  const std::string_view rest = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  constexpr std::string_view kPlusMinus = "±";
  return rest.empty() || rest == "%" ||
         (rest.starts_with(kPlusMinus) && is_numeric(trim(rest.substr(kPlusMinus.size()))));
}

/// Whether to align a column right: it holds only numbers and missing values.
bool is_numeric_column(const Table& table, std::size_t column) {
  bool any = false;
  for (const auto& row : table.rows) {
    const std::string& cell = row[column];
    if (cell.empty() || cell == "-" || cell == "–" || cell == "NA") continue;
    if (!is_numeric(cell)) return false;
    any = true;
  }
  return any;
}

}  // namespace

std::string to_tsv(const Table& table) {
  std::string text = tsv_line(table.columns);
  for (const auto& row : table.rows) {
    GRACEVAE_CHECK(row.size() == table.columns.size(), "a row needs a cell for each column");
    text += tsv_line(row);
  }
  return text;
}

void write_tsv(const std::filesystem::path& path, const Table& table) { write_text(path, to_tsv(table)); }

std::string to_text(const Table& table) {
  const std::size_t n_columns = table.columns.size();
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  for (std::size_t j = 0; j < n_columns; ++j) {
    widths.push_back(width(table.columns[j]));
    for (const auto& row : table.rows) widths[j] = std::max(widths[j], width(row[j]));
    right.push_back(is_numeric_column(table, j));
  }
  const auto line_of = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t j = 0; j < n_columns; ++j) {
      const std::string padding(widths[j] - width(cells[j]), ' ');
      if (j) line += "  ";
      line += right[j] ? padding + cells[j] : cells[j] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    line += '\n';
    return line;
  };
  std::string text = line_of(table.columns);
  for (std::size_t j = 0; j < n_columns; ++j) {
    if (j) text += "  ";
    for (std::size_t k = 0; k < widths[j]; ++k) text += "─";
  }
  text += '\n';
  for (const auto& row : table.rows) text += line_of(row);
  return text;
}

}  // namespace gracevae::impl
