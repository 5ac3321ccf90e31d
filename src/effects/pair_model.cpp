#include "effects/pair_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "effects/cholesky.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr double kShareOfMedian = 0.25;
constexpr double kRidge = 1;  // in pairs

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

Matrix<double> products_of(const Matrix<double>& rows) {
  Matrix<double> result(rows.n_rows, rows.n_rows);
  multiply_by_rows(rows, rows, result);
  return result;
}

std::vector<TargetPair> pairs_of(const EffectTable& singles, const EffectTable& pairs) {
  std::vector<TargetPair> result;
  for (const auto& targets : pairs.conditions) {
    GRACEVAE_CHECK(targets.size() == 2, "pairs");
    const auto rows = rows_of_targets(singles, targets);
    result.emplace_back(rows[0], rows[1]);
  }
  return result;
}

std::vector<TargetPair> joined(std::vector<TargetPair> first, const std::vector<TargetPair>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

double squared_length(std::span<const double> x) { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0); }

}  // namespace

const std::array<std::string, 3> PairKernels::kNames{"effects", "sums", "shared"};

PairKernels::PairKernels(Matrix<double> products, std::vector<TargetPair> pairs)
    : products_(std::move(products)), pairs_(std::move(pairs)) {}

double PairKernels::cosine(std::int64_t a, std::int64_t b) const {
  if (a == b) return 1;
  const double lengths = std::sqrt(products_(a, a) * products_(b, b));
  return lengths > 0 ? products_(a, b) / lengths : 0;
}

double PairKernels::product_kernel(const TargetPair& x, const TargetPair& y) const {
  return (cosine(x.first, y.first) * cosine(x.second, y.second) +
          cosine(x.first, y.second) * cosine(x.second, y.first)) /
         2;
}

double PairKernels::entry(std::size_t part, const TargetPair& x, const TargetPair& y) const {
  if (x == y) return 1;
  if (part == 0) return product_kernel(x, y) / std::sqrt(product_kernel(x, x) * product_kernel(y, y));
  if (part == 2)
    return ((x.first == y.first) + (x.first == y.second) + (x.second == y.first) + (x.second == y.second)) / 2.0;
  const auto of_sums = [&](const TargetPair& u, const TargetPair& v) {
    return products_(u.first, v.first) + products_(u.first, v.second) + products_(u.second, v.first) +
           products_(u.second, v.second);
  };
  const double lengths = std::sqrt(of_sums(x, x) * of_sums(y, y));
  return lengths > 0 ? of_sums(x, y) / lengths : 0;
}

void PairKernels::add(std::size_t part, double weight, std::span<const std::int64_t> rows,
                      std::span<const std::int64_t> columns, Matrix<double>& out) const {
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < std::ssize(rows); ++i)
    for (std::int64_t j = 0; j < std::ssize(columns); ++j)
      out(i, j) += weight * entry(part, pairs_[at(rows[at(i)])], pairs_[at(columns[at(j)])]);
}

double PairKernels::norm_of_sum(std::int64_t pair) const {
  const auto [a, b] = pairs_[at(pair)];
  return std::sqrt(std::max(0.0, products_(a, a) + 2 * products_(a, b) + products_(b, b)));
}

double pair_scale(const Matrix<double>& sums, const Matrix<double>& doubles) {
  if (sums.n_rows == 0) return 1;
  std::vector<double> lengths;
  for (std::int64_t i = 0; i < doubles.n_rows; ++i) lengths.push_back(squared_length(doubles.row(i)));
  const double median = median_of(lengths);
  double above = kRidge, below = kRidge;
  for (std::int64_t i = 0; i < sums.n_rows; ++i) {
    const double weight = lengths[at(i)] + kShareOfMedian * median;
    if (weight == 0) continue;
    const auto sum = sums.row(i), pair = doubles.row(i);
    above += std::inner_product(sum.begin(), sum.end(), pair.begin(), 0.0) / weight;
    below += squared_length(sum) / weight;
  }
  return above / below;
}

std::vector<std::int64_t> rows_of_targets(const EffectTable& singles, const std::vector<std::string>& targets) {
  std::vector<std::int64_t> rows;
  for (const std::string& target : targets) {
    const auto found = std::find(singles.conditions.begin(), singles.conditions.end(), std::vector{target});
    if (found == singles.conditions.end()) {
      std::vector<std::string> names;
      for (const auto& condition : singles.conditions) names.push_back(condition.front());
      throw InputError({.place = singles.source, .found = fmt::format("no effect of '{}'", target)},
                       nearest_gene_hint(target, names));
    }
    rows.push_back(found - singles.conditions.begin());
  }
  return rows;
}

PairModel::PairModel(const EffectTable& singles, const EffectTable& pairs, const std::vector<TargetPair>& asked,
                     const EffectModelOptions& options)
    : singles_(singles), options_(options), measured_(pairs_of(singles, pairs)), asked_(asked),
      kernels_(products_of(singles.effects), joined(measured_, asked)) {
  Matrix<double> sums(std::ssize(measured_), pairs.effects.n_cols);
  for (std::int64_t i = 0; i < sums.n_rows; ++i) std::ranges::copy(sum_of(measured_[at(i)]), sums.row(i).begin());
  scale_ = pair_scale(sums, pairs.effects);
  residuals_ = pairs;
  for (std::int64_t i = 0; i < sums.n_rows; ++i) {
    const double length = std::abs(scale_) * kernels_.norm_of_sum(i);
    for (std::int64_t g = 0; g < sums.n_cols; ++g)
      residuals_.effects(i, g) = length > 0 ? (pairs.effects(i, g) - scale_ * sums(i, g)) / length : 0;
    residuals_.noise[at(i)] = 0;  // what a pair's own cells leave is its own part of the covariance
  }
}

std::vector<double> PairModel::sum_of(const TargetPair& pair) const {
  const auto a = singles_.effects.row(pair.first), b = singles_.effects.row(pair.second);
  std::vector<double> sum(a.begin(), a.end());
  for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += b[g];
  return sum;
}

std::vector<double> PairModel::sum(std::int64_t asked) const { return sum_of(asked_[at(asked)]); }

FalseRates PairModel::false_rates() const {
  if (!has_process()) return FalseRates({});
  std::vector<std::int64_t> items(measured_.size());
  std::iota(items.begin(), items.end(), 0);
  return FalseRates(EffectProcess(kernels_, {0, 1, 2}, items, residuals_.effects, residuals_.noise, options_.process)
                        .leave_one_out());
}

Matrix<double> PairModel::posterior_covariance(std::vector<double>& priors) const {
  GRACEVAE_CHECK(has_process(), "there are pairs to learn from");
  const auto n_measured = std::ssize(measured_), n_asked = std::ssize(asked_);
  std::vector<std::int64_t> items(at(n_measured)), asked(at(n_asked));
  std::iota(items.begin(), items.end(), 0);
  std::iota(asked.begin(), asked.end(), n_measured);
  const EffectProcess process(kernels_, {0, 1, 2}, items, residuals_.effects, residuals_.noise, options_.process);
  Matrix<double> covariance = process.posterior_covariance(asked);
  std::vector<double> lengths;
  for (const std::int64_t item : asked) lengths.push_back(std::abs(scale_) * kernels_.norm_of_sum(item));
  for (std::int64_t i = 0; i < n_asked; ++i) {
    priors.push_back(process.weights().total() * lengths[at(i)] * lengths[at(i)]);
    for (std::int64_t j = 0; j < n_asked; ++j) covariance(i, j) *= lengths[at(i)] * lengths[at(j)];
  }
  return covariance;
}

void PairModel::predict(const std::function<void(EffectPrediction&&)>& visit) const {
  const auto n_measured = std::ssize(measured_);
  const auto add_sum = [&](EffectPrediction& prediction, std::int64_t asked) {
    const double length = std::abs(scale_) * kernels_.norm_of_sum(n_measured + asked);
    const std::vector<double> both = sum(asked);
    for (std::size_t g = 0; g < both.size(); ++g) {
      prediction.effect[g] = scale_ * both[g] + length * prediction.effect[g];
      prediction.error[g] *= length;
    }
    prediction.item = asked;
  };
  if (!has_process()) {
    const auto no_factors =
        std::make_shared<const Matrix<double>>(std::ssize(options_.levels), std::ssize(singles_.genes), 1.0);
    for (std::int64_t i = 0; i < std::ssize(asked_); ++i) {
      EffectPrediction prediction;
      prediction.effect.assign(singles_.genes.size(), 0.0);
      prediction.error.assign(singles_.genes.size(), std::numeric_limits<double>::quiet_NaN());
      prediction.factors = no_factors;
      prediction.shares.assign(kernels_.n_parts(), 0.0);
      prediction.abstained = true;
      add_sum(prediction, i);
      visit(std::move(prediction));
    }
    return;
  }
  std::vector<std::int64_t> items(at(n_measured)), asked(asked_.size());
  std::iota(items.begin(), items.end(), 0);
  std::iota(asked.begin(), asked.end(), n_measured);
  EffectModel(residuals_, items, kernels_, options_).predict(asked, [&](EffectPrediction&& prediction) {
    add_sum(prediction, prediction.item - n_measured);
    visit(std::move(prediction));
  });
}

}  // namespace gracevae::impl
