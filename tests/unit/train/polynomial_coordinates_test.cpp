// Genes that are polynomials of second degree in latents that the test knows.
#include "train/polynomial_coordinates.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"
#include "train/moment_fit.hpp"
#include "train/start.hpp"
#include "unit/train/known_screen.hpp"

namespace gracevae::impl {
namespace {

/// The chain in 20 genes, with products of its latents.
test::KnownScm curved() {
  test::KnownScm scm = test::known_chain();
  scm.n_genes = 20;
  scm.products = 0.1;
  return scm;
}

class PolynomialCoordinates : public testing::Test {
 protected:
  void draw(const test::KnownScm& scm) {
    data_ = test::known_run_data(scm, 7);
    moments_ = regime_moments(data_);
    linear_ = shift_coordinates(data_, moments_);
    found_ = polynomial_coordinates(data_, moments_, linear_);
  }
  RunData data_;
  RegimeMoments moments_;
  ShiftCoordinates linear_;
  std::optional<ShiftCoordinates> found_;
};

TEST_F(PolynomialCoordinates, FindTheGraphThatLinearOnesDoNotExplain) {
  draw(curved());
  ASSERT_TRUE(found_);
  const RunOptions options = test::known_run_options();
  const MomentFit straight = fit_moments(options, data_, moments_, linear_);
  EXPECT_GT(straight.chi_square, 10 * straight.degrees);
  const MomentFit fit = fit_moments(options, data_, moments_, *found_);
  EXPECT_LT(fit.chi_square, 2 * fit.degrees);
  EXPECT_EQ(fit.order, (std::vector<std::int64_t>{2, 0, 1}));
  EXPECT_NEAR(entry(fit.graph, 0, 1), 1, 0.15);
  EXPECT_NEAR(entry(fit.graph, 1, 2), 0.8, 0.15);
  EXPECT_EQ(entry(fit.graph, 0, 2), 0);
}

TEST_F(PolynomialCoordinates, AreNotBentByNoise) {
  test::KnownScm scm = curved();
  scm.observation_noise = 0.2;
  draw(scm);
  ASSERT_TRUE(found_);
  const MomentFit fit = fit_moments(test::known_run_options(), data_, moments_, *found_);
  EXPECT_LT(fit.chi_square, 2 * fit.degrees);
}

TEST_F(PolynomialCoordinates, PutEveryLabelOnItsOwnAxisAndSeeTheNoise) {
  draw(curved());
  ASSERT_TRUE(found_);
  EXPECT_EQ(found_->labels, linear_.labels);
  EXPECT_TRUE(at::allclose(at::mm(found_->directions, found_->projection), at::eye(3, at::kDouble), 1e-9, 1e-9));
  EXPECT_EQ(found_->span.size(0), 9);  // three latents and their six products
  const double noise = curved().observation_noise;
  const Tensor expected = noise * noise * at::mm(found_->projection.t(), found_->projection);
  EXPECT_LT((at::norm(found_->noise - expected) / at::norm(expected)).item<double>(), 0.05);
}

TEST_F(PolynomialCoordinates, AreFoundInGenesWithoutNoise) {
  test::KnownScm scm = curved();
  scm.observation_noise = 0;
  draw(scm);
  ASSERT_TRUE(found_);
  EXPECT_EQ(found_->span.size(0), 9);
  const MomentFit fit = fit_moments(test::known_run_options(), data_, moments_, *found_);
  EXPECT_LT(fit.chi_square, 2 * fit.degrees);
}

TEST_F(PolynomialCoordinates, RoundingIsNoSignal) {
  // Every gene is one of the first three, without noise: the genes vary in three directions, and by rounding in others.
  test::KnownScm scm = curved();
  scm.products = scm.observation_noise = 0;
  data_ = test::known_run_data(scm, 7);
  auto& values = data_.screen.x.values;
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = values[k - k % 20 + k % 20 % 3];
  moments_ = regime_moments(data_);
  linear_ = shift_coordinates(data_, moments_);
  EXPECT_FALSE(polynomial_coordinates(data_, moments_, linear_));
}

TEST_F(PolynomialCoordinates, CannotBeToldFromLinearOnes) {
  test::KnownScm scm = curved();
  scm.products = 0;
  draw(scm);
  EXPECT_FALSE(found_) << "the genes vary in as many directions as there are latents";
  scm = curved();
  scm.n_genes = 10;
  draw(scm);
  EXPECT_FALSE(found_) << "nine directions leave one gene to tell the noise";
}

TEST_F(PolynomialCoordinates, AreNotWhatALatentWithoutALabelDoes) {
  test::KnownScm scm = curved();
  scm.products = 0;
  data_ = test::known_run_data(scm, 7);
  data_.screen.regimes[2].cells = data_.screen.regimes[1].cells;  // no cells of label 1 left: the genes know its latent
  moments_ = regime_moments(data_);
  linear_ = shift_coordinates(data_, moments_);
  ASSERT_EQ(linear_.n_axes(), 2);
  EXPECT_FALSE(polynomial_coordinates(data_, moments_, linear_));
}

TEST_F(PolynomialCoordinates, StartTakesThemWhereALinearMixingFails) {
  const auto start = [&](const test::KnownScm& scm) {
    draw(scm);
    const RunOptions options = test::known_run_options();
    const std::unique_ptr<Model> model = make_run_model(options, data_);
    return start_model(options, data_, moments_, *model).values;
  };
  const auto polynomial = start(curved());
  EXPECT_EQ(polynomial.at("mixing"), "polynomial");
  EXPECT_EQ(polynomial.at("edges"), 2);
  test::KnownScm straight = curved();
  straight.products = 0;
  EXPECT_EQ(start(straight).at("mixing"), "linear");
  // The model starts in the coordinates that were found: the encoder gives independent latents of variance 1.
  draw(curved());
  RunOptions real = test::known_run_options();
  real.model.dtype = "float64";
  const std::unique_ptr<Model> started = make_run_model(real, data_);
  start_model(real, data_, moments_, *started);
  const at::NoGradGuard no_grad;
  const Tensor x = cells_tensor(data_.screen, data_.screen.regimes[0].cells, started->parameters().options());
  const Tensor mu = started->forward({.x = x, .epsilon = at::zeros({x.size(0), 3}, x.options()), .tau = 4}).mu;
  const Tensor centred = mu - mu.mean(0, true);
  const Tensor covariance = at::mm(centred.t(), centred) / static_cast<double>(x.size(0));
  EXPECT_TRUE(at::allclose(covariance, at::eye(3, x.options()), 0, 0.1)) << covariance;
  // The same cells far above 0 could be counts: no polynomial is tried.
  for (float& value : data_.screen.x.values) value += 100;
  moments_ = regime_moments(data_);
  ASSERT_TRUE(moments_.nonnegative);
  EXPECT_EQ(start_model(real, data_, moments_, *make_run_model(real, data_)).values.at("mixing"), "linear");
  // Values that are cut at 0 are taken for counts, whose noise differs from gene to gene: no polynomial is tried.
  draw(curved());
  for (float& value : data_.screen.x.values) value = std::max(value, 0.0F);
  moments_ = regime_moments(data_);
  const RunOptions options = test::known_run_options();
  const std::unique_ptr<Model> model = make_run_model(options, data_);
  EXPECT_EQ(start_model(options, data_, moments_, *model).values.at("mixing"), "linear");
}

}  // namespace
}  // namespace gracevae::impl
