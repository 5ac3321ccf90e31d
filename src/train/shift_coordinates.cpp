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

/// How log(1 + value) moves when a cell is sequenced deeper [1, p], mean over control: 1 − e^{−value}.
Tensor depth_direction(const RunData& data, const RegimeMoments& moments) {
  Tensor sum = at::zeros({moments.mean.size(1)}, doubles());
  for_each_block(data.screen, moments.cells[0], [&](const Tensor& rows) { sum.add_((1 - at::exp(-rows)).sum(0)); });
  return (sum / moments.n_cells(0)).unsqueeze(0);
}

}  // namespace

Tensor ShiftCoordinates::outside(const Tensor& cells) const {
  const Tensor centred = cells - centre;
  return centred - at::mm(at::mm(centred, span_projection), span);
}

Tensor ShiftCoordinates::noise_seen(const Tensor& squares_outside, double n) const {
  const double share_inside = static_cast<double>(span.size(0)) / static_cast<double>(span.size(1));
  const Tensor variance = squares_outside / (n * std::max(1 - share_inside, 0.1));
  return at::matmul(projection.t() * variance, projection);
}

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
  c.span = raw;
  if (moments.nonnegative) {
    const Tensor with_depth = at::cat({raw, depth_direction(data, moments)});
    if (with_depth.size(0) < with_depth.size(1) && independent(with_depth / at::sqrt(variance))) c.span = with_depth;
  }
  const std::int64_t m = raw.size(0);
  const Tensor weighted = (c.span / variance).t();
  c.span_projection = at::matmul(weighted, at::linalg_inv(at::mm(c.span, weighted)));
  c.projection = c.span_projection.narrow(1, 0, m);
  // Spread of control along the axes, and of the genes outside them.
  Tensor squares = at::zeros({m}, doubles()), outside = at::zeros({raw.size(1)}, doubles());
  for_each_block(data.screen, moments.cells[0], [&](const Tensor& rows) {
    squares.add_(at::square(at::mm(rows - c.centre, c.projection)).sum(0));
    outside.add_(at::square(c.outside(rows)).sum(0));
  });
  const double n = moments.n_cells(0);
  const Tensor noise = c.noise_seen(outside, n), own = squares / n;
  const Tensor spread = at::sqrt(at::maximum(own - noise.diagonal(), 0.05 * own));
  c.size = at::clamp(1 / spread, 0.5, 20);
  c.directions = raw / c.size.unsqueeze(1);
  c.projection = c.projection * c.size;
  c.noise = noise * c.size.unsqueeze(1) * c.size;
  return c;
}

}  // namespace gracevae
