#include "evaluate/latent_correlation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "io/anndata.hpp"
#include "io/mapped_cells.hpp"

namespace gracevae::impl {

namespace {

/// u of posterior-mean noise through the fitted graph.
std::vector<double> solve(const LearnedGraph& fit, std::span<const float> noise) {
  std::vector<double> u(noise.begin(), noise.end());
  for (std::size_t j = 0; j < u.size(); ++j)
    for (std::size_t i = 0; i < j; ++i)
      u[j] += fit.graph(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) *
              (fit.mechanism == "relu" ? std::max(u[i], 0.0) : u[i]);
  return u;
}

/// Latents of the same cells, a row each.
struct CommonCells {
  std::vector<std::vector<double>> known, fitted;
};

CommonCells common_cells(const KnownGraph& truth, const LearnedGraph& fit, const AnnData& data) {
  CommonCells cells;
  const auto mu = data.obsm.find("mu");
  const Column* controls = data.obs.find("paired_control");
  if (mu == data.obsm.end() || !controls || mu->second.n_cols != fit.n_latents()) return cells;
  std::unordered_map<std::string, std::int64_t> row_of;  // of the cells that are still to come
  for (std::size_t i = 0; i < truth.cells.size(); ++i) row_of.emplace(truth.cells[i], static_cast<std::int64_t>(i));
  const std::vector<std::string> names = column_as_strings(*controls);
  for (std::size_t row = 0; row < names.size(); ++row) {
    const auto cell = row_of.find(names[row]);
    if (names[row].empty() || cell == row_of.end()) continue;
    const std::span<const float> u = truth.u.row(cell->second);
    cells.known.emplace_back(u.begin(), u.end());
    cells.fitted.push_back(solve(fit, mu->second.row(static_cast<std::int64_t>(row))));
    row_of.erase(cell);
  }
  return cells;
}

/// Column by column: minus the mean, over the length; a constant column becomes 0.
void standardise(std::vector<std::vector<double>>& rows) {
  const auto n = static_cast<double>(rows.size());
  for (std::size_t j = 0; j < rows.front().size(); ++j) {
    double mean = 0, squares = 0;
    for (const auto& row : rows) mean += row[j] / n;
    for (auto& row : rows) {
      row[j] -= mean;
      squares += row[j] * row[j];
    }
    for (auto& row : rows) row[j] = squares > 0 ? row[j] / std::sqrt(squares) : 0;
  }
}

/// Means over matched true latents of what `value(row)` gives.
template <class Value>
double mean_over_matched(const Matrix<double>& correlation, const LatentMatch& match, const Value& value) {
  double sum = 0, count = 0;
  for (std::int64_t i = 0; i < correlation.n_rows; ++i)
    if (match.fitted[static_cast<std::size_t>(i)] >= 0) {
      sum += value(i);
      count += 1;
    }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Matrix<double> latent_correlations(const KnownGraph& truth, const LearnedGraph& fit,
                                   const std::filesystem::path& predictions) {
  if (truth.cells.empty() || (fit.mechanism != "linear" && fit.mechanism != "relu")) return {};
  CommonCells cells =
      common_cells(truth, fit, read_anndata(annotation_file(predictions), {.read_x = false, .read_uns = false}));
  if (cells.known.size() < 3) return {};
  standardise(cells.known);
  standardise(cells.fitted);
  Matrix<double> result(truth.n_latents(), fit.n_latents());
  for (std::size_t cell = 0; cell < cells.known.size(); ++cell)
    for (std::int64_t i = 0; i < result.n_rows; ++i)
      for (std::int64_t j = 0; j < result.n_cols; ++j)
        result(i, j) +=
            cells.known[cell][static_cast<std::size_t>(i)] * cells.fitted[cell][static_cast<std::size_t>(j)];
  return result;
}

double matched_correlation(const Matrix<double>& correlation, const LatentMatch& match) {
  return mean_over_matched(correlation, match, [&](std::int64_t i) {
    return std::abs(correlation(i, match.fitted[static_cast<std::size_t>(i)]));
  });
}

double correlation_by_chance(const Matrix<double>& correlation, const LatentMatch& match) {
  return mean_over_matched(correlation, match, [&](std::int64_t i) {
    double sum = 0;
    for (const double value : correlation.row(i)) sum += std::abs(value);
    return sum / static_cast<double>(correlation.n_cols);
  });
}

}  // namespace gracevae::impl
