#include "io/label_match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/log.hpp"
#include "io/cell_names.hpp"
#include "io/expression.hpp"

namespace gracevae::impl {

namespace {

constexpr std::array<std::string_view, 5> kCellColumns{"barcode", "cell_barcode", "cell", "cell_id", "index"};
constexpr std::size_t kNamesShown = 3;
constexpr std::size_t kNearlyAll = 95;  // per cent
constexpr double kSampledShare = 0.5;   // of a sample of which nearly all match

using Names = std::vector<std::string>;
using RowOfCell = std::unordered_map<std::string_view, std::size_t>;

RowOfCell rows_of_cells(const CellSource& source) {
  RowOfCell rows;
  rows.reserve(source.obs.index.size());
  for (std::size_t i = 0; i < source.obs.index.size(); ++i)
    if (const auto [first, fresh] = rows.emplace(source.obs.index[i], i); !fresh)
      throw InputError({.place = source.path,
                        .found = fmt::format("cells {} and {} are both named '{}', so labels cannot be joined by name",
                                             first->second + 1, i + 1, shown(source.obs.index[i]))},
                       "make the names of the cells unique first");
  return rows;
}

struct NameColumn {
  std::size_t column = 0, n_known = 0;
};

std::size_t n_known(const Names& names, const RowOfCell& cells) {
  return static_cast<std::size_t>(
      std::count_if(names.begin(), names.end(), [&](const std::string& name) { return cells.contains(name); }));
}

bool are_distinct(const Names& names) {
  return std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
}

/// The column of cell names: the candidate that matches most cells; if none does, another one without repeats of which
/// at least half match.
NameColumn name_column(const LabelText& table, const RowOfCell& cells) {
  const std::vector<std::size_t> candidates = name_candidates(table);
  NameColumn best{candidates[0], 0};
  for (const std::size_t j : candidates)
    if (const std::size_t n = n_known(table.columns[j], cells); n > best.n_known) best = {j, n};
  if (best.n_known > 0) return best;
  for (std::size_t j = 0; j < table.names.size(); ++j)
    if (const std::size_t n = n_known(table.columns[j], cells);
        2 * n >= table.n_rows() && n > best.n_known && are_distinct(table.columns[j]))
      best = {j, n};
  return best;
}

/// For each cell the row with the same key. Keys are unique, or the names themselves.
LabelMatch match_keys(const LabelText& table, std::size_t column, const Names& cell_keys, const Names& row_keys) {
  LabelMatch match{std::vector<std::int64_t>(cell_keys.size(), -1), static_cast<std::int64_t>(column)};
  RowOfCell cells, rows;
  cells.reserve(cell_keys.size());
  rows.reserve(row_keys.size());
  for (std::size_t i = 0; i < cell_keys.size(); ++i) cells.emplace(cell_keys[i], i);
  for (std::size_t i = 0; i < row_keys.size(); ++i) {
    const std::string& name = table.columns[column][i];
    if (name.empty()) throw InputError({.place = table.place(i), .found = "the cell name is empty"});
    if (row_keys[i].empty()) continue;
    const auto [first, fresh] = rows.emplace(row_keys[i], i);
    if (!fresh)
      throw InputError({.place = table.place(i),
                        .found = fmt::format("the cell '{}' stands in line {} already", shown(name),
                                             table.lines[first->second]),
                        .expected = "each once"},
                       "keep one row for each cell");
    if (const auto cell = cells.find(row_keys[i]); cell != cells.end())
      match.row_of_cell[cell->second] = static_cast<std::int64_t>(i);
  }
  return match;
}

[[noreturn]] void throw_header_is_cell(const LabelText& table, const std::string& name) {
  throw InputError({.place = line_place(table.path, table.header_line),
                    .found = fmt::format("'{}' is a cell", shown(name)),
                    .expected = "the names of the columns"},
                   "put a first line such as \"cell\\tlabel\" above");
}

/// The first change of names that makes nearly all of one side match without duplicates.
struct Change {
  const NameChange* names = nullptr;
  std::size_t column = 0, cell = 0, row = 0;  ///< cell and row: an example
  Names cell_keys, row_keys;
};

std::optional<Change> find_change(const CellSource& source, const LabelText& table) {
  const std::size_t enough = std::min(source.obs.index.size(), table.n_rows());
  for (const NameChange& change : name_changes()) {
    Names cell_keys = changed(source.obs.index, change.cells);
    for (const std::size_t column : name_candidates(table)) {
      Names row_keys = changed(table.columns[column], change.rows);
      if (sampled_share(cell_keys, row_keys) < kSampledShare) continue;
      const NameFit fit = fit_of(cell_keys, row_keys);
      if (fit.unique() && fit.example && 100 * fit.n_common >= kNearlyAll * enough)
        return Change{
            &change, column, fit.example->first, fit.example->second, std::move(cell_keys), std::move(row_keys)};
    }
  }
  return std::nullopt;
}

LabelMatch match_changed(const CellSource& source, const LabelText& table, const Change& change) {
  const std::string& head = table.names[change.column];
  if (std::find(change.cell_keys.begin(), change.cell_keys.end(), change.names->rows(head)) != change.cell_keys.end())
    throw_header_is_cell(table, head);
  log::info("{}: cell names are compared {}: '{}' is '{}' in {}", table.path.string(), change.names->what,
            shown(table.columns[change.column][change.row]), shown(source.obs.index[change.cell]), source.path);
  return match_keys(table, change.column, change.cell_keys, change.row_keys);
}

[[noreturn]] void throw_none_known(const CellSource& source, const LabelText& table, std::size_t column,
                                   bool may_change) {
  const Names& names = table.columns[column];
  std::optional<Change> change;
  if (!may_change) change = find_change(source, table);
  throw InputError({.place = table.path.string(),
                    .found = fmt::format("none of the {} names in column '{}' is a cell of {}: labels {}; matrix {}",
                                         names.size(), shown(table.names[column]), source.path, first_names(names),
                                         first_names(source.obs.index))},
                   change ? fmt::format("screen.cell_names auto fits them: names are then compared {}",
                                        change->names->what)
                          : hint_for_strangers(source, table, column));
}

/// The candidate column with most matching names.
std::size_t best_candidate(const LabelText& table, const Expression& expression, const Names& cell_keys) {
  const std::vector<std::size_t> candidates = name_candidates(table);
  std::size_t best = candidates[0], most = 0;
  for (const std::size_t column : candidates) {
    if (candidates.size() == 1) break;
    Names keys;
    for (const auto& name : table.columns[column]) keys.emplace_back(expression.first_group(name).value_or(""));
    if (const std::size_t n = fit_of(cell_keys, keys).n_common; n > most) {
      best = column;
      most = n;
    }
  }
  return best;
}

/// Matches by the first group of an expression.
LabelMatch match_groups(const CellSource& source, const LabelText& table, const std::string& text) {
  const Expression expression(text, "screen.cell_names");
  const auto keys_of = [&](const Names& names, const std::string& place) {
    Names keys;
    keys.reserve(names.size());
    for (const auto& name : names) keys.emplace_back(expression.first_group(name).value_or(""));
    const auto n_empty = std::count(keys.begin(), keys.end(), "");
    if (n_empty == std::ssize(keys))
      throw InputError({.place = place,
                        .found = fmt::format("screen.cell_names '{}' is found in none of the {} names: {}", text,
                                             names.size(), first_names(names))},
                       "its first group must hold what the names on both sides share");
    if (n_empty > 0)
      log::warning("{}: screen.cell_names '{}' is not found in {} of {} names, which are matched with nothing", place,
                   text, n_empty, names.size());
    return keys;
  };
  const auto check_unique = [&](const std::optional<std::pair<std::size_t, std::size_t>>& twice, const Names& names,
                                const Names& keys, const std::string& place) {
    if (twice)
      throw InputError({.place = place,
                        .found = fmt::format("'{}' and '{}' are both '{}' with screen.cell_names '{}'",
                                             shown(names[twice->first]), shown(names[twice->second]),
                                             shown(keys[twice->first]), text),
                        .expected = "each once"},
                       "let the group take in what tells them apart");
  };
  const Names cell_keys = keys_of(source.obs.index, source.path);
  const std::size_t best = best_candidate(table, expression, cell_keys);
  const Names& names = table.columns[best];
  const Names row_keys = keys_of(names, table.path.string());
  const NameFit fit = fit_of(cell_keys, row_keys);
  check_unique(fit.same_cells, source.obs.index, cell_keys, source.path);
  check_unique(fit.same_rows, names, row_keys, table.path.string());
  if (fit.n_common == 0)
    throw InputError(
        {.place = table.path.string(),
         .found = fmt::format(
             "with screen.cell_names '{}' none of the {} names in column '{}' is a cell of {}: labels {}; matrix {}",
             text, names.size(), shown(table.names[best]), source.path, first_names(row_keys), first_names(cell_keys))},
        "its first group must hold what the names on both sides share");
  const auto& [cell, row] = *fit.example;
  log::info("{}: cell names are compared by '{}': '{}' is '{}' in {}", table.path.string(), text, shown(names[row]),
            shown(source.obs.index[cell]), source.path);
  return match_keys(table, best, cell_keys, row_keys);
}

/// Row i is cell i. If a column names the cells, they must be in the same order.
LabelMatch match_in_order(const CellSource& source, const LabelText& table) {
  const Names& cells = source.obs.index;
  if (table.n_rows() != cells.size())
    throw InputError({.place = table.path.string(),
                      .found = fmt::format("{} rows below the header line", table.n_rows()),
                      .expected =
                          fmt::format("{} to be joined by order, one for each cell of {}", cells.size(), source.path)},
                     "the table must have a row for every cell, in the order of the matrix");
  LabelMatch match;
  for (std::size_t i = 0; i < cells.size(); ++i) match.row_of_cell.push_back(static_cast<std::int64_t>(i));
  const std::unordered_set<std::string_view> known(cells.begin(), cells.end());
  for (const std::size_t column : name_candidates(table)) {
    const Names& names = table.columns[column];
    if (names == cells || (table.names.size() > 1 && are_numbers_in_order(names))) {
      match.name_column = static_cast<std::int64_t>(column);
      break;
    }
    const auto wrong =
        static_cast<std::size_t>(std::mismatch(names.begin(), names.end(), cells.begin()).first - names.begin());
    if (!are_numbers_in_order(cells) && are_distinct(names) &&
        std::all_of(names.begin(), names.end(), [&](const auto& name) { return known.contains(name); }))
      throw InputError({.place = table.place(wrong),
                        .found = fmt::format("is cell '{}', but cell {} of {} is '{}': the table has another order",
                                             shown(names[wrong]), wrong + 1, source.path, shown(cells[wrong]))},
                       "screen.cell_names auto joins the rows by name");
  }
  log::info("{}: row i is joined to cell i of {}", table.path.string(), source.path);
  return match;
}

/// Whether the cells are only numbered, and as many rows do not have these numbers.
bool goes_by_order(const CellSource& source, const LabelText& table, const NameColumn& exact) {
  if (table.n_rows() != source.obs.index.size() || !are_numbers_in_order(source.obs.index)) return false;
  return exact.n_known < table.n_rows() || !are_distinct(table.columns[exact.column]);
}

void check_two_columns(const CellSource& source, const LabelText& table) {
  if (table.names.size() > 1) return;
  const std::size_t n_cells = source.obs.index.size();
  throw InputError({.place = line_place(table.path, table.header_line),
                    .found = "1 column",
                    .expected = "cell names and at least one label"},
                   table.n_rows() == n_cells || table.n_rows() + 1 == n_cells
                       ? "if its rows stand in the order of the cells: screen.cell_names order"
                       : "separate the columns by tabs, commas or semicolons");
}

LabelMatch match_by_name(const CellSource& source, const LabelText& table, bool may_change) {
  const RowOfCell cells = rows_of_cells(source);
  const NameColumn exact = name_column(table, cells);
  if (may_change && goes_by_order(source, table, exact)) {
    log::info("{}: the cells of {} have numbers in place of names, and there are as many rows", table.path.string(),
              source.path);
    return match_in_order(source, table);
  }
  check_two_columns(source, table);
  if (cells.contains(table.names[0])) throw_header_is_cell(table, table.names[0]);
  const bool enough = 2 * exact.n_known >= cells.size() || 100 * exact.n_known >= kNearlyAll * table.n_rows();
  if (may_change && !enough)
    if (const auto change = find_change(source, table)) return match_changed(source, table, *change);
  if (exact.n_known == 0) throw_none_known(source, table, exact.column, may_change);
  return match_keys(table, exact.column, source.obs.index, table.columns[exact.column]);
}

}  // namespace

std::vector<std::size_t> name_candidates(const LabelText& table) {
  std::vector<std::size_t> candidates;
  for (const auto wanted : kCellColumns)
    for (std::size_t j = 0; j < table.names.size(); ++j)
      if (lower_case(table.names[j]) == wanted) candidates.push_back(j);
  if (std::find(candidates.begin(), candidates.end(), 0U) == candidates.end()) candidates.push_back(0);
  return candidates;
}

std::string first_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
    text += fmt::format("{}'{}'", i ? ", " : "", shown(names[i]));
  return names.size() > kNamesShown ? text + ", ..." : text;
}

bool is_without_header(const CellSource& source, const std::string& cell_names, std::size_t n_columns,
                       std::size_t n_records) {
  if (n_records != source.obs.index.size()) return false;
  return cell_names == "order" || (cell_names == "auto" && n_columns == 1 && are_numbers_in_order(source.obs.index));
}

LabelMatch match_labels(const CellSource& source, const LabelText& table, const std::string& cell_names) {
  if (cell_names == "order") return match_in_order(source, table);
  const bool by_name = cell_names == "auto" || cell_names == "exact";
  if (!by_name) check_two_columns(source, table);
  LabelMatch match =
      by_name ? match_by_name(source, table, cell_names == "auto") : match_groups(source, table, cell_names);
  const auto n_cells = std::ssize(match.row_of_cell);
  const auto n_labelled = n_cells - std::count(match.row_of_cell.begin(), match.row_of_cell.end(), -1);
  const auto n_strangers = std::ssize(table.lines) - n_labelled;
  log::info("{}: labels for {} of {} cells", table.path.string(), n_labelled, n_cells);
  if (n_strangers > 0)
    log::warning("{}: {} of {} rows name no cell of {}", table.path.string(), n_strangers, table.n_rows(), source.path);
  return match;
}

}  // namespace gracevae::impl
