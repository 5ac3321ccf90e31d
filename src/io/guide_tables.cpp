#include "io/guide_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <unordered_map>

#include "base/error.hpp"
#include "base/letters.hpp"
#include "base/nearest.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kMostUmis = std::int64_t{1} << 53;  // whole numbers up to here are exact in double
constexpr std::size_t kColumnsShown = 12;

bool is_no_guide(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWords{"none", "*", "no call", "unassigned", "unmapped"};
  return is_gap(text) || std::find(kWords.begin(), kWords.end(), lower_case(text)) != kWords.end();
}

/// Position of the first wanted name that a header has.
std::optional<std::size_t> find_column(const std::vector<std::string>& names,
                                       std::initializer_list<std::string_view> wanted) {
  for (const std::string_view name : wanted)
    for (std::size_t j = 0; j < names.size(); ++j)
      if (lower_case(names[j]) == name) return j;
  return std::nullopt;
}

std::vector<std::string> trimmed(const std::vector<std::string_view>& fields) {
  std::vector<std::string> names;
  for (const auto field : fields) names.emplace_back(trim(field));
  return names;
}

/// Positions of the three columns.
struct CallColumns {
  std::size_t n = 0, cell = 0, guides = 0;
  std::optional<std::size_t> umis;
};

CallColumns call_columns(const std::vector<std::string>& names, const std::string& place) {
  CallColumns columns;
  columns.n = names.size();
  const auto guides =
      find_column(names, {"feature_call", "guide_identity", "guide_calls", "guide_call", "guides", "guide", "guide_ids",
                          "guide_id", "sgrna", "sgrna_id", "grna", "grna_id", "protospacer", "feature"});
  const auto missing = [&](const char* what, const char* hint) {
    return InputError(fmt::format("{}: no column of {} among {}", place, what, first_few(names, kColumnsShown, "'")),
                      hint);
  };
  if (!guides)
    throw missing("guides", "name the column with the guides feature_call, and that with the cells cell_barcode");
  auto cell = find_column(names, {"cell_barcode", "barcode", "cell", "cell_id", "cell_name", "cb", "index"});
  if (!cell) cell = *guides == 0 ? 1 : 0;
  if (*cell >= names.size())
    throw missing("cells",
                  "a table of calls has the columns cell_barcode and feature_call, separated by commas or tabs");
  columns.cell = *cell;
  columns.guides = *guides;
  columns.umis = find_column(names, {"num_umis", "umi_count", "umis", "umi", "n_umis", "count"});
  return columns;
}

std::int64_t read_umis(std::string_view text, const std::string& place) {
  double value = 0;
  if (!parse_number(text, value) || value != std::floor(value) || value < 0 || value > static_cast<double>(kMostUmis))
    throw InputError({.place = place, .found = fmt::format("the count '{}' is no whole number from 0", shown(text))});
  return static_cast<std::int64_t>(value);
}

/// Adds the guides of one row.
void add_row(const std::vector<std::string_view>& fields, const CallColumns& columns, const DelimitedReader& reader,
             std::unordered_map<std::string, std::unordered_map<std::string, std::int64_t>>& line_of,
             GuideCallTable& table) {
  const std::string cell(trim(fields[columns.cell]));
  if (cell.empty()) throw InputError({.place = reader.place(), .found = "the cell name is empty"});
  const auto [known, fresh] = line_of.try_emplace(cell);
  if (fresh) table.cells.push_back(cell);
  if (is_no_guide(trim(fields[columns.guides]))) return;
  const auto guides = split(fields[columns.guides], '|');
  const auto umis = columns.umis ? split(fields[*columns.umis], '|') : std::vector<std::string_view>();
  if (columns.umis && umis.size() != guides.size())
    throw InputError({.place = reader.place(),
                      .found = fmt::format("{} guides in '{}', but {} counts in '{}'", guides.size(),
                                           table.guide_column, umis.size(), table.umi_column)},
                     "are the guides and the counts of a cell joined by | in both columns?");
  for (std::size_t k = 0; k < guides.size(); ++k) {
    const std::string guide(trim(guides[k]));
    if (is_no_guide(guide))
      throw InputError(
          {.place = reader.place(), .found = fmt::format("one of the guides in '{}' has no name", table.guide_column)});
    const auto [first, new_guide] = known->second.emplace(guide, reader.line());
    if (!new_guide)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("guide '{}' of cell '{}' stands in line {} already", shown(guide),
                                             shown(cell), first->second)},
                       "keep one row for each cell, or for each cell and guide");
    table.calls.push_back({cell, guide, columns.umis ? read_umis(trim(umis[k]), reader.place()) : -1, reader.line()});
  }
}

}  // namespace

GuideCallTable read_guide_calls(const std::filesystem::path& path) {
  DelimitedReader reader(path);
  std::vector<std::string_view> fields;
  if (!reader.next(fields))
    throw InputError({.place = path.string(), .found = "is empty", .expected = "a header line"});
  const std::vector<std::string> names = trimmed(fields);
  const CallColumns columns = call_columns(names, reader.place());
  GuideCallTable table;
  table.cell_column = names[columns.cell];
  table.guide_column = names[columns.guides];
  if (columns.umis) table.umi_column = names[*columns.umis];
  std::unordered_map<std::string, std::unordered_map<std::string, std::int64_t>> line_of;
  while (reader.next(fields)) {
    if (fields.size() != columns.n)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields", fields.size()),
                        .expected = fmt::format("{} as in the header line", columns.n)},
                       "is the last line whole?");
    add_row(fields, columns, reader, line_of, table);
  }
  if (table.cells.empty()) throw InputError({.place = path.string(), .found = "has no rows below its header line"});
  return table;
}

std::vector<std::string> read_guide_list(const std::filesystem::path& path) {
  DelimitedReader reader(path);
  std::vector<std::string_view> fields;
  std::vector<std::string> names;
  std::unordered_map<std::string, std::int64_t> line_of;
  while (reader.next(fields)) {
    std::string name(trim(fields.front()));
    if (name.empty()) throw InputError({.place = reader.place(), .found = "the guide has no name"});
    if (const auto [first, fresh] = line_of.emplace(name, reader.line()); !fresh)
      throw InputError({.place = reader.place(),
                        .found = fmt::format("guide '{}' stands in line {} already", shown(name), first->second)},
                       "give every guide its own name");
    names.push_back(std::move(name));
  }
  if (names.empty()) throw InputError({.place = path.string(), .found = "names no guide"});
  return names;
}

}  // namespace gracevae::impl
