#include "train/regime_moments.hpp"

#include <algorithm>
#include <functional>

namespace gracevae::impl {

namespace {

/// δ with mean(max(0, x + δ)) = mean, x sorted in descending order; the mean is piecewise linear in δ, one piece for
/// each number of values above 0.
double shift_before_cut(const std::vector<double>& falling, double mean) {
  const auto n = static_cast<double>(falling.size());
  double sum = 0;
  for (std::size_t above = 1; above <= falling.size(); ++above) {
    sum += falling[above - 1];
    const double shift = (mean * n - sum) / static_cast<double>(above);  // if exactly these are above 0
    const bool next_is_cut = above == falling.size() || falling[above] + shift <= 0;
    if (next_is_cut) return shift;
  }
  return 0;
}

}  // namespace

Tensor shifts_before_cut(const RunData& data, const RegimeMoments& moments) {
  const std::int64_t p = data.shape.n_genes, c = moments.n_regimes() - 1;
  std::vector<Tensor> blocks;
  for_each_block(data.screen, moments.cells[0], [&](const Tensor& rows) { blocks.push_back(rows); });
  const Tensor genes = at::cat(blocks).t().contiguous();  // [p, n]
  const std::int64_t n = genes.size(1);
  Tensor result = at::empty({c, p}, genes.options());
  std::vector<double> falling(static_cast<std::size_t>(n));
  for (std::int64_t g = 0; g < p; ++g) {
    const double* values = genes.data_ptr<double>() + g * n;
    std::partial_sort_copy(values, values + n, falling.begin(), falling.end(), std::greater<>());
    for (std::int64_t k = 0; k < c; ++k)
      result.data_ptr<double>()[k * p + g] =
          shift_before_cut(falling, moments.mean.data_ptr<double>()[(k + 1) * p + g]);
  }
  return result;
}

RegimeMoments regime_moments(const RunData& data) {
  RegimeMoments result;
  const auto add_cells = [&](std::int32_t regime) {
    result.cells.push_back(
        cells_in_fold(data.screen.regimes[static_cast<std::size_t>(regime)], data.split, Fold::train));
  };
  add_cells(0);
  for (const auto& target : data.targets) add_cells(data.screen.find_regime({target}));
  const std::int64_t p = data.shape.n_genes;
  result.mean = at::zeros({static_cast<std::int64_t>(result.cells.size()), p}, doubles());
  Tensor squares = at::zeros({p}, doubles());
  double degrees = 0;
  for (std::size_t k = 0; k < result.cells.size(); ++k) {
    const auto n = static_cast<double>(result.cells[k].size());
    const Tensor mean = result.mean.select(0, static_cast<std::int64_t>(k));
    Tensor sum_of_squares = at::zeros({p}, doubles());
    for_each_block(data.screen, result.cells[k], [&](const Tensor& rows) {
      mean.add_(rows.sum(0));
      result.nonnegative = result.nonnegative && rows.min().item<double>() >= 0;
      sum_of_squares.add_(at::square(rows).sum(0));
    });
    mean.div_(n);
    squares.add_(sum_of_squares).sub_(at::square(mean), n);
    degrees += n - 1;
    data.screen.release_rows();
  }
  result.variance = at::clamp_min(squares, 0) / std::max(degrees, 1.0);
  return result;
}

}  // namespace gracevae::impl
