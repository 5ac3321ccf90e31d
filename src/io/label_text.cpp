#include "io/label_text.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>

#include "base/error.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

void check_names(const LabelText& table) {
  std::unordered_set<std::string_view> seen;
  for (const auto& name : table.names)
    if (!seen.insert(name).second)
      throw InputError({.place = line_place(table.path, table.header_line),
                        .found = fmt::format("two columns are named '{}'", shown(name)),
                        .expected = "names without repeats"});
}

/// "bio_rep" of rep/bio_rep.txt.gz.
std::string stem_of(const std::filesystem::path& path) {
  std::filesystem::path name = path.filename();
  if (name.extension() == ".gz") name = name.stem();
  return name.stem().string();
}

void take_first_as_row(LabelText& table) {
  if (table.columns.empty()) table.columns.resize(table.names.size());
  for (std::size_t j = 0; j < table.names.size(); ++j)
    table.columns[j].insert(table.columns[j].begin(), std::move(table.names[j]));
  table.lines.insert(table.lines.begin(), table.header_line);
  table.names.assign(table.columns.size(), "");
  if (table.names.size() == 1) table.names[0] = stem_of(table.path);
}

}  // namespace

LabelText read_label_text(const std::filesystem::path& path,
                          const std::function<bool(std::size_t, std::size_t)>& first_is_row) {
  LabelText table;
  table.path = path;
  DelimitedReader reader(path);
  std::vector<std::string_view> fields;
  if (!reader.next(fields))
    throw InputError({.place = path.string(), .found = "is empty", .expected = "a header line"});
  for (const auto field : fields) table.names.emplace_back(trim(field));
  table.header_line = reader.line();
  while (reader.next(fields)) {
    if (table.columns.empty()) {
      table.names_rows = table.names.size() + 1 == fields.size();
      if (table.names_rows) table.names.insert(table.names.begin(), "");
      table.columns.resize(table.names.size());
    }
    if (fields.size() != table.names.size())
      throw InputError({.place = reader.place(),
                        .found = fmt::format("{} fields", fields.size()),
                        .expected = fmt::format("{} as in line {}", table.names.size(), table.header_line)},
                       "are all fields separated by the same character, and is the last line whole?");
    for (std::size_t j = 0; j < fields.size(); ++j) table.columns[j].emplace_back(trim(fields[j]));
    table.lines.push_back(reader.line());
  }
  if (first_is_row && !table.names_rows && first_is_row(table.names.size(), table.n_rows() + 1))
    take_first_as_row(table);
  if (table.lines.empty()) throw InputError({.place = path.string(), .found = "has no rows below its header line"});
  for (std::size_t j = 0; j < table.names.size(); ++j)
    if (table.names[j].empty()) table.names[j] = fmt::format("column {}", j + 1);
  check_names(table);
  return table;
}

}  // namespace gracevae::impl
