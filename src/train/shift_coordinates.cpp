#include "train/shift_coordinates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"

namespace gracevae::impl {

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

/// Labels whose mean shift [c, p] stands out of its sampling error and, in that order from the clearest, is not what
/// labels before it do: what it has besides stands out too and is 2 % of its square at least.
struct OwnDirections {
  std::vector<std::int64_t> own, weak;
  /// The others, ascending, with the labels in `own` that do the same, alone or together; with none of them when there
  /// are as many labels before it as genes.
  std::map<std::int64_t, std::vector<std::int64_t>> like_others;
};

/// Labels whose part in a mean shift is at least a fifth of the largest part, the largest first.
std::vector<std::int64_t> parts_of(const Tensor& sizes, const std::vector<std::int64_t>& labels) {
  constexpr double kLeastPart = 0.2;
  std::vector<std::pair<double, std::int64_t>> parts;
  for (std::size_t i = 0; i < labels.size(); ++i)
    parts.emplace_back(-sizes.select(0, static_cast<std::int64_t>(i)).item<double>(), labels[i]);
  std::sort(parts.begin(), parts.end());
  std::vector<std::int64_t> result;
  for (const auto& [size, label] : parts)
    if (-size >= kLeastPart * -parts.front().first) result.push_back(label);
  return result;
}

double sum_of_squares(const Tensor& x) { return at::square(x).sum().item<double>(); }

/// Whether a chi-square is more than chance.
bool stands_out(double score, double degrees) { return score > degrees + 4 * std::sqrt(2 * degrees); }

/// What a label's shift has besides those of others, by least squares.
struct RestOfShift {
  Tensor rest;                      ///< [1, p]
  double error;                     ///< variance of the rest's sampling error, a gene
  std::vector<std::int64_t> parts;  ///< those of the others that are in it
};

RestOfShift rest_of_shift(const RegimeMoments& moments, const Tensor& scaled, std::int64_t label,
                          const std::vector<std::int64_t>& others) {
  const Tensor shift = scaled.narrow(0, label, 1);
  RestOfShift result{shift, 1 / moments.n_cells(label + 1), {}};
  double of_control = 1;
  if (!others.empty()) {
    const Tensor before = scaled.index_select(0, torch_compat::index_tensor(others));
    const Tensor share = at::linalg_solve(at::mm(before, before.t()), at::mm(before, shift.t())).squeeze(1);
    result.rest = shift - at::mm(share.unsqueeze(0), before);
    result.parts = parts_of(at::abs(share) * at::sqrt(at::square(before).sum(1)), others);
    for (std::size_t i = 0; i < others.size(); ++i) {
      const double a = share.select(0, static_cast<std::int64_t>(i)).item<double>();
      result.error += a * a / moments.n_cells(others[i] + 1);
      of_control -= a;
    }
  }
  result.error += of_control * of_control / moments.n_cells(0);
  return result;
}

OwnDirections own_directions(const RegimeMoments& moments, const Tensor& shifts, const Tensor& variance) {
  constexpr double kLeastOwn = 0.02;
  const Tensor scaled = shifts / at::sqrt(variance);
  const auto p = static_cast<double>(variance.size(0));
  OwnDirections result;
  std::vector<std::pair<double, std::int64_t>> clearest;
  for (std::int64_t k = 0; k < shifts.size(0); ++k) {
    const double score = sum_of_squares(scaled.select(0, k)) / (1 / moments.n_cells(0) + 1 / moments.n_cells(k + 1));
    if (stands_out(score, p))
      clearest.emplace_back(-score, k);
    else
      result.weak.push_back(k);
  }
  std::sort(clearest.begin(), clearest.end());
  for (const auto& [score, k] : clearest) {
    const RestOfShift found = rest_of_shift(moments, scaled, k, result.own);
    const double left = p - static_cast<double>(result.own.size()), squares = sum_of_squares(found.rest);
    if (left > 1 && stands_out(squares / found.error, left) &&
        squares - found.error * left > kLeastOwn * sum_of_squares(scaled.narrow(0, k, 1)))
      result.own.push_back(k);
    else
      result.like_others.emplace(k, left > 1 ? found.parts : std::vector<std::int64_t>{});
  }
  std::sort(result.own.begin(), result.own.end());
  return result;
}

/// A line for each group of labels that do the same: "l0, l2, l3", then "l5 as l0 and l1 together".
std::vector<std::string> alike_text(const OwnDirections& found, const std::vector<std::string>& names) {
  const auto name = [&](std::int64_t k) { return names[static_cast<std::size_t>(k)]; };
  const auto names_of = [&](const std::vector<std::int64_t>& labels) {
    std::vector<std::string> words;
    for (const std::int64_t k : labels) words.push_back(name(k));
    return words;
  };
  std::map<std::int64_t, std::vector<std::int64_t>> groups;
  std::vector<std::string> mixtures, inseparable;
  for (const auto& [k, parts] : found.like_others) {
    if (parts.size() == 1)
      groups.try_emplace(parts.front(), std::vector{parts.front()}).first->second.push_back(k);
    else if (!parts.empty())
      mixtures.push_back(fmt::format("{} as {} together", name(k), fmt::join(names_of(parts), " and ")));
    else
      inseparable.push_back(name(k));
  }
  std::vector<std::string> lines;
  for (auto& [own, group] : groups) {
    std::sort(group.begin(), group.end());
    lines.push_back(fmt::format("{}", fmt::join(names_of(group), ", ")));
  }
  lines.insert(lines.end(), mixtures.begin(), mixtures.end());
  if (!inseparable.empty())
    lines.push_back(fmt::format("{}: more labels than the genes can tell apart", fmt::join(inseparable, ", ")));
  return lines;
}

}  // namespace

Tensor ShiftCoordinates::outside(const Tensor& cells) const {
  const Tensor centred = cells - centre;
  return centred - at::mm(at::mm(centred, span_projection), span);
}

Tensor ShiftCoordinates::noise_seen(const Tensor& squares_outside, double n) const {
  const double share_inside = static_cast<double>(span.size(0)) / static_cast<double>(span.size(1));
  const Tensor squares = equal_noise ? squares_outside.mean().expand_as(squares_outside) : squares_outside;
  const Tensor variance = squares / (n * std::max(1 - share_inside, equal_noise ? 0.0 : 0.1));
  return at::matmul(projection.t() * variance, projection);
}

void stop_if_interrupted() {
  if (interrupt_requested())
    throw Interrupted("stopped while the latent graph was fitted: nothing was written",
                      "start again, or with train.start mean-shifts, which needs no fit");
}

void scale_axes(const RunData& data, const RegimeMoments& moments, const Tensor& shifts, ShiftCoordinates& c) {
  // Spread of control along the axes, and of the genes outside them.
  Tensor squares = at::zeros({shifts.size(0)}, doubles()), outside = at::zeros({shifts.size(1)}, doubles());
  for_each_block(data.screen, moments.cells[0], [&](const Tensor& rows) {
    squares.add_(at::square(at::mm(rows - c.centre, c.projection)).sum(0));
    outside.add_(at::square(c.outside(rows)).sum(0));
  });
  const double n = moments.n_cells(0);
  const Tensor noise = c.noise_seen(outside, n), own = squares / n;
  const Tensor spread = at::sqrt(at::maximum(own - noise.diagonal(), 0.05 * own));
  c.size = at::clamp(1 / spread, 0.5, 20);
  c.directions = shifts / c.size.unsqueeze(1);
  c.projection = c.projection * c.size;
  c.noise = noise * c.size.unsqueeze(1) * c.size;
}

ShiftCoordinates shift_coordinates(const RunData& data, const RegimeMoments& moments) {
  ShiftCoordinates c;
  c.centre = moments.mean.select(0, 0);
  const Tensor variance = moments.floored_variance();
  const Tensor shifts = moments.mean.narrow(0, 1, moments.n_regimes() - 1) - c.centre;
  const OwnDirections found = own_directions(moments, shifts, variance);
  c.labels = found.own;
  c.weak = found.weak;
  for (const auto& entry : found.like_others) c.weak.push_back(entry.first);
  std::sort(c.weak.begin(), c.weak.end());
  c.alike = alike_text(found, data.targets);
  if (!c.alike.empty())
    log::warning(
        "{} of {} labels do what other labels do, so that their effects are not told apart: {}; the clearest of a group "
        "has the axis, each other keeps a latent with its own mean shift, without edges",
        found.like_others.size(), shifts.size(0), fmt::join(c.alike, "; "));
  c.weak_directions = at::empty({0, variance.size(0)}, doubles());
  c.directions = c.weak_directions;
  if (!c.weak.empty()) c.weak_directions = shifts.index_select(0, torch_compat::index_tensor(c.weak));
  if (c.labels.empty()) return c;
  const Tensor raw = shifts.index_select(0, torch_compat::index_tensor(c.labels));
  c.span = raw;
  if (moments.nonnegative) {
    const Tensor with_depth = at::cat({raw, depth_direction(data, moments)});
    if (with_depth.size(0) < with_depth.size(1) && independent(with_depth / at::sqrt(variance))) c.span = with_depth;
  }
  const std::int64_t m = raw.size(0);
  const Tensor weighted = (c.span / variance).t();
  c.span_projection = at::matmul(weighted, at::linalg_inv(at::mm(c.span, weighted)));
  c.projection = c.span_projection.narrow(1, 0, m);
  scale_axes(data, moments, raw, c);
  return c;
}

}  // namespace gracevae::impl
