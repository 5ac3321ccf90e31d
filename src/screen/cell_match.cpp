#include "screen/cell_match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kNamesShown = 3;

bool is_digit(char letter) { return std::isdigit(static_cast<unsigned char>(letter)) != 0; }

/// Where the trailing number begins; the name's size without one.
std::size_t last_number(std::string_view name) {
  std::size_t at = name.size();
  while (at > 0 && is_digit(name[at - 1])) --at;
  return at;
}

/// Position of the '-' or '.' before the trailing number; npos without them.
std::size_t joint_of(std::string_view name) {
  const std::size_t number = last_number(name);
  if (number == name.size() || number < 2) return name.npos;
  return name[number - 1] == '-' || name[number - 1] == '.' ? number - 1 : name.npos;
}

std::string with_dash(const std::string& name) {
  std::string changed = name;
  if (const std::size_t joint = joint_of(name); joint != name.npos) changed[joint] = '-';
  return changed;
}

std::string without_number(const std::string& name) { return name.substr(0, joint_of(name)); }

std::string as_it_is(const std::string& name) { return name; }

/// How names may be compared.
struct Comparison {
  std::string (*key)(const std::string&);
  const char* how;
};
constexpr Comparison kComparisons[] = {{as_it_is, ""},
                                       {with_dash, "'.' and '-' before the last number taken as one"},
                                       {without_number, "without the number at their ends"}};

using Rows = std::unordered_map<std::string, std::int64_t>;

/// Row of every key; `twice` receives the first two rows with the same key.
Rows rows_by_key(const std::vector<std::string>& names, const Comparison& comparison,
                 std::vector<std::int64_t>& twice) {
  Rows rows;
  rows.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto [first, fresh] = rows.emplace(comparison.key(names[i]), static_cast<std::int64_t>(i));
    if (!fresh && twice.empty()) twice = {first->second, static_cast<std::int64_t>(i)};
  }
  return rows;
}

void require_one_each(const NamedCells& cells, const std::vector<std::int64_t>& twice, const Comparison& comparison) {
  if (twice.empty()) return;
  const std::string& first = cells.names[static_cast<std::size_t>(twice[0])];
  const std::string& second = cells.names[static_cast<std::size_t>(twice[1])];
  if (first == second)
    throw InputError({.place = cells.place,
                      .found = fmt::format("cells {} and {} are both named '{}'", twice[0] + 1, twice[1] + 1, first)},
                     "make the names of the cells unique first");
  throw InputError({.place = cells.place,
                    .found = fmt::format("'{}' and '{}' are one name {}, and only so do the cells' names agree", first,
                                         second, comparison.how)},
                   "write the names of the cells in both files in the same way, with the number of the lane");
}

/// Whether names only number the cells: the same letters, then i or i + 1.
bool only_number(const std::vector<std::string>& names) {
  if (names.empty()) return false;
  const std::string letters = names[0].substr(0, last_number(names[0]));
  for (const std::int64_t first : {0, 1}) {
    bool all = true;
    for (std::size_t i = 0; all && i < names.size(); ++i)
      all = names[i] == letters + std::to_string(static_cast<std::int64_t>(i) + first);
    if (all) return true;
  }
  return false;
}

CellMatch by_order(const NamedCells& screen, const NamedCells& other) {
  CellMatch match;
  match.row_of_cell.resize(screen.names.size());
  std::iota(match.row_of_cell.begin(), match.row_of_cell.end(), std::int64_t{0});
  match.n_matched = std::ssize(screen.names);
  match.how = fmt::format("cells matched by order: '{}' of {} is '{}' of the screen, and so on", other.names[0],
                          other.place, screen.names[0]);
  return match;
}

[[noreturn]] void throw_none_known(const NamedCells& screen, const NamedCells& other) {
  throw InputError(
      {.place = other.place,
       .found = fmt::format("none of its {} cells is one of the {} cells of {}: {} there, {} in the screen",
                            other.names.size(), screen.names.size(), screen.place,
                            first_few(other.names, kNamesShown, "'"), first_few(screen.names, kNamesShown, "'"))},
      "the names must be those of the screen, but for a number at the end such as \"-1\"");
}

}  // namespace

CellMatch match_cells(const NamedCells& screen, const NamedCells& other, bool order_allowed) {
  const bool as_many = order_allowed && !screen.names.empty() && other.names.size() == screen.names.size();
  const bool screen_numbered = as_many && only_number(screen.names),
             other_numbered = as_many && only_number(other.names);
  if (screen_numbered && other_numbered && screen.names != other.names) return by_order(screen, other);
  for (const Comparison& comparison : kComparisons) {
    std::vector<std::int64_t> twice_there, twice_here;
    const Rows rows = rows_by_key(other.names, comparison, twice_there);
    CellMatch match;
    for (const std::string& name : screen.names) {
      const auto row = rows.find(comparison.key(name));
      match.row_of_cell.push_back(row == rows.end() ? -1 : row->second);
      if (match.row_of_cell.back() < 0) continue;
      if (++match.n_matched == 1 && *comparison.how)
        match.how = fmt::format("names of cells compared {}: '{}' is '{}'", comparison.how,
                                other.names[static_cast<std::size_t>(row->second)], name);
    }
    if (match.n_matched == 0) continue;
    rows_by_key(screen.names, comparison, twice_here);
    require_one_each(other, twice_there, comparison);
    require_one_each(screen, twice_here, comparison);
    match.n_strangers = std::ssize(other.names) - match.n_matched;
    return match;
  }
  if (screen_numbered || other_numbered) return by_order(screen, other);
  throw_none_known(screen, other);
}

}  // namespace gracevae::impl
