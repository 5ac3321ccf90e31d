#include "effects/process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace gracevae::impl {
namespace {

// A second route that shares no code: Gauss-Jordan, loops over every index, each fold refitted.
using Dense = std::vector<std::vector<double>>;

Dense zeros(std::size_t n, std::size_t m) { return Dense(n, std::vector<double>(m, 0.0)); }
Dense times(const Dense& a, const Dense& b) {
  Dense c = zeros(a.size(), b[0].size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < b.size(); ++k)
      for (std::size_t j = 0; j < b[0].size(); ++j) c[i][j] += a[i][k] * b[k][j];
  return c;
}
/// And the logarithm of the determinant.
Dense inverse(Dense a, double* log_determinant = nullptr) {
  const std::size_t n = a.size();
  Dense b = zeros(n, n);
  double log_sum = 0;
  for (std::size_t i = 0; i < n; ++i) b[i][i] = 1;
  for (std::size_t i = 0; i < n; ++i) {
    const double pivot = a[i][i];
    log_sum += std::log(pivot);
    for (std::size_t j = 0; j < n; ++j) {
      a[i][j] /= pivot;
      b[i][j] /= pivot;
    }
    for (std::size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double factor = a[r][i];
      for (std::size_t j = 0; j < n; ++j) {
        a[r][j] -= factor * a[i][j];
        b[r][j] -= factor * b[i][j];
      }
    }
  }
  if (log_determinant) *log_determinant = log_sum;
  return b;
}
double trace_of_product(const Dense& a, const Dense& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) sum += a[i][j] * b[j][i];
  return sum;
}

/// Random unit rows in a few dimensions, two of them in two parts; part 1 does not know items 3 and 9.
class FakeKernels : public Kernels {
 public:
  explicit FakeKernels(std::size_t n) {
    Random random(5, "test");
    for (std::size_t part = 0; part < 2; ++part) {
      Dense x = zeros(n, 3);
      for (std::size_t i = 0; i < n; ++i) {
        double length = 0;
        for (double& value : x[i]) {
          value = random.normal();
          length += value * value;
        }
        for (double& value : x[i]) value /= std::sqrt(length);
        if (part == 1 && (i == 3 || i == 9)) std::ranges::fill(x[i], 0.0);
      }
      Dense k = zeros(n, n);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          for (std::size_t d = 0; d < 3; ++d) k[i][j] += x[i][d] * x[j][d];
      for (std::size_t i = 0; i < n; ++i) k[i][i] = 1;
      of.push_back(k);
    }
  }
  std::size_t n_parts() const override { return 2; }
  const std::string& name(std::size_t part) const override { return names_[part]; }
  bool knows(std::size_t part, std::int64_t item) const override { return part == 0 || (item != 3 && item != 9); }
  void add(std::size_t part, double weight, std::span<const std::int64_t> rows, std::span<const std::int64_t> columns,
           Matrix<double>& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t j = 0; j < columns.size(); ++j)
        out(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) +=
            weight * of[part][static_cast<std::size_t>(rows[i])][static_cast<std::size_t>(columns[j])];
  }
  std::vector<Dense> of;

 private:
  std::vector<std::string> names_{"first", "second"};
};

/// The weights of section 3 of the study, start and stop included. x ≥ 0 by trying every subset of parts.
std::vector<double> dense_weights(const std::vector<Dense>& kernels, const Dense& s, const std::vector<double>& noise) {
  const std::size_t n = s.size();
  const auto moment = [&](const Dense& a, const Dense& b) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (i != j) sum += a[i][j] * b[i][j];
    return sum;
  };
  const double h00 = moment(kernels[0], kernels[0]), h01 = moment(kernels[0], kernels[1]),
               h11 = moment(kernels[1], kernels[1]), c0 = moment(kernels[0], s), c1 = moment(kernels[1], s);
  const auto loss = [&](double a, double b) {
    return 0.5 * (a * a * h00 + 2 * a * b * h01 + b * b * h11) - a * c0 - b * c1;
  };
  const double det = h00 * h11 - h01 * h01;
  std::vector<std::pair<double, double>> candidates{{0, 0}, {std::max(0.0, c0 / h00), 0}, {0, std::max(0.0, c1 / h11)}};
  const double a = (c0 * h11 - c1 * h01) / det, b = (c1 * h00 - c0 * h01) / det;
  if (a >= 0 && b >= 0) candidates.emplace_back(a, b);
  const auto best = *std::ranges::min_element(candidates, {}, [&](const std::pair<double, double>& at) {
    return loss(at.first, at.second);
  });
  double mean_variance = 0;
  for (std::size_t i = 0; i < n; ++i) mean_variance += s[i][i] / static_cast<double>(n);
  std::vector<double> w{std::max(best.first, 1e-3 * mean_variance), std::max(best.second, 1e-3 * mean_variance), 0};
  w[2] = std::max(mean_variance - w[0] - w[1], 0.1 * mean_variance);
  Dense identity = zeros(n, n);
  for (std::size_t i = 0; i < n; ++i) identity[i][i] = 1;
  double last = 0;
  for (int step = 0;; ++step) {
    Dense c = zeros(n, n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        c[i][j] = w[0] * kernels[0][i][j] + w[1] * kernels[1][i][j] + (i == j ? w[2] + noise[i] : 0);
    double log_determinant = 0, ones = 0;
    Dense p = inverse(c, &log_determinant);
    std::vector<double> u(n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) u[i] += p[i][j];
    for (const double value : u) ones += value;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) p[i][j] -= u[i] * u[j] / ones;
    const double now = log_determinant + std::log(ones) + trace_of_product(p, s);
    if (step == 25 || (step > 0 && std::abs(now - last) < 1e-3)) return w;
    last = now;
    const Dense psp = times(times(p, s), p);
    const Dense* parts[] = {&kernels[0], &kernels[1], &identity};
    for (std::size_t k = 0; k < 3; ++k)
      w[k] *= std::sqrt(trace_of_product(psp, *parts[k]) / trace_of_product(p, *parts[k]));
  }
}

/// What a process with these weights, fitted to some rows, says of an item: mean, variance, ρ*, shares.
struct DenseSays {
  std::vector<double> effect;
  double variance, rho;
  std::vector<double> shares;
};
DenseSays dense_prediction(const std::vector<Dense>& kernels, const std::vector<double>& w,
                           const std::vector<std::size_t>& rows, const Dense& effects, const std::vector<double>& noise,
                           std::size_t item) {
  const std::size_t n = rows.size(), n_genes = effects[0].size();
  Dense c = zeros(n, n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      c[i][j] = w[0] * kernels[0][rows[i]][rows[j]] + w[1] * kernels[1][rows[i]][rows[j]] +
                (i == j ? w[2] + noise[rows[i]] : 0);
  const Dense ci = inverse(c);
  double ones = 0, q = 0, a_sum = 0;
  std::vector<double> u(n, 0.0), k(n), a(n, 0.0);
  for (std::size_t i = 0; i < n; ++i) k[i] = w[0] * kernels[0][item][rows[i]] + w[1] * kernels[1][item][rows[i]];
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      u[i] += ci[i][j];
      a[i] += ci[i][j] * k[j];
    }
  DenseSays says{std::vector<double>(n_genes), 0, 0, {0, 0}};
  for (std::size_t i = 0; i < n; ++i) {
    ones += u[i];
    q += a[i] * k[i];
    a_sum += a[i];
    for (std::size_t part = 0; part < 2; ++part) says.shares[part] += w[part] * a[i] * kernels[part][item][rows[i]];
  }
  for (double& share : says.shares) share /= q;
  const double t = w[0] + w[1] + w[2];
  says.variance = t - q + (1 - a_sum) * (1 - a_sum) / ones;
  says.rho = std::sqrt(q / t);
  for (std::size_t g = 0; g < n_genes; ++g) {
    double mu = 0;
    for (std::size_t i = 0; i < n; ++i) mu += u[i] * effects[rows[i]][g] / ones;
    says.effect[g] = mu;
    for (std::size_t i = 0; i < n; ++i) says.effect[g] += a[i] * (effects[rows[i]][g] - mu);
  }
  return says;
}

struct Small : testing::Test {
  static constexpr std::size_t kItems = 14, kMeasured = 12, kGenes = 7;
  FakeKernels kernels{kItems};
  Dense dense = zeros(kMeasured, kGenes);
  Matrix<double> effects{kMeasured, kGenes};
  std::vector<double> noise;
  std::vector<std::int64_t> items;
  std::vector<double> w;

  Small() {
    Random random(1, "effects");
    for (std::size_t i = 0; i < kMeasured; ++i) {
      items.push_back(static_cast<std::int64_t>(i));
      noise.push_back(i % 3 == 0 ? 0 : 0.1 * static_cast<double>(i));
      for (std::size_t g = 0; g < kGenes; ++g) {
        dense[i][g] = random.normal() + static_cast<double>(g);
        for (std::size_t j = 0; j < kMeasured; ++j)  // so that near items have near effects
          dense[i][g] += kernels.of[0][i][j] * std::sin(static_cast<double>(3 * j + 5 * g));
        effects(static_cast<std::int64_t>(i), static_cast<std::int64_t>(g)) = dense[i][g];
      }
    }
    Dense s = zeros(kMeasured, kMeasured);
    for (std::size_t g = 0; g < kGenes; ++g) {
      double mean = 0;
      for (std::size_t i = 0; i < kMeasured; ++i) mean += dense[i][g] / kMeasured;
      for (std::size_t i = 0; i < kMeasured; ++i)
        for (std::size_t j = 0; j < kMeasured; ++j) s[i][j] += (dense[i][g] - mean) * (dense[j][g] - mean) / kGenes;
    }
    w = dense_weights(measured_kernels(), s, noise);
  }
  std::vector<Dense> measured_kernels() const {
    std::vector<Dense> of;
    for (const Dense& kernel : kernels.of) {
      Dense some;
      for (std::size_t i = 0; i < kMeasured; ++i) some.emplace_back(kernel[i].begin(), kernel[i].begin() + kMeasured);
      of.push_back(some);
    }
    return of;
  }
  EffectProcess process() const { return {kernels, {0, 1}, items, effects, noise, {}}; }
  /// (PE) and P by the dense route.
  Dense dense_p() const {
    Dense c = zeros(kMeasured, kMeasured);
    for (std::size_t i = 0; i < kMeasured; ++i)
      for (std::size_t j = 0; j < kMeasured; ++j)
        c[i][j] = w[0] * kernels.of[0][i][j] + w[1] * kernels.of[1][i][j] + (i == j ? w[2] + noise[i] : 0);
    Dense p = inverse(c);
    std::vector<double> u(kMeasured, 0.0);
    double ones = 0;
    for (std::size_t i = 0; i < kMeasured; ++i)
      for (std::size_t j = 0; j < kMeasured; ++j) u[i] += p[i][j];
    for (const double value : u) ones += value;
    for (std::size_t i = 0; i < kMeasured; ++i)
      for (std::size_t j = 0; j < kMeasured; ++j) p[i][j] -= u[i] * u[j] / ones;
    return p;
  }
};

using EffectProcessTest = Small;

TEST_F(EffectProcessTest, WeightsAreThoseOfTheDenseRoute) {
  const KernelWeights weights = process().weights();
  EXPECT_NEAR(weights.of_part[0], w[0], 1e-9);
  EXPECT_NEAR(weights.of_part[1], w[1], 1e-9);
  EXPECT_NEAR(weights.own, w[2], 1e-9);
  EXPECT_GT(weights.of_part[0], 0.05) << "a part that says something";
}

TEST_F(EffectProcessTest, PredictionsAreThoseOfTheDenseRoute) {
  const EffectProcess fitted = process();
  const std::vector<std::size_t> rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const std::int64_t asked[] = {12, 13};
  const auto said = fitted.predict(asked);
  ASSERT_EQ(said.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const DenseSays expected = dense_prediction(kernels.of, w, rows, dense, noise, static_cast<std::size_t>(asked[i]));
    EXPECT_NEAR(said[i].variance, expected.variance, 1e-9);
    EXPECT_NEAR(said[i].rho, expected.rho, 1e-9);
    for (std::size_t part = 0; part < 2; ++part) EXPECT_NEAR(said[i].shares[part], expected.shares[part], 1e-9);
    EXPECT_NEAR(said[i].shares[0] + said[i].shares[1], 1, 1e-9);
    const auto effect = fitted.effect(said[i]);
    for (std::size_t g = 0; g < kGenes; ++g) EXPECT_NEAR(effect[g], expected.effect[g], 1e-9);
  }
}

TEST_F(EffectProcessTest, PosteriorCovarianceIsThatOfTheDenseRoute) {
  const EffectProcess fitted = process();
  const std::int64_t asked[] = {12, 13, 12};
  const Matrix<double> covariance = fitted.posterior_covariance(std::span(asked, 2));
  const auto said = fitted.predict(asked);
  for (std::int64_t i = 0; i < 2; ++i) EXPECT_NEAR(covariance(i, i), said[static_cast<std::size_t>(i)].variance, 1e-9);
  const Dense& first = kernels.of[0];
  const Dense& second = kernels.of[1];
  Dense c = zeros(kMeasured, kMeasured);
  for (std::size_t i = 0; i < kMeasured; ++i)
    for (std::size_t j = 0; j < kMeasured; ++j)
      c[i][j] = w[0] * first[i][j] + w[1] * second[i][j] + (i == j ? w[2] + noise[i] : 0);
  const Dense ci = inverse(c);
  double ones = 0, prior = w[0] * first[12][13] + w[1] * second[12][13], a_sum = 0, b_sum = 0, explained = 0;
  for (std::size_t i = 0; i < kMeasured; ++i)
    for (std::size_t j = 0; j < kMeasured; ++j) {
      const double a = w[0] * first[12][i] + w[1] * second[12][i], b = w[0] * first[13][j] + w[1] * second[13][j];
      ones += ci[i][j];
      explained += a * ci[i][j] * b;
      a_sum += a * ci[i][j];
      b_sum += ci[i][j] * b;
    }
  EXPECT_NEAR(covariance(0, 1), prior - explained + (1 - a_sum) * (1 - b_sum) / ones, 1e-9);
  EXPECT_NEAR(covariance(1, 0), covariance(0, 1), 1e-12);
}

TEST_F(EffectProcessTest, LeaveOneOutIsARefitWithoutTheItem) {
  const EffectProcess fitted = process();
  const LeaveOneOut& left_out = fitted.leave_one_out();
  std::vector<double> sizes;
  for (std::size_t i = 0; i < kMeasured; ++i) {
    std::vector<std::size_t> rows;
    for (std::size_t j = 0; j < kMeasured; ++j)
      if (j != i) rows.push_back(j);
    const DenseSays expected = dense_prediction(kernels.of, w, rows, dense, noise, i);
    EXPECT_NEAR(left_out.variance[i], expected.variance + noise[i], 1e-9);
    const double t = w[0] + w[1] + w[2];
    EXPECT_NEAR(left_out.rho[i], expected.rho * std::sqrt(t / (t + noise[i])), 1e-9);
    double dot = 0, of_effect = 0, of_prediction = 0;
    for (std::size_t g = 0; g < kGenes; ++g) {
      double mean = 0;
      for (const std::size_t j : rows) mean += dense[j][g] / (kMeasured - 1);
      const double effect = dense[i][g] - mean, prediction = expected.effect[g] - mean;
      dot += effect * prediction;
      of_effect += effect * effect;
      of_prediction += prediction * prediction;
      sizes.push_back(std::abs(dense[i][g] - expected.effect[g]) /
                      std::sqrt((expected.variance + noise[i]) * fitted.gene_scales()[g]));
    }
    EXPECT_NEAR(left_out.cosine[i], dot / std::sqrt(of_effect * of_prediction), 1e-9);
  }
  // numpy.quantile: linear between neighbours.
  std::ranges::sort(sizes);
  const double way = 0.9 * static_cast<double>(sizes.size() - 1);
  const auto below = static_cast<std::size_t>(way);
  const double expected = sizes[below] + (way - std::floor(way)) * (sizes[below + 1] - sizes[below]);
  const double levels[] = {0.9};
  EXPECT_NEAR(fitted.conformal_factors(levels)(0, 3), expected, 1e-9);
}

TEST_F(EffectProcessTest, GenesThatFewMoveHaveIntervalsOfTheirOwn) {
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(kMeasured); ++i)
    if (i != 4) effects(i, 2) = 0;  // one of twelve moves it
  const EffectProcess fitted = process();
  const double levels[] = {0.5, 0.9};
  const Matrix<double> factors = fitted.conformal_factors(levels);
  for (std::int64_t g = 3; g < static_cast<std::int64_t>(kGenes); ++g) EXPECT_EQ(factors(0, g), factors(0, 0));
  EXPECT_LT(factors(0, 2), 0.8 * factors(0, 0)) << "most of its effects are 0";
  EXPECT_LT(factors(1, 2), factors(1, 0));
}

TEST_F(EffectProcessTest, ScalesAndShrunkEffectsAreThoseOfTheDenseRoute) {
  const EffectProcess fitted = process();
  const Dense p = dense_p(), pe = times(p, dense);
  std::vector<double> scales(kGenes, 0.0);
  for (std::size_t g = 0; g < kGenes; ++g)
    for (std::size_t i = 0; i < kMeasured; ++i) scales[g] += dense[i][g] * pe[i][g] / (kMeasured - 1);
  for (std::size_t g = 0; g < kGenes; ++g) EXPECT_NEAR(fitted.gene_scales()[g], scales[g], 1e-9);
  for (std::size_t i = 0; i < kMeasured; ++i) {
    const auto shrunk = fitted.shrunk(static_cast<std::int64_t>(i));
    for (std::size_t g = 0; g < kGenes; ++g) EXPECT_NEAR(shrunk[g], dense[i][g] - noise[i] * pe[i][g], 1e-9);
    EXPECT_NEAR(fitted.shrunk_variance(static_cast<std::int64_t>(i)), noise[i] - noise[i] * noise[i] * p[i][i], 1e-9);
  }
}

TEST_F(EffectProcessTest, WeightsOfASubsampleAreThoseOfItsRows) {
  const EffectProcess some(kernels, {0, 1}, items, effects, noise, {.most_items_for_weights = 8, .seed = 3});
  const EffectProcess again(kernels, {0, 1}, items, effects, noise, {.most_items_for_weights = 8, .seed = 3});
  EXPECT_EQ(some.weights().of_part, again.weights().of_part);
  EXPECT_NE(some.weights().of_part, process().weights().of_part);
  EXPECT_EQ(some.leave_one_out().cosine.size(), kMeasured) << "all rows are conditioned on";
}

TEST_F(EffectProcessTest, WithoutPartsThePredictionIsTheMean) {
  const EffectProcess fitted(kernels, {}, items, effects, std::vector<double>(kMeasured, 0.0), {});
  const std::int64_t asked[] = {12};
  const auto said = fitted.predict(asked).front();
  EXPECT_EQ(said.rho, 0);
  const auto effect = fitted.effect(said);
  for (std::size_t g = 0; g < kGenes; ++g) {
    double mean = 0;
    for (std::size_t i = 0; i < kMeasured; ++i) mean += dense[i][g] / kMeasured;
    EXPECT_NEAR(effect[g], mean, 1e-12);
  }
  for (const double cosine : fitted.leave_one_out().cosine) EXPECT_EQ(cosine, 0) << "no direction";
  EXPECT_NEAR(said.variance, fitted.mean_variance(), 1e-12);
}

TEST(CholeskyTest, InverseDiagonalSolveAndDeterminantAgreeWithTheInverse) {
  constexpr std::int64_t n = 600;  // more than two blocks of 256
  Matrix<double> c(n, n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) c(i, j) = std::exp(-0.05 * std::abs(static_cast<double>(i - j))) + (i == j);
  const Cholesky factor(c);
  const Matrix<double> inverse = factor.inverse();
  const auto diagonal = factor.inverse_diagonal();
  Matrix<double> identity = product(c, inverse);
  for (std::int64_t i = 0; i < n; ++i) {
    EXPECT_NEAR(diagonal[static_cast<std::size_t>(i)], inverse(i, i), 1e-12);
    for (std::int64_t j = 0; j < n; ++j) ASSERT_NEAR(identity(i, j), i == j, 1e-10);
  }
  const auto row = factor.solve(std::vector<double>(n, 1.0));
  double sum = 0;
  for (std::int64_t j = 0; j < n; ++j) sum += inverse(17, j);
  EXPECT_NEAR(row[17], sum, 1e-10);
}

}  // namespace
}  // namespace gracevae::impl
