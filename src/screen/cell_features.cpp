#include "screen/cell_features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "io/open_cells.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kNamesShown = 3;

/// Row of the file of every control cell, in the order of the control regime.
std::vector<std::int64_t> rows_of_control(const std::vector<std::string>& names, const Screen& screen,
                                          const std::string& file) {
  std::unordered_map<std::string_view, std::int64_t> row;
  row.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!row.emplace(names[i], static_cast<std::int64_t>(i)).second)
      throw InputError({.place = file, .found = fmt::format("cell name '{}' stands twice", names[i])},
                       "give every cell its own name (in Python: adata.obs_names_make_unique())");
  std::vector<std::string> missing;
  for (const std::string& cell : screen.cells)
    if (!row.contains(cell)) missing.push_back(cell);
  if (!missing.empty())
    throw InputError({.place = file,
                      .found = fmt::format("{} of the screen's {} cells are missing: {}", missing.size(),
                                           screen.n_cells(), first_few(missing, kNamesShown, "'"))},
                     "cells are matched by name: names in both files must be the same");
  std::vector<std::int64_t> rows;
  for (const std::int64_t cell : screen.regimes.front().cells)
    rows.push_back(row.at(screen.cells[static_cast<std::size_t>(cell)]));
  return rows;
}

CellFeatures empty_features(const Screen& screen, std::int64_t width) {
  const auto& control = screen.regimes.front().cells;
  CellFeatures features{Matrix<float>(std::ssize(control), width), {}};
  features.row_of_cell.assign(static_cast<std::size_t>(screen.n_cells()), -1);
  for (std::size_t i = 0; i < control.size(); ++i)
    features.row_of_cell[static_cast<std::size_t>(control[i])] = static_cast<std::int64_t>(i);
  return features;
}

/// Column of the file of every pathway, −1 for none.
std::vector<std::int32_t> columns_of(const std::vector<std::string>& ids, const std::vector<std::string>& names,
                                     const std::string& file) {
  std::unordered_map<std::string_view, std::int32_t> column;
  for (std::size_t j = 0; j < names.size(); ++j) column.emplace(names[j], static_cast<std::int32_t>(j));
  std::vector<std::int32_t> columns;
  std::vector<std::string> absent;
  for (const std::string& id : ids) {
    const auto found = column.find(id);
    columns.push_back(found == column.end() ? -1 : found->second);
    if (found == column.end()) absent.push_back(id);
  }
  if (absent.size() == ids.size())
    throw InputError({.place = file,
                      .found = fmt::format("none of its {} columns is a pathway of the context graph", names.size())},
                     ids.empty() ? "the context graph has no pathways: choose another network.level"
                                 : fmt::format("columns must be named by pathway ids, as '{}'", ids.front()));
  if (!absent.empty())
    log::warning("{}: {} of {} pathways have no column and are 0: {}", file, absent.size(), ids.size(),
                 first_few(absent, kNamesShown, "'"));
  return columns;
}

}  // namespace

void CellFeatureOptions::bind(OptionTable& table) {
  table.add(
      "features", "cell_embedding", embedding,
      "Key in obsm of an embedding of the cells, as a foundation model's: the encoder reads it beside the genes, and "
      "pathway nodes are 0. Empty: none.");
  table.add("features", "cell_embedding_file", embedding_file,
            "File (.h5ad) that holds the embedding, matched by cell name. Empty: the screen's own.");
  table.add(
      "features", "pathway_file", pathway_file,
      "Measured values of the pathways, cells x pathways, in any format that a screen can have; columns are named by "
      "pathway ids. For model.pathway_values measured.");
}

void CellFeatureOptions::validate() const {
  if (embedding.empty() && !embedding_file.empty())
    throw ConfigError("features.cell_embedding_file without features.cell_embedding",
                      "name the key in obsm of that file");
}

CellFeatures read_embedding(const CellFeatureOptions& options, const Screen& screen) {
  if (options.embedding.empty()) return {};
  const std::string file = options.embedding_file.empty() ? screen.source : options.embedding_file;
  const AnnData data = read_anndata(file, {.read_x = false, .read_uns = false});
  const auto found = data.obsm.find(options.embedding);
  if (found == data.obsm.end()) {
    std::vector<std::string> keys;
    for (const auto& [key, matrix] : data.obsm) keys.push_back(key);
    throw InputError({.place = file,
                      .found =
                          fmt::format("obsm has no dense array '{}' (features.cell_embedding)", options.embedding)},
                     keys.empty() ? "obsm holds no dense array; name another file with features.cell_embedding_file"
                                  : nearest_hint(options.embedding, keys));
  }
  const Matrix<float>& all = found->second;
  const auto rows = rows_of_control(data.obs.index, screen, file);
  CellFeatures features = empty_features(screen, all.n_cols);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = all.row(rows[i]);
    for (std::size_t j = 0; j < row.size(); ++j)
      if (!std::isfinite(row[j]))
        throw InputError(
            {.place = file,
             .found = fmt::format("obsm '{}', cell '{}', column {}: {} is not a finite number", options.embedding,
                                  data.obs.index[static_cast<std::size_t>(rows[i])], j + 1, row[j])});
    std::copy(row.begin(), row.end(), features.values.row(static_cast<std::int64_t>(i)).begin());
  }
  return features;
}

CellFeatures read_pathway_values(const CellFeatureOptions& options, const Screen& screen,
                                 const std::vector<std::string>& ids) {
  if (options.pathway_file.empty()) return {};
  CellSource source = open_cells(options.pathway_file, {});
  const auto columns = columns_of(ids, source.var.index, options.pathway_file);
  const auto rows = rows_of_control(source.obs.index, screen, options.pathway_file);
  CellFeatures features = empty_features(screen, std::ssize(ids));
  std::vector<std::int64_t> control_of(source.obs.index.size(), -1);
  for (std::size_t i = 0; i < rows.size(); ++i)
    control_of[static_cast<std::size_t>(rows[i])] = static_cast<std::int64_t>(i);
  std::vector<float> values(source.var.index.size());
  constexpr std::int64_t kBlock = 4096;
  for (std::int64_t first = 0; first < std::ssize(control_of); first += kBlock) {
    const std::int64_t count = std::min(kBlock, std::ssize(control_of) - first);
    const CsrMatrix<float> block = source.rows->rows(first, count);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t control = control_of[static_cast<std::size_t>(first + i)];
      if (control < 0) continue;
      block.copy_row(i, std::span<float>(values));
      const auto row = features.values.row(control);
      for (std::size_t j = 0; j < columns.size(); ++j)
        if (columns[j] >= 0) row[j] = values[static_cast<std::size_t>(columns[j])];
    }
  }
  return features;
}

}  // namespace gracevae::impl
