#include "train/shift_coordinates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/log.hpp"

namespace gracevae {

namespace {

/// Whether rows point in directions that can be told apart: the least eigenvalue of their cosines is not next to 0.
bool independent(const Tensor& rows) {
  constexpr double kLeast = 1e-4;
  const Tensor unit = rows / at::sqrt(at::square(rows).sum(1, true));
  return at::linalg_eigvalsh(at::mm(unit, unit.t())).min().item<double>() > kLeast;
}

}  // namespace

ShiftCoordinates shift_coordinates(const RunData& data, const RegimeMoments& moments) {
  ShiftCoordinates c;
  c.centre = moments.mean.select(0, 0);
  const Tensor variance = moments.floored_variance();
  const Tensor shifts = moments.mean.narrow(0, 1, moments.n_regimes() - 1) - c.centre;
  const auto p = static_cast<double>(variance.size(0));
  for (std::int64_t k = 0; k < shifts.size(0); ++k) {
    const double error = 1 / moments.n_cells(0) + 1 / moments.n_cells(k + 1);
    const double score = (at::square(shifts.select(0, k)) / variance).sum().item<double>() / error;
    (score > p + 4 * std::sqrt(2 * p) ? c.labels : c.weak).push_back(k);
  }
  c.weak_directions = at::empty({0, variance.size(0)}, doubles());
  c.directions = c.weak_directions;
  if (!c.weak.empty()) c.weak_directions = shifts.index_select(0, torch_compat::index_tensor(c.weak));
  if (c.labels.empty()) return c;
  const Tensor raw = shifts.index_select(0, torch_compat::index_tensor(c.labels));
  if (!independent(raw / at::sqrt(variance))) {
    log::warning(
        "the mean shifts of {} labels are not independent directions (labels that do the same, or more labels than genes can "
        "tell apart): each keeps its own, and no graph is fitted",
        c.labels.size());
    c.weak.resize(static_cast<std::size_t>(shifts.size(0)));
    std::iota(c.weak.begin(), c.weak.end(), 0);
    c.labels.clear();
    c.weak_directions = shifts;
    return c;
  }
  const Tensor weighted = (raw / variance).t();
  const Tensor projection = at::matmul(weighted, at::linalg_inv(at::mm(raw, weighted)));  // right inverse of raw
  // Spread of control along the axes, and of the genes outside them.
  Tensor squares = at::zeros({raw.size(0)}, doubles()), outside = at::zeros({raw.size(1)}, doubles());
  for_each_block(data.screen, moments.cells[0], [&](const Tensor& rows) {
    const Tensor v = at::mm(rows - c.centre, projection);
    squares.add_(at::square(v).sum(0));
    outside.add_(at::square(rows - c.centre - at::mm(v, raw)).sum(0));
  });
  const double n = moments.n_cells(0), m = static_cast<double>(c.labels.size());
  outside /= n * std::max(1 - m / p, 0.1);
  const Tensor noise = at::matmul(projection.t() * outside, projection);
  const Tensor own = squares / n;
  const Tensor spread = at::sqrt(at::maximum(own - noise.diagonal(), 0.05 * own));
  c.size = at::clamp(1 / spread, 0.5, 20);
  c.directions = raw / c.size.unsqueeze(1);
  c.projection = projection * c.size;
  c.noise = noise * c.size.unsqueeze(1) * c.size;
  return c;
}

}  // namespace gracevae
