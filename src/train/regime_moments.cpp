#include "train/regime_moments.hpp"

#include <algorithm>

namespace gracevae {

namespace {

std::vector<std::int64_t> training_cells(const RunData& data, std::int32_t regime) {
  std::vector<std::int64_t> cells;
  for (const std::int64_t cell : data.screen.regimes[static_cast<std::size_t>(regime)].cells)
    if (data.split.fold[static_cast<std::size_t>(cell)] == Fold::train) cells.push_back(cell);
  return cells;
}

}  // namespace

RegimeMoments regime_moments(const RunData& data) {
  RegimeMoments result;
  result.cells.push_back(training_cells(data, 0));
  for (const auto& target : data.targets)
    result.cells.push_back(training_cells(data, data.screen.find_regime({target})));
  const at::TensorOptions doubles = at::TensorOptions().dtype(at::kDouble);
  const std::int64_t p = data.shape.n_genes;
  result.mean = at::zeros({static_cast<std::int64_t>(result.cells.size()), p}, doubles);
  Tensor squares = at::zeros({p}, doubles);
  double degrees = 0;
  for (std::size_t k = 0; k < result.cells.size(); ++k) {
    const auto n = static_cast<double>(result.cells[k].size());
    const Tensor mean = result.mean.select(0, static_cast<std::int64_t>(k));
    Tensor sum_of_squares = at::zeros({p}, doubles);
    for_each_block(data.screen, result.cells[k], [&](const Tensor& rows) {
      mean.add_(rows.sum(0));
      sum_of_squares.add_(at::square(rows).sum(0));
    });
    mean.div_(n);
    squares.add_(sum_of_squares).sub_(at::square(mean), n);
    degrees += n - 1;
  }
  result.variance = at::clamp_min(squares, 0) / std::max(degrees, 1.0);
  return result;
}

}  // namespace gracevae
