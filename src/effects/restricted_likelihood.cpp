#include <algorithm>
#include <cmath>
#include <numeric>

#include "effects/process.hpp"

namespace gracevae::impl {

namespace {

constexpr int kMostSteps = 25;
constexpr double kLeastMove = 1e-3;     // of −2 log L/G
constexpr double kLeastStart = 1e-3;    // of the mean variance: a weight that starts at 0 stays there
constexpr double kLeastSpread = 1e-10;  // tr(PK_k)/tr(P)
constexpr double kLeastOwnStart = 0.1;  // of the mean variance

/// Σ_ij a_ij·b_ij
double inner(const Matrix<double>& a, const Matrix<double>& b) {
  return std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0);
}
double inner_off_diagonal(const Matrix<double>& a, const Matrix<double>& b) {
  double sum = inner(a, b);
  for (std::int64_t i = 0; i < a.n_rows; ++i) sum -= a(i, i) * b(i, i);
  return sum;
}

/// x ≥ 0 that makes ½xᵀHx − cᵀx least, by coordinates; H positive semidefinite, a handful of rows.
std::vector<double> non_negative_least_squares(const Matrix<double>& h, const std::vector<double>& c) {
  std::vector<double> x(c.size(), 0.0);
  for (int round = 0; round < 1000; ++round) {
    double moved = 0, largest = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const auto row = h.row(static_cast<std::int64_t>(k));
      if (row[k] <= 0) continue;  // a part without an entry off the diagonal
      const double gradient = std::inner_product(x.begin(), x.end(), row.begin(), -c[k]),
                   next = std::max(0.0, x[k] - gradient / row[k]);
      moved = std::max(moved, std::abs(next - x[k]));
      x[k] = next;
      largest = std::max(largest, next);
    }
    if (moved <= 1e-10 * largest) break;
  }
  return x;
}

KernelWeights start_weights(std::span<const Matrix<double>> kernels, const Matrix<double>& s) {
  const auto n_parts = static_cast<std::int64_t>(kernels.size());
  Matrix<double> h(n_parts, n_parts);
  std::vector<double> c;
  for (std::int64_t k = 0; k < n_parts; ++k) {
    const Matrix<double>& kernel = kernels[static_cast<std::size_t>(k)];
    for (std::int64_t l = 0; l <= k; ++l)
      h(k, l) = h(l, k) = inner_off_diagonal(kernel, kernels[static_cast<std::size_t>(l)]);
    c.push_back(inner_off_diagonal(kernel, s));
  }
  double mean_variance = 0;
  for (std::int64_t i = 0; i < s.n_rows; ++i) mean_variance += s(i, i) / static_cast<double>(s.n_rows);
  KernelWeights weights{non_negative_least_squares(h, c)};
  for (double& weight : weights.of_part) weight = std::max(weight, kLeastStart * mean_variance);
  weights.own = std::max(mean_variance - weights.total(), kLeastOwnStart * mean_variance);
  return weights;
}

}  // namespace

double KernelWeights::total() const { return std::accumulate(of_part.begin(), of_part.end(), own); }

KernelWeights restricted_likelihood(std::span<const Matrix<double>> kernels, const Matrix<double>& s,
                                    std::span<const double> noise) {
  const std::int64_t n = s.n_rows;
  KernelWeights weights = start_weights(kernels, s);
  double last = 0;
  for (;; ++weights.n_steps) {
    Matrix<double> c(n, n);
    for (std::size_t k = 0; k < kernels.size(); ++k)
      for (std::size_t i = 0; i < c.values.size(); ++i) c.values[i] += weights.of_part[k] * kernels[k].values[i];
    for (std::int64_t i = 0; i < n; ++i) c(i, i) += weights.own + noise[static_cast<std::size_t>(i)];
    const Cholesky factor(std::move(c));
    Matrix<double> p = factor.inverse();
    const std::vector<double> u = factor.solve(std::vector<double>(static_cast<std::size_t>(n), 1.0));
    const double ones = std::accumulate(u.begin(), u.end(), 0.0);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        p(i, j) -= u[static_cast<std::size_t>(i)] * u[static_cast<std::size_t>(j)] / ones;

    const double now = factor.log_determinant() + std::log(ones) + inner(p, s);  // −2 log L/G and a constant
    if (weights.n_steps == kMostSteps || (weights.n_steps > 0 && std::abs(now - last) < kLeastMove)) return weights;
    last = now;

    const Matrix<double> psp = product(product(p, s), p);
    double trace_psp = 0, trace_p = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      trace_psp += psp(i, i);
      trace_p += p(i, i);
    }
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      const double spread = inner(p, kernels[k]);  // 0 for a part that says the same of all items
      if (spread > kLeastSpread * trace_p)
        weights.of_part[k] *= std::sqrt(std::max(0.0, inner(psp, kernels[k])) / spread);
    }
    weights.own *= std::sqrt(trace_psp / trace_p);
  }
}

}  // namespace gracevae::impl
