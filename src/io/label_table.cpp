#include "io/label_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "io/label_match.hpp"
#include "io/label_text.hpp"
#include "io/typed_column.hpp"

namespace gracevae::impl {

namespace {

/// The columns of one table, in the order of the cells.
struct JoinedTable {
  std::filesystem::path path;
  std::vector<std::pair<std::string, Column>> columns;
};

JoinedTable read_joined(const CellSource& source, const std::filesystem::path& path, const std::string& cell_names) {
  const LabelText table = read_label_text(path, [&](std::size_t n_columns, std::size_t n_records) {
    return is_without_header(source, cell_names, n_columns, n_records);
  });
  const LabelMatch match = match_labels(source, table, cell_names);
  JoinedTable joined{path, {}};
  for (std::size_t j = 0; j < table.names.size(); ++j)
    if (static_cast<std::int64_t>(j) != match.name_column)
      joined.columns.emplace_back(table.names[j], typed_column(table.columns[j], match.row_of_cell));
  return joined;
}

void put_column(DataFrame& obs, const std::string& name, Column column, const std::filesystem::path& path) {
  const auto same =
      std::find_if(obs.columns.begin(), obs.columns.end(), [&](const auto& c) { return c.first == name; });
  if (same == obs.columns.end()) {
    obs.add(name, std::move(column));
    return;
  }
  log::warning("{}: its column '{}' takes the place of the one that was there", path.string(), name);
  same->second = std::move(column);
}

}  // namespace

std::vector<std::filesystem::path> label_files(const std::string& files) {
  std::error_code error;
  if (files.find(',') == files.npos || std::filesystem::exists(files, error)) return {files};
  std::vector<std::filesystem::path> paths;
  for (const auto part : split(files, ','))
    if (const auto name = trim(part); !name.empty()) paths.emplace_back(name);
  if (paths.empty()) return {files};
  return paths;
}

std::string absolute_label_files(const std::string& files) {
  if (files.empty()) return "";
  std::string absolute;
  for (const auto& path : label_files(files))
    absolute += (absolute.empty() ? "" : ",") + std::filesystem::absolute(path).lexically_normal().string();
  return absolute;
}

void join_labels(CellSource& source, const std::string& files, const std::string& cell_names) {
  std::vector<JoinedTable> tables;
  for (const auto& path : label_files(files)) tables.push_back(read_joined(source, path, cell_names));
  for (JoinedTable& table : tables)
    for (auto& [name, column] : table.columns) put_column(source.obs, name, std::move(column), table.path);
}

}  // namespace gracevae::impl
