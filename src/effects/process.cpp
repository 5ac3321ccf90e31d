#include "effects/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "stats/principal_components.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kGenesAtOnce = 256, kItemsAtOnce = 256;
constexpr std::int64_t kMostResiduals = 20'000'000;
constexpr double kLeastLength = 1e-20;          // squared, relative
constexpr std::array kMovedShares{0.05, 0.25};  // of conditions with an effect that is not 0
constexpr double kLeastScale = 0.1;             // of the median over genes

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// S = E_c E_cᵀ/G of these rows, E_c centred over them.
Matrix<double> second_moments(const Matrix<double>& effects, const std::vector<std::int64_t>& rows) {
  Matrix<double> centred(std::ssize(rows), effects.n_cols);
  std::vector<double> mean(at(effects.n_cols), 0.0);
  for (const std::int64_t row : rows)
    for (std::int64_t g = 0; g < effects.n_cols; ++g) mean[at(g)] += effects(row, g) / static_cast<double>(rows.size());
  for (std::int64_t i = 0; i < centred.n_rows; ++i)
    for (std::int64_t g = 0; g < effects.n_cols; ++g) centred(i, g) = effects(rows[at(i)], g) - mean[at(g)];
  Matrix<double> s(centred.n_rows, centred.n_rows);
  multiply_by_rows(centred, centred, s);
  for (double& value : s.values) value /= static_cast<double>(effects.n_cols);
  return s;
}

template <class T>
std::vector<T> chosen(const std::vector<T>& values, const std::vector<std::int64_t>& rows) {
  std::vector<T> result;
  for (const std::int64_t row : rows) result.push_back(values[at(row)]);
  return result;
}

}  // namespace

EffectProcess::EffectProcess(const Kernels& kernels, std::vector<std::size_t> parts, std::vector<std::int64_t> items,
                             const Matrix<double>& effects, std::vector<double> noise, const Options& options)
    : kernels_(kernels), parts_(std::move(parts)), items_(std::move(items)), effects_(effects),
      noise_(std::move(noise)), seed_(options.seed) {
  const std::int64_t n = effects_.n_rows;
  GRACEVAE_CHECK(n >= 2 && std::ssize(items_) == n && std::ssize(noise_) == n, "a number and an error for each row");
  const std::vector<std::int64_t> rows = draw_rows(n, options.most_items_for_weights, Random(seed_, "effects.weights"));
  const std::vector<std::int64_t> some = chosen(items_, rows);
  std::vector<Matrix<double>> of_parts;
  for (const std::size_t part : parts_) {
    of_parts.emplace_back(std::ssize(rows), std::ssize(rows));
    kernels_.add(part, 1, some, some, of_parts.back());
  }
  weights_ = restricted_likelihood(of_parts, second_moments(effects_, rows), chosen(noise_, rows));
  of_parts.clear();

  Matrix<double> c(n, n);
  for (std::size_t k = 0; k < parts_.size(); ++k) kernels_.add(parts_[k], weights_.of_part[k], items_, items_, c);
  for (std::int64_t i = 0; i < n; ++i) c(i, i) += weights_.own + noise_[at(i)];
  factor_.emplace(std::move(c));
  solved_ones_ = factor_->solve(std::vector<double>(at(n), 1.0));
  ones_ = std::accumulate(solved_ones_.begin(), solved_ones_.end(), 0.0);
  mean_.assign(at(effects_.n_cols), 0.0);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t g = 0; g < effects_.n_cols; ++g) mean_[at(g)] += solved_ones_[at(i)] * effects_(i, g) / ones_;
  leave_out_each(options.calibration_rows.empty() ? draw_rows(n, n, Random(seed_, "effects.residuals"))
                                                  : options.calibration_rows);
}

Matrix<double> EffectProcess::residuals(std::int64_t first_gene, std::int64_t count) const {
  Matrix<double> of_genes(count, effects_.n_rows);  // E − 1μ, whose C⁻¹ is PE, since P1 = 0 and uᵀ(E − 1μ) = 0
  for (std::int64_t i = 0; i < effects_.n_rows; ++i)
    for (std::int64_t g = 0; g < count; ++g) of_genes(g, i) = effects_(i, first_gene + g) - mean_[at(first_gene + g)];
  factor_->solve(of_genes);
  return of_genes;
}

void EffectProcess::leave_out_each(const std::vector<std::int64_t>& calibration_rows) {
  const std::int64_t n = effects_.n_rows, n_genes = effects_.n_cols;
  const std::vector<double> inverse = factor_->inverse_diagonal();
  p_diagonal_.resize(at(n));
  leave_one_out_ = {std::vector<double>(at(n)), std::vector<double>(at(n)), std::vector<double>(at(n))};
  for (std::int64_t i = 0; i < n; ++i) {
    const double u = solved_ones_[at(i)], prior = weights_.total() + noise_[at(i)];
    p_diagonal_[at(i)] = inverse[at(i)] - u * u / ones_;
    leave_one_out_.variance[at(i)] = 1 / p_diagonal_[at(i)];
    // q = C_ii − 1/(C⁻¹)_ii
    leave_one_out_.rho[at(i)] = std::sqrt(std::max(0.0, 1 - 1 / (inverse[at(i)] * prior)));
  }

  std::vector<double> plain_mean(at(n_genes), 0.0);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t g = 0; g < n_genes; ++g) plain_mean[at(g)] += effects_(i, g) / static_cast<double>(n);
  const double others = static_cast<double>(n) / static_cast<double>(n - 1);
  std::vector<double> dot(at(n), 0.0), of_effect(at(n), 0.0), of_prediction(at(n), 0.0);
  scales_.assign(at(n_genes), 0.0);
  const std::vector<std::int64_t> calibrating =
      chosen(calibration_rows,
             draw_rows(std::ssize(calibration_rows), std::max<std::int64_t>(1, kMostResiduals / n_genes),
                       Random(seed_, "effects.residuals")));
  sizes_.reserve(calibrating.size() * at(n_genes));
  for (std::int64_t first = 0; first < n_genes; first += kGenesAtOnce) {
    const std::int64_t count = std::min(kGenesAtOnce, n_genes - first);
    const Matrix<double> pe = residuals(first, count);
    for (std::int64_t g = 0; g < count; ++g)
      for (std::int64_t i = 0; i < n; ++i) {
        const double value = effects_(i, first + g), residual = pe(g, i),
                     effect = others * (value - plain_mean[at(first + g)]),  // E_i − the mean of the others
            prediction = effect - residual / p_diagonal_[at(i)];
        scales_[at(first + g)] += (value - mean_[at(first + g)]) * residual / static_cast<double>(n - 1);
        dot[at(i)] += effect * prediction;
        of_effect[at(i)] += effect * effect;
        of_prediction[at(i)] += prediction * prediction;
      }
    for (std::int64_t g = 0; g < count; ++g)
      for (const std::int64_t i : calibrating) sizes_.push_back(std::abs(pe(g, i)) / std::sqrt(p_diagonal_[at(i)]));
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const double lengths = std::sqrt(of_effect[at(i)] * of_prediction[at(i)]);
    // A prediction that is the mean but for rounding has no direction.
    leave_one_out_.cosine[at(i)] = of_prediction[at(i)] > kLeastLength * of_effect[at(i)] ? dot[at(i)] / lengths : 0;
  }
  const double least = kLeastScale * median_of_positive(scales_);
  for (double& scale : scales_) scale = std::max(scale, least);
  for (std::size_t k = 0; k < sizes_.size(); ++k) sizes_[k] /= std::sqrt(scales_[k / calibrating.size()]);
}

std::vector<ItemPrediction> EffectProcess::predict(std::span<const std::int64_t> items) const {
  const std::int64_t n = effects_.n_rows;
  const double total = weights_.total();
  std::vector<ItemPrediction> predictions;
  for (std::size_t first = 0; first < items.size(); first += at(kItemsAtOnce)) {
    const auto block = items.subspan(first, std::min(at(kItemsAtOnce), items.size() - first));
    std::vector<Matrix<double>> of_parts;  // w_k·k_k*
    Matrix<double> k(std::ssize(block), n);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      of_parts.emplace_back(std::ssize(block), n);
      kernels_.add(parts_[p], weights_.of_part[p], block, items_, of_parts.back());
      for (std::size_t i = 0; i < k.values.size(); ++i) k.values[i] += of_parts.back().values[i];
    }
    Matrix<double> solved = k;
    factor_->solve(solved);
    const auto inner = [](std::span<const double> a, std::span<const double> b) {
      return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    };
    for (std::int64_t i = 0; i < std::ssize(block); ++i) {
      const auto a = solved.row(i);
      const double q = inner(a, k.row(i));
      ItemPrediction& item = predictions.emplace_back();
      item.from_mean = 1 - inner(solved_ones_, k.row(i));
      item.rho = std::sqrt(std::clamp(q / total, 0.0, 1.0));
      item.variance = total - q + item.from_mean * item.from_mean / ones_;
      item.of_item.assign(a.begin(), a.end());
      item.covariances.assign(k.row(i).begin(), k.row(i).end());
      for (const Matrix<double>& part : of_parts) item.shares.push_back(q > 0 ? inner(a, part.row(i)) / q : 0);
    }
  }
  return predictions;
}

Matrix<double> EffectProcess::posterior_covariance(std::span<const std::int64_t> items) const {
  const auto m = std::ssize(items);
  Matrix<double> k(m, effects_.n_rows), prior(m, m);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    kernels_.add(parts_[p], weights_.of_part[p], items, items_, k);
    kernels_.add(parts_[p], weights_.of_part[p], items, items, prior);
  }
  for (std::int64_t i = 0; i < m; ++i) prior(i, i) += weights_.own;
  std::vector<double> from_mean(at(m));
  for (std::int64_t i = 0; i < m; ++i) {
    const auto row = k.row(i);
    from_mean[at(i)] = 1 - std::inner_product(row.begin(), row.end(), solved_ones_.begin(), 0.0);
  }
  Matrix<double> solved = k, explained(m, m);
  factor_->solve(solved);
  multiply_by_rows(solved, k, explained);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < m; ++j)
      prior(i, j) += from_mean[at(i)] * from_mean[at(j)] / ones_ - (explained(i, j) + explained(j, i)) / 2;
  return prior;
}

std::vector<double> EffectProcess::effect(const ItemPrediction& prediction) const {
  std::vector<double> effect = mean_;
  for (double& value : effect) value *= prediction.from_mean;
  for (std::int64_t i = 0; i < effects_.n_rows; ++i) {
    const double a = prediction.of_item[at(i)];
    if (a == 0) continue;
    const auto row = effects_.row(i);
    for (std::size_t g = 0; g < effect.size(); ++g) effect[g] += a * row[g];
  }
  return effect;
}

std::vector<double> EffectProcess::shrunk(std::int64_t row) const {
  // (PE)_row = C⁻¹ of the unit vector, times E − 1μ.
  std::vector<double> unit(at(effects_.n_rows), 0.0);
  unit[at(row)] = 1;
  const std::vector<double> column = factor_->solve(std::move(unit));
  const auto own = effects_.row(row);
  std::vector<double> effect(own.begin(), own.end());
  for (std::int64_t i = 0; i < effects_.n_rows; ++i) {
    const double factor = noise_[at(row)] * column[at(i)];
    if (factor == 0) continue;
    const auto other = effects_.row(i);
    for (std::size_t g = 0; g < effect.size(); ++g) effect[g] -= factor * (other[g] - mean_[g]);
  }
  return effect;
}

double EffectProcess::shrunk_variance(std::int64_t row) const {
  const double r = noise_[at(row)];
  return std::max(0.0, r - r * r * p_diagonal_[at(row)]);
}

Matrix<double> EffectProcess::conformal_factors(std::span<const double> levels) const {
  const std::int64_t n_genes = effects_.n_cols, n_rows = std::ssize(sizes_) / n_genes;
  std::array<std::vector<std::int64_t>, kMovedShares.size() + 1> classes;  // of genes
  for (std::int64_t g = 0; g < n_genes; ++g) {
    std::int64_t n_moved = 0;
    for (std::int64_t i = 0; i < effects_.n_rows; ++i) n_moved += effects_(i, g) != 0;
    const double share = static_cast<double>(n_moved) / static_cast<double>(effects_.n_rows);
    classes[at(std::ranges::upper_bound(kMovedShares, share) - kMovedShares.begin())].push_back(g);
  }
  Matrix<double> factors(std::ssize(levels), n_genes);
  for (const auto& genes : classes) {
    std::vector<double> sizes;
    for (const std::int64_t g : genes)
      sizes.insert(sizes.end(), sizes_.begin() + g * n_rows, sizes_.begin() + (g + 1) * n_rows);
    for (std::int64_t level = 0; level < factors.n_rows && !sizes.empty(); ++level) {
      const double factor = quantile(std::span(sizes), levels[at(level)]);
      for (const std::int64_t g : genes) factors(level, g) = factor;
    }
  }
  return factors;
}

}  // namespace gracevae::impl
