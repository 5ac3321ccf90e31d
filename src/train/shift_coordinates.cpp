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
  Tensor sum = at::zeros({1, moments.mean.size(1)}, doubles());
  double* const sums = sum.data_ptr<double>();
  const CsrView<float> rows = data.screen.rows();
  for (const std::int64_t cell : moments.cells[0]) {
    const auto columns = rows.row_indices(cell);
    const auto values = rows.row_values(cell);
    for (std::size_t i = 0; i < columns.size(); ++i) sums[columns[i]] -= std::expm1(-static_cast<double>(values[i]));
  }
  return sum / moments.n_cells(0);
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

/// `products` [c, c] of the scaled shifts [c, p].
RestOfShift rest_of_shift(const RegimeMoments& moments, const Tensor& scaled, const Tensor& products,
                          std::int64_t label, const std::vector<std::int64_t>& others) {
  const Tensor shift = scaled.narrow(0, label, 1);
  RestOfShift result{shift, 1 / moments.n_cells(label + 1), {}};
  double of_control = 1;
  if (!others.empty()) {
    const Tensor index = torch_compat::index_tensor(others), with_others = products.index_select(0, index);
    const Tensor among = with_others.index_select(1, index);
    const Tensor share = at::linalg_solve(among, with_others.select(1, label));
    result.rest = shift - at::mm(share.unsqueeze(0), scaled.index_select(0, index));
    result.parts = parts_of(at::abs(share) * at::sqrt(among.diagonal()), others);
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
  const Tensor scaled = shifts / at::sqrt(variance), products = at::mm(scaled, scaled.t());
  const auto p = static_cast<double>(variance.size(0));
  OwnDirections result;
  std::vector<std::pair<double, std::int64_t>> clearest;
  for (std::int64_t k = 0; k < shifts.size(0); ++k) {
    const double score = sum_of_squares(scaled.select(0, k)) / (1 / moments.n_cells(0) + 1 / moments.n_cells(k + 1));
    const bool has_regime = moments.cells[static_cast<std::size_t>(k + 1)].size() > 1;  // for its covariance
    if (has_regime && stands_out(score, p))
      clearest.emplace_back(-score, k);
    else
      result.weak.push_back(k);
  }
  std::sort(clearest.begin(), clearest.end());
  for (const auto& [score, k] : clearest) {
    stop_if_requested("the start was computed");
    const RestOfShift found = rest_of_shift(moments, scaled, products, k, result.own);
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

/// A line for each group of labels that do the same: "l0, l2, l3", then "l5 as l0 and l1 together", or "l5 as 7 others
/// together".
std::vector<std::string> alike_text(const OwnDirections& found, const std::vector<std::string>& names) {
  constexpr std::size_t kMostNamed = 4;
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
      mixtures.push_back(parts.size() <= kMostNamed
                             ? fmt::format("{} as {} together", name(k), fmt::join(names_of(parts), " and "))
                             : fmt::format("{} as {} others together", name(k), parts.size()));
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

/// The first lines in one, and how many more there are.
std::string first_lines(const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 5;
  const std::size_t n = std::min(lines.size(), kShown);
  std::string text = fmt::format("{}", fmt::join(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(n), "; "));
  if (lines.size() > n) text += fmt::format("; and {} more, in section start of options.toml", lines.size() - n);
  return text;
}

/// How much of the variance of each gene's noise is seen outside the span [p], by the squares there: the part of gene
/// g's noise in the span is missing, and parts of others' are added. Genes that make up the axes are seen least.
Tensor share_outside(const ShiftCoordinates& c, const Tensor& outside) {
  constexpr double kLeast = 0.1, kMost = 10;
  constexpr int kRounds = 3;
  const Tensor own = (c.span_projection * c.span.t()).sum(1);
  const auto of_others = [&](const Tensor& noise) {  // Σ_h noise_h·(span_projection_h·span_g)²
    const Tensor within = at::mm(c.span_projection.t() * noise, c.span_projection);
    return (at::mm(within, c.span) * c.span).sum(0);
  };
  if (c.equal_noise) return 1 - 2 * own + of_others(at::ones_like(own));
  Tensor share = at::ones_like(own);
  for (int round = 0; round < kRounds; ++round) {
    const Tensor noise = outside / share + 1e-12 * outside.mean() + 1e-300;
    share = at::clamp(1 - 2 * own + of_others(noise) / noise, kLeast, kMost);
  }
  return share;
}

}  // namespace

RegimeSums ShiftCoordinates::sums(const Screen& screen, const std::vector<std::int64_t>& cells) const {
  const auto n = static_cast<double>(cells.size());
  const std::int64_t s = span.size(0);
  const Tensor at_centre = at::mm(centre.unsqueeze(0), span_projection);
  Tensor sum = at::zeros({1, s}, doubles()), products = at::zeros({s, s}, doubles());
  Tensor with_genes = at::zeros_like(span);  // Σ aᵀx, a = (x − centre)·span_projection
  for_each_block(screen, covariate_effects, cells, [&](const Tensor& x) {
    const Tensor a = at::mm(x, span_projection) - at_centre;
    sum.add_(a.sum(0, true));
    products.add_(at::mm(a.t(), a));
    with_genes.add_(at::mm(a.t(), x));
  });
  Tensor genes = at::zeros_like(centre), squares = at::zeros_like(centre);
  add_values(screen, covariate_effects, cells, genes.data_ptr<double>(), squares.data_ptr<double>());
  screen.release_rows();
  const Tensor to_axes = at::mm(span, projection), mean = at::mm(sum / n, to_axes);
  const Tensor scatter = at::mm(at::mm(to_axes.t(), products), to_axes) - n * at::mm(mean.t(), mean);
  // Σ (x − centre − a·span)²
  const Tensor with_centred = with_genes - at::mm(sum.t(), centre.unsqueeze(0));
  const Tensor of_centred = squares - 2 * centre * genes + n * at::square(centre);
  const Tensor outside = of_centred + (span * (at::mm(products, span) - 2 * with_centred)).sum(0);
  return {n, scatter, at::clamp_min(outside, 0)};
}

Tensor ShiftCoordinates::noise_seen(const RegimeSums& sums) const {
  constexpr double kMost = 0.9;  // of what the cells vary along an axis
  const Tensor variance =
      equal_noise ? (sums.outside.sum() / share_outside.sum()).expand_as(sums.outside) : sums.outside / share_outside;
  const Tensor seen = at::matmul(projection.t() * (variance / sums.n), projection);
  const Tensor own = sums.scatter.diagonal() / sums.n;
  const Tensor factor = at::sqrt(at::clamp(kMost * own / at::clamp_min(seen.diagonal(), 1e-300), 0, 1));
  return seen * factor.unsqueeze(1) * factor;
}

void stop_if_interrupted() {
  if (interrupt_requested())
    throw Interrupted("stopped while the latent graph was fitted: nothing was written",
                      "start again, or with train.start mean-shifts, which needs no fit");
}

void scale_axes(const RunData& data, const RegimeMoments& moments, const Tensor& shifts, ShiftCoordinates& c) {
  const RegimeSums control = c.sums(data.screen, moments.cells[0]);
  c.share_outside = share_outside(c, control.outside);
  const Tensor noise = c.noise_seen(control);
  const Tensor spread = at::sqrt(at::clamp_min(control.scatter.diagonal() / control.n - noise.diagonal(), 1e-12));
  c.size = at::clamp(1 / spread, 0.5, 20);
  c.directions = shifts / c.size.unsqueeze(1);
  c.projection = c.projection * c.size;
  c.noise = noise * c.size.unsqueeze(1) * c.size;
}

ShiftCoordinates shift_coordinates(const RunData& data, const RegimeMoments& moments) {
  ShiftCoordinates c;
  c.centre = moments.mean.select(0, 0);
  c.covariate_effects = moments.covariate_effects;
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
        found.like_others.size(), shifts.size(0), first_lines(c.alike));
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
