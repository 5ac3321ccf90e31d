#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "evaluate/evaluate.hpp"
#include "io/cell_source.hpp"
#include "run/prediction_names.hpp"

namespace gracevae::impl {

namespace {

constexpr const char* kRemake = "make it again with `gracevae predict RUN` from this run and this screen";

std::vector<std::string> obs_column(const CellSource& data, const std::string& name, const std::string& file) {
  const Column* column = data.obs.find(name);
  if (!column)
    throw InputError(fmt::format("{}: obs has no column '{}', which predictions need", file, name),
                     nearest_hint(name, data.obs.names()));
  return column_as_strings(*column);
}

void check_genes(const CellSource& data, const Screen& screen, const std::string& file) {
  const auto& found = data.var.index;
  if (found.size() != screen.var.index.size())
    throw InputError(fmt::format("{}: {} genes, but {} has {}", file, found.size(), screen.source,
                                 screen.var.index.size()),
                     kRemake);
  for (std::size_t g = 0; g < found.size(); ++g)
    if (found[g] != screen.var.index[g])
      throw InputError(fmt::format("{}: gene {} is '{}', but '{}' in {}", file, g + 1, found[g], screen.var.index[g],
                                   screen.source),
                       kRemake);
}

/// The row of the screen with this cell name.
class CellRows {
 public:
  CellRows(const Screen& screen, std::string file) : screen_(screen), file_(std::move(file)) {
    for (std::size_t i = 0; i < screen.cells.size(); ++i) rows_.emplace(screen.cells[i], static_cast<std::int64_t>(i));
  }
  std::int64_t at(const std::string& name, const char* column, std::size_t row) const {
    const auto found = rows_.find(name);
    if (found == rows_.end())
      throw InputError(fmt::format("{} row {}: {} '{}' is no cell of {}", file_, row + 1, column, name, screen_.source),
                       nearest_hint(name, screen_.cells));
    return found->second;
  }
  const Regime& regime_of(std::int64_t cell) const {
    return screen_.regimes[static_cast<std::size_t>(screen_.regime_of_cell[static_cast<std::size_t>(cell)])];
  }

 private:
  const Screen& screen_;
  std::string file_;
  std::unordered_map<std::string, std::int64_t> rows_;
};

/// Rows of the file by regime of the screen; each keeps the file's order.
using RowsOfRegime = std::map<std::int32_t, std::vector<std::size_t>>;

/// Copies the rows of the file that predictions want, block by block, so that no other is ever held.
class RowFiller {
 public:
  void want(std::size_t row, std::size_t prediction, std::int64_t place) {
    wanted_.push_back({static_cast<std::int64_t>(row), prediction, place});
  }
  void fill(RowReader& reader, std::vector<Prediction>& predictions) {
    std::sort(wanted_.begin(), wanted_.end(), [](const Wanted& a, const Wanted& b) { return a.row < b.row; });
    auto next = wanted_.begin();
    while (next != wanted_.end()) {
      const std::int64_t first = next->row, count = std::min(kRowsAtOnce, reader.n_rows() - first);
      const CsrMatrix<float> block = reader.rows(first, count);
      const auto end = std::find_if(next, wanted_.end(), [&](const Wanted& w) { return w.row >= first + count; });
#pragma omp parallel for schedule(static)
      for (auto w = next; w < end; ++w) block.copy_row(w->row - first, predictions[w->prediction].values.row(w->place));
      next = end;
    }
  }

 private:
  static constexpr std::int64_t kRowsAtOnce = 2048;
  struct Wanted {
    std::int64_t row;
    std::size_t prediction;
    std::int64_t place;
  };
  std::vector<Wanted> wanted_;
};

}  // namespace

ExpectedMeans read_expected_means(const std::filesystem::path& path) {
  const AnnData rest = read_anndata(path, {.read_x = false, .read_obsm = true, .read_uns = true});
  ExpectedMeans means;
  const auto matrix = rest.varm.find(kExpectedMeans);
  const auto names = rest.uns.find(kExpectedConditions);
  if (matrix == rest.varm.end() || names == rest.uns.end()) return means;
  const auto* conditions = std::get_if<std::vector<std::string>>(&names->second);
  if (!conditions || std::ssize(*conditions) != matrix->second.n_cols)
    throw InputError(fmt::format("{}: varm/{} has {} columns, but uns/{} does not name as many conditions",
                                 path.string(), kExpectedMeans, matrix->second.n_cols, kExpectedConditions),
                     kRemake);
  for (std::size_t c = 0; c < conditions->size(); ++c) {
    std::vector<double>& mean = means[(*conditions)[c]];
    for (std::int64_t g = 0; g < matrix->second.n_rows; ++g)
      mean.push_back(static_cast<double>(matrix->second(g, static_cast<std::int64_t>(c))));
  }
  return means;
}

std::vector<Prediction> read_predictions(const std::filesystem::path& path, const Screen& screen) {
  const std::string file = path.string();
  const CellSource data = open_anndata(path, {});
  check_genes(data, screen, file);
  const auto condition = obs_column(data, "condition", file), source = obs_column(data, "source", file);
  const auto cell = obs_column(data, "cell", file), control = obs_column(data, "paired_control", file);
  const CellRows cell_rows(screen, file);

  RowsOfRegime rows_of_regime;
  for (std::size_t row = 0; row < source.size(); ++row) {
    if (source[row] != "Generated Cells" || cell[row].empty()) continue;
    const std::int64_t observed = cell_rows.at(cell[row], "cell", row);
    if (cell_rows.regime_of(observed).label != condition[row])
      throw InputError(fmt::format("{} row {}: condition is '{}', but cell '{}' of {} is '{}'", file, row + 1,
                                   condition[row], cell[row], screen.source, cell_rows.regime_of(observed).label),
                       kRemake);
    if (const std::int64_t paired = cell_rows.at(control[row], "paired_control", row);
        !cell_rows.regime_of(paired).targets.empty())
      throw InputError(fmt::format("{} row {}: paired_control '{}' is a '{}' cell, expected a control cell", file,
                                   row + 1, control[row], cell_rows.regime_of(paired).label),
                       kRemake);
    rows_of_regime[screen.regime_of_cell[static_cast<std::size_t>(observed)]].push_back(row);
  }
  if (rows_of_regime.empty())
    throw InputError(
        fmt::format(
            "{}: no cell has source 'Generated Cells' and names the observed cell it stands for: nothing to score",
            file),
        "predict the conditions of the test split: `gracevae predict RUN`");

  ExpectedMeans expected = read_expected_means(path);
  std::vector<Prediction> predictions;
  RowFiller filler;
  for (const auto& [regime, rows] : rows_of_regime) {
    Prediction prediction{screen.regimes[static_cast<std::size_t>(regime)].label,
                          {},
                          {},
                          Matrix<float>(std::ssize(rows), screen.n_genes()),
                          {}};
    if (const auto found = expected.find(prediction.condition); found != expected.end())
      prediction.expected = std::move(found->second);
    for (const std::size_t row : rows) {
      filler.want(row, predictions.size(), std::ssize(prediction.cells));
      prediction.cells.push_back(cell_rows.at(cell[row], "cell", row));
      prediction.controls.push_back(cell_rows.at(control[row], "paired_control", row));
    }
    predictions.push_back(std::move(prediction));
  }
  filler.fill(*data.rows, predictions);
  return predictions;
}

}  // namespace gracevae::impl
