#include "explain/cell_embedding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/nearest.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "io/anndata_add.hpp"
#include "io/hdf5.hpp"
#include "stats/principal_components.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kRowsAtOnce = 1024;

/// The progress line of an embedding: reading, components, then UMAP.
class Stages {
 public:
  Stages() : progress_("embedding", kSteps) {}
  void tell(double from, double to, double share, const char* what) {
    stop_if_requested("embedding");
    progress_.update(static_cast<std::int64_t>(kSteps * (from + (to - from) * share)), what);
  }

 private:
  static constexpr std::int64_t kSteps = 1000;
  Progress progress_;
};
constexpr double kRead = 0.3, kComponents = 0.5;  // of the time, roughly

/// The chosen rows of the file, in this order.
CsrMatrix<float> chosen_rows(RowReader& reader, const std::vector<std::int64_t>& rows, Stages& stages) {
  CsrMatrix<float> result;
  result.n_cols = reader.n_cols();
  auto next = rows.begin();
  while (next != rows.end()) {
    const std::int64_t first = *next, count = std::min(kRowsAtOnce, reader.n_rows() - first);
    const CsrMatrix<float> block = reader.rows(first, count);
    for (; next != rows.end() && *next < first + count; ++next)
      append_rows(block, *next - first, *next - first + 1, result);
    stages.tell(0, kRead, static_cast<double>(result.n_rows) / static_cast<double>(rows.size()), "reading cells");
  }
  return result;
}

/// Σ over genes of their variance over the cells, around the means of their groups, n − 1.
double total_variance(const CsrMatrix<float>& x, const Matrix<double>& means, std::span<const std::int32_t> groups) {
  double sum = 0;
  for (const float value : x.values) sum += static_cast<double>(value) * static_cast<double>(value);
  std::vector<double> sizes(static_cast<std::size_t>(means.n_rows), groups.empty() ? static_cast<double>(x.n_rows) : 0);
  for (const std::int32_t group : groups) ++sizes[static_cast<std::size_t>(group)];
  for (std::int64_t g = 0; g < means.n_rows; ++g) {
    const auto mean = means.row(g);
    sum -= sizes[static_cast<std::size_t>(g)] * std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0);
  }
  return std::max(0.0, sum / static_cast<double>(x.n_rows - 1));
}

/// Numbers of the chosen cells' strata; empty where the file has none.
std::vector<std::int32_t> strata_of(const CellSource& cells, const std::vector<std::int64_t>& rows) {
  const Column* const column = cells.obs.find("stratum");
  if (!column) return {};
  const std::vector<std::string> names = column_as_strings(*column);
  std::map<std::string, std::int32_t> number;
  std::vector<std::int32_t> strata;
  for (const std::int64_t row : rows)
    strata.push_back(
        number.emplace(names[static_cast<std::size_t>(row)], static_cast<std::int32_t>(number.size())).first->second);
  return strata;
}

Matrix<float> scores(const PrincipalComponents& components, const CsrMatrix<float>& x,
                     std::span<const std::int32_t> groups) {
  Matrix<float> result(x.n_rows, components.n_components());
  for (std::int64_t first = 0; first < x.n_rows; first += kRowsAtOnce) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min(kRowsAtOnce, x.n_rows - first)));
    std::iota(rows.begin(), rows.end(), first);
    const auto here = groups.empty() ? groups : groups.subspan(static_cast<std::size_t>(first), rows.size());
    const Matrix<double> projected = components.project(common_rows(x, rows), here);
    std::transform(projected.values.begin(), projected.values.end(), result.values.begin() + first * result.n_cols,
                   [](double value) { return static_cast<float>(value); });
  }
  return result;
}

Matrix<float> rounded(const Matrix<double>& x) {
  Matrix<float> result(x.n_rows, x.n_cols);
  std::transform(x.values.begin(), x.values.end(), result.values.begin(),
                 [](double value) { return static_cast<float>(value); });
  return result;
}

/// Rows at their places among `n_rows`, NaN elsewhere.
Matrix<float> spread_rows(const Matrix<float>& x, const std::vector<std::int64_t>& rows, std::int64_t n_rows) {
  Matrix<float> result(n_rows, x.n_cols, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto from = x.row(static_cast<std::int64_t>(i));
    std::copy(from.begin(), from.end(), result.row(rows[i]).begin());
  }
  return result;
}

}  // namespace

void EmbeddingOptions::bind(OptionTable& table) {
  table
      .add("umap", "cells", cells,
           "Cells that are drawn, at most. Of more, a sample by source and condition is, and the others have NaN.")
      .at_least(2);
  table.add("umap", "components", components, "Principal components that neighbours are looked for in.").range(1, 1000);
  table
      .add("umap", "n_neighbors", umap.n_neighbors,
           "Neighbours that UMAP keeps near each cell, the cell itself among them (scanpy's default).")
      .range(2, 1000);
  table
      .add("umap", "min_dist", umap.min_dist,
           "How near drawn cells may lie: 0.5 as scanpy draws, 0.1 as umap-learn. At most spread.")
      .range(0, 100);
  table.add("umap", "spread", umap.spread, "Scale of the drawing.").range(1e-3, 100);
  table
      .add("umap", "umap_epochs", umap.epochs,
           "Epochs of UMAP's optimiser; 0 = 500 for 10,000 cells and fewer, else 200 (umap-learn's rule).")
      .range(0, 100000);
  table
      .add("umap", "negative_samples", umap.negative_samples,
           "Cells drawn at random and pushed away for each that is drawn nearer.")
      .range(0, 1000);
  table.add("umap", "seed", umap.seed, "Seed of the sample of cells and of the drawing.").at_least(0);
  table
      .add("umap", "exact_neighbors", umap.most_exact,
           "Cells up to which neighbours are found by comparing all pairs; above, by hnswlib, which may miss some.")
      .at_least(0);
}

void EmbeddingOptions::validate() const {
  if (umap.min_dist > umap.spread)
    throw ConfigError(fmt::format("umap.min_dist {} is above umap.spread {}", umap.min_dist, umap.spread),
                      "min_dist at most spread: cells cannot be kept further apart than they are spread");
}

std::vector<std::int64_t> stratified_sample(const std::vector<std::string>& labels, std::int64_t n_most,
                                            std::uint64_t seed) {
  std::vector<std::int64_t> chosen(labels.size());
  std::iota(chosen.begin(), chosen.end(), 0);
  if (std::ssize(labels) <= n_most) return chosen;
  std::map<std::string, std::vector<std::int64_t>> rows_of;
  for (const std::int64_t row : chosen) rows_of[labels[static_cast<std::size_t>(row)]].push_back(row);
  Random random(seed, "umap/sample");
  std::vector<std::pair<double, std::int64_t>> order;  // the share of its label that comes before a row
  for (auto& [label, rows] : rows_of) {
    random.shuffle(rows);
    for (std::size_t i = 0; i < rows.size(); ++i)
      order.emplace_back(static_cast<double>(i) / static_cast<double>(rows.size()), rows[i]);
  }
  std::sort(order.begin(), order.end());
  chosen.clear();
  for (std::int64_t i = 0; i < n_most; ++i) chosen.push_back(order[static_cast<std::size_t>(i)].second);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<std::string> prediction_column(const CellSource& cells, const std::string& name) {
  const Column* column = cells.obs.find(name);
  if (!column)
    throw InputError({.place = cells.path,
                      .found = fmt::format("obs has no column '{}', which predictions have", name)},
                     nearest_hint(name, cells.obs.names()));
  return column_as_strings(*column);
}

CellEmbedding embed_cells(CellSource& cells, const EmbeddingOptions& options) {
  options.validate();
  std::vector<std::string> labels = prediction_column(cells, "source");
  const std::vector<std::string> condition = prediction_column(cells, "condition");
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] += '\t' + condition[i];
  if (labels.size() < 2)
    throw InputError(
        {.place = cells.path, .found = fmt::format("{} cell", labels.size()), .expected = "two or more to draw"});

  Stages stages;
  CellEmbedding result;
  result.n_cells = std::ssize(labels);
  result.rows = stratified_sample(labels, options.cells, static_cast<std::uint64_t>(options.umap.seed));
  CsrMatrix<float> x = chosen_rows(*cells.rows, result.rows, stages);
  std::vector<std::int64_t> all(result.rows.size());
  std::iota(all.begin(), all.end(), 0);
  const std::vector<std::int32_t> strata = strata_of(cells, result.rows);
  const PrincipalComponents components = principal_components(x, all, options.components, strata);
  result.components = scores(components, x, strata);
  result.directions = rounded(components.directions);
  result.variances = components.variances;
  result.total_variance = total_variance(x, components.means, strata);
  x = {};
  result.places = umap(std::as_const(result.components).view(), options.umap,
                       [&](double share) { stages.tell(kComponents, 1, share, "drawing"); });
  return result;
}

std::map<std::string, double> embedding_settings(const EmbeddingOptions& options, std::int64_t n_cells) {
  const UmapCurve curve = fit_umap_curve(options.umap.min_dist, options.umap.spread);
  return {{"a", curve.a},
          {"b", curve.b},
          {"n_neighbors", static_cast<double>(options.umap.n_neighbors)},
          {"min_dist", options.umap.min_dist},
          {"spread", options.umap.spread},
          {"n_pcs", static_cast<double>(options.components)},
          {"random_state", static_cast<double>(options.umap.seed)},
          {"n_cells", static_cast<double>(n_cells)}};
}

void write_embedding(const std::filesystem::path& file, const CellEmbedding& embedding,
                     const EmbeddingOptions& options) {
  AnnDataAdditions additions;
  additions.obsm["X_pca"] = spread_rows(embedding.components, embedding.rows, embedding.n_cells);
  additions.obsm["X_umap"] = spread_rows(embedding.places, embedding.rows, embedding.n_cells);
  additions.varm["PCs"] = embedding.directions;
  std::vector<double> ratio;
  for (const double variance : embedding.variances)
    ratio.push_back(embedding.total_variance > 0 ? variance / embedding.total_variance : 0);
  additions.uns["pca/params/zero_center"] = true;
  additions.uns["pca/params/use_highly_variable"] = false;
  additions.uns["pca/variance"] = embedding.variances;
  additions.uns["pca/variance_ratio"] = std::move(ratio);
  for (const auto& [name, value] : embedding_settings(options, std::ssize(embedding.rows))) {
    const bool whole = name == "n_neighbors" || name.starts_with("n_") || name == "random_state";
    additions.uns["umap/params/" + name] = whole ? UnsValue(static_cast<std::int64_t>(value)) : UnsValue(value);
  }
  add_to_anndata(file, additions);
}

std::optional<StoredPlaces> stored_places(const std::filesystem::path& path, std::int64_t n_cells) {
  const hdf5::File file = hdf5::File::open(path);
  const std::string node = "/obsm/X_umap", params = "/uns/umap/params";
  if (file.kind("/obsm") != hdf5::NodeKind::group || file.kind(node) != hdf5::NodeKind::dataset ||
      file.info(node).shape != std::vector<std::int64_t>{n_cells, 2})
    return {};
  StoredPlaces stored;
  const std::vector<float> values = file.read_floats(node);
  for (std::int64_t i = 0; i < n_cells; ++i) {
    const float x = values[static_cast<std::size_t>(2 * i)], y = values[static_cast<std::size_t>(2 * i + 1)];
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    stored.rows.push_back(i);
    stored.places.values.insert(stored.places.values.end(), {x, y});
  }
  stored.places.n_rows = std::ssize(stored.rows);
  stored.places.n_cols = 2;
  if (file.kind(params) == hdf5::NodeKind::group)
    for (const std::string& name : file.children(params))
      if (const auto info = file.info(params + "/" + name);
          info.shape.empty() && (info.kind == hdf5::ValueKind::real || info.kind == hdf5::ValueKind::integer))
        stored.settings[name] = file.read_doubles(params + "/" + name).front();
  return stored;
}

}  // namespace gracevae::impl
