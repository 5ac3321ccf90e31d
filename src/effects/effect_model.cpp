#include "effects/effect_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.hpp"
#include "base/progress.hpp"
#include "stats/distributions.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kFewestAlike = 20;  // rows that errors are taken from
constexpr double kBoundShare = 0.1;
constexpr double kNormalDegrees = 1e6;  // of Student's t, which is then normal
constexpr std::size_t kItemsAtOnce = 64;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Q_10 % of cosine − ρ over these rows.
double bound_below_rho(const LeaveOneOut& errors, const std::vector<std::int64_t>& rows) {
  std::vector<double> differences;
  for (const std::int64_t row : rows) differences.push_back(errors.cosine[at(row)] - errors.rho[at(row)]);
  return quantile(std::span(differences), kBoundShare);
}

/// The n largest of the positive covariances, over the variances' root.
std::vector<std::pair<std::int64_t, double>> nearest_of(const std::vector<double>& covariances, double variance,
                                                        std::int64_t n) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < std::ssize(covariances); ++i)
    if (covariances[at(i)] > 0) order.push_back(i);
  const auto end = order.begin() + std::min(n, std::ssize(order));
  std::partial_sort(order.begin(), end, order.end(), [&](std::int64_t a, std::int64_t b) {
    return std::pair(-covariances[at(a)], a) < std::pair(-covariances[at(b)], b);
  });
  std::vector<std::pair<std::int64_t, double>> nearest;
  for (auto i = order.begin(); i != end; ++i) nearest.emplace_back(*i, covariances[at(*i)] / variance);
  return nearest;
}

}  // namespace

double process_bytes(std::int64_t n, std::int64_t n_genes, std::size_t n_parts) {
  const auto rows = static_cast<double>(n), some = std::min(rows, 2000.0), genes = static_cast<double>(n_genes);
  return 8 * (rows * rows + 2 * rows * genes + static_cast<double>(n_parts + 5) * some * some);
}

void require_effects(const EffectTable& measured) {
  if (measured.conditions.size() < 2)
    throw InputError({.place = measured.source,
                      .found = fmt::format("{} measured condition", measured.conditions.size()),
                      .expected = "two or more: the others' effects are predicted from theirs"});
  if (std::all_of(measured.effects.values.begin(), measured.effects.values.end(), [](double x) { return x == 0; }))
    throw InputError({.place = measured.source, .found = "every effect is 0"});
}

EffectModel::EffectModel(const EffectTable& measured, std::vector<std::int64_t> items, const Kernels& kernels,
                         const EffectModelOptions& options)
    : measured_(measured), items_(std::move(items)), kernels_(kernels), options_(options) {
  require_effects(measured);
  for (std::int64_t i = 0; i < std::ssize(items_); ++i) row_of_[items_[at(i)]] = i;
  for (std::size_t part = 0; part < kernels.n_parts(); ++part)
    if (std::count_if(items_.begin(), items_.end(), [&](std::int64_t item) { return kernels.knows(part, item); }) > 1)
      useful_.push_back(part);
}

EffectModel::Pattern EffectModel::pattern(std::int64_t item) const {
  Pattern parts;
  for (const std::size_t part : useful_)
    if (kernels_.knows(part, item)) parts.push_back(part);
  return parts;
}

std::vector<std::int64_t> EffectModel::rows_alike(const Pattern& parts) const {
  std::vector<std::int64_t> alike, all;
  for (std::int64_t i = 0; i < std::ssize(items_); ++i) {
    all.push_back(i);
    if (std::all_of(parts.begin(), parts.end(), [&](std::size_t part) { return kernels_.knows(part, items_[at(i)]); }))
      alike.push_back(i);
  }
  return std::ssize(alike) >= kFewestAlike ? alike : all;
}

std::map<EffectModel::Pattern, KernelWeights> EffectModel::predict(
    std::span<const std::int64_t> items, const std::function<void(EffectPrediction&&)>& visit) const {
  std::map<Pattern, std::vector<std::int64_t>> by_pattern;
  for (const std::int64_t item : items) by_pattern[pattern(item)].push_back(item);
  std::map<Pattern, KernelWeights> weights;
  Progress progress("predicting effects", std::ssize(items));
  std::int64_t n_done = 0;
  for (const auto& [parts, alike] : by_pattern)
    weights[parts] = predict_alike(parts, alike, [&](EffectPrediction&& prediction) {
      visit(std::move(prediction));
      progress.update(++n_done, fmt::format("{} sources", parts.size()));
    });
  return weights;
}

KernelWeights EffectModel::predict_alike(const Pattern& parts, const std::vector<std::int64_t>& items,
                                         const std::function<void(EffectPrediction&&)>& visit) const {
  const std::vector<std::int64_t> rows = rows_alike(parts);
  EffectProcess::Options of_process = options_.process;
  of_process.calibration_rows = rows;
  const EffectProcess process(kernels_, parts, items_, measured_.effects, measured_.noise, of_process);
  const auto factors = std::make_shared<const Matrix<double>>(process.conformal_factors(options_.levels));
  const double below = bound_below_rho(process.leave_one_out(), rows), total = process.weights().total();
  Matrix<double> of_normal(std::ssize(options_.levels), measured_.effects.n_cols);
  for (std::int64_t level = 0; level < of_normal.n_rows; ++level)
    std::ranges::fill(of_normal.row(level), student_quantile(1 - options_.levels[at(level)], kNormalDegrees));
  const auto normal_factors = std::make_shared<const Matrix<double>>(std::move(of_normal));
  const auto errors = [&](double variance) {
    std::vector<double> result;
    for (const double scale : process.gene_scales()) result.push_back(std::sqrt(scale * variance));
    return result;
  };
  std::vector<std::int64_t> unmeasured;
  for (const std::int64_t item : items) {
    const auto found = row_of_.find(item);
    if (found == row_of_.end()) {
      unmeasured.push_back(item);
      continue;
    }
    EffectPrediction result;
    result.item = item;
    result.measured = true;
    result.effect = process.shrunk(found->second);
    const double variance = process.shrunk_variance(found->second);
    result.error = errors(variance > 0 ? variance : std::numeric_limits<double>::quiet_NaN());
    result.factors = normal_factors;
    result.rho = result.bound = 1;
    result.shares.assign(kernels_.n_parts(), 0.0);
    visit(std::move(result));
  }
  for (std::size_t first = 0; first < unmeasured.size(); first += kItemsAtOnce) {
    const std::span block(unmeasured.data() + first, std::min(kItemsAtOnce, unmeasured.size() - first));
    const std::vector<ItemPrediction> predictions = process.predict(block);
    for (std::size_t i = 0; i < block.size(); ++i) {
      const ItemPrediction& said = predictions[i];
      EffectPrediction result;
      result.item = block[i];
      result.rho = said.rho;
      result.bound = said.rho + below;
      result.abstained = result.bound <= 0 || parts.empty();
      const bool says_mean = result.abstained && options_.abstain;
      result.effect = says_mean ? process.mean() : process.effect(said);
      result.error = errors(says_mean ? process.mean_variance() : said.variance);
      result.factors = factors;
      result.shares.assign(kernels_.n_parts(), 0.0);
      for (std::size_t k = 0; k < parts.size(); ++k) result.shares[parts[k]] = said.shares[k];
      result.nearest = nearest_of(said.covariances, total, options_.n_nearest);
      visit(std::move(result));
    }
  }
  return process.weights();
}

}  // namespace gracevae::impl
