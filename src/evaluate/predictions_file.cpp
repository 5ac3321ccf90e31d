#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "evaluate/evaluate.hpp"
#include "io/cell_source.hpp"
#include "io/mapped_cells.hpp"
#include "run/prediction_names.hpp"

namespace gracevae::impl {

namespace {

constexpr const char* kRemake = "make it again with `gracevae predict RUN` from this run and this screen";

std::vector<std::string> obs_column(const CellSource& data, const std::string& name, const std::string& file) {
  const Column* column = data.obs.find(name);
  if (!column)
    throw InputError({.place = file, .found = fmt::format("obs has no column '{}', which predictions need", name)},
                     nearest_hint(name, data.obs.names()));
  return column_as_strings(*column);
}

void check_genes(const CellSource& data, const Screen& screen, const std::string& file) {
  const auto& found = data.var.index;
  if (found.size() != screen.var.index.size())
    throw InputError({.place = file,
                      .found =
                          fmt::format("{} genes, but {} has {}", found.size(), screen.source, screen.var.index.size())},
                     kRemake);
  for (std::size_t g = 0; g < found.size(); ++g)
    if (found[g] != screen.var.index[g])
      throw InputError({.place = file,
                        .found = fmt::format("gene {} is '{}', but '{}' in {}", g + 1, found[g], screen.var.index[g],
                                             screen.source)},
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
      throw InputError({.place = fmt::format("{} row {}", file_, row + 1),
                        .found = fmt::format("{} '{}' is no cell of {}", column, name, screen_.source)},
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

/// Which cells of the screen the rows of a file of predictions stand for.
class PredictedCells {
 public:
  PredictedCells(const CellSource& data, const Screen& screen, const std::string& file)
      : screen_(screen), file_(file), cell_rows_(screen, file), condition_(obs_column(data, "condition", file)),
        source_(obs_column(data, "source", file)), cell_(obs_column(data, "cell", file)),
        control_(obs_column(data, "paired_control", file)) {}

  /// Of the rows that are predictions. @throws InputError a row that contradicts the screen, or no such row
  RowsOfRegime rows_of_regimes() const {
    RowsOfRegime rows;
    for (std::size_t row = 0; row < source_.size(); ++row) {
      if (source_[row] != "Generated Cells" || cell_[row].empty()) continue;
      check(row);
      rows[screen_.regime_of_cell[static_cast<std::size_t>(observed(row))]].push_back(row);
    }
    if (rows.empty())
      throw InputError(
          {.place = file_,
           .found = "no cell has source 'Generated Cells' and names the observed cell it stands for: nothing to score"},
          "predict the conditions of the test split: `gracevae predict RUN`");
    return rows;
  }
  std::int64_t observed(std::size_t row) const { return cell_rows_.at(cell_[row], "cell", row); }
  std::int64_t control(std::size_t row) const { return cell_rows_.at(control_[row], "paired_control", row); }

 private:
  void check(std::size_t row) const {
    if (const Regime& regime = cell_rows_.regime_of(observed(row)); regime.label != condition_[row])
      throw InputError({.place = fmt::format("{} row {}", file_, row + 1),
                        .found = fmt::format("condition is '{}', but cell '{}' of {} is '{}'", condition_[row],
                                             cell_[row], screen_.source, regime.label)},
                       kRemake);
    if (const Regime& regime = cell_rows_.regime_of(control(row)); !regime.targets.empty())
      throw InputError({.place = fmt::format("{} row {}", file_, row + 1),
                        .found = fmt::format("paired_control '{}' is a '{}' cell", control_[row], regime.label),
                        .expected = "a control cell"},
                       kRemake);
  }

  const Screen& screen_;
  const std::string& file_;
  CellRows cell_rows_;
  std::vector<std::string> condition_, source_, cell_, control_;
};

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
  const AnnData rest = read_anndata(annotation_file(path), {.read_x = false, .read_obsm = true, .read_uns = true});
  ExpectedMeans means;
  const auto matrix = rest.varm.find(kExpectedMeans);
  const auto names = rest.uns.find(kExpectedConditions);
  if (matrix == rest.varm.end() || names == rest.uns.end()) return means;
  const auto* conditions = std::get_if<std::vector<std::string>>(&names->second);
  if (!conditions || std::ssize(*conditions) != matrix->second.n_cols)
    throw InputError({.place = path.string(),
                      .found = fmt::format("varm/{} has {} columns, but uns/{} does not name as many conditions",
                                           kExpectedMeans, matrix->second.n_cols, kExpectedConditions)},
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
  const CellSource data = is_mapped_cells(path) ? open_mapped_cells(path) : open_anndata(path, {});
  check_genes(data, screen, file);
  const PredictedCells cells(data, screen, file);
  ExpectedMeans expected = read_expected_means(path);
  std::vector<Prediction> predictions;
  RowFiller filler;
  for (const auto& [regime, rows] : cells.rows_of_regimes()) {
    Prediction prediction{screen.regimes[static_cast<std::size_t>(regime)].label,
                          {},
                          {},
                          Matrix<float>(std::ssize(rows), screen.n_genes()),
                          {}};
    if (const auto found = expected.find(prediction.condition); found != expected.end())
      prediction.expected = std::move(found->second);
    for (std::int32_t s = 0; s < screen.covariates.n_strata() && !screen.covariates.strata.empty(); ++s) {
      const std::string stratum = screen.covariates.stratum_name(s);
      if (const auto found = expected.find(expected_name(prediction.condition, stratum)); found != expected.end())
        prediction.expected_in[stratum] = std::move(found->second);
    }
    for (const std::size_t row : rows) {
      filler.want(row, predictions.size(), std::ssize(prediction.cells));
      prediction.cells.push_back(cells.observed(row));
      prediction.controls.push_back(cells.control(row));
    }
    predictions.push_back(std::move(prediction));
  }
  filler.fill(*data.rows, predictions);
  return predictions;
}

}  // namespace gracevae::impl
