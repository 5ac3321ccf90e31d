#include "causal/losses.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "causal/schedule.hpp"
#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

TEST(Losses, KlOfAShiftedGaussianByHand) {
  // KL(N(m, v) ‖ N(0, 1)) = (m² + v − 1 − ln v)/2: m = 2, v = 3 in one latent, m = 0, v = 1 in the other.
  const Tensor mu = at::zeros({2, 2}, at::kDouble), var = at::zeros({2, 2}, at::kDouble) + 1;
  mu.select(1, 0).fill_(2);
  var.select(1, 0).fill_(3);
  const double expected = (4 + 3 - 1 - std::log(3.0)) / 2;
  EXPECT_NEAR(gaussian_kl(mu, var).item<double>(), expected, 1e-12);
  const Tensor per_latent = gaussian_kl_per_latent(mu, var);
  EXPECT_NEAR(per_latent.select(0, 0).item<double>(), expected, 1e-12);
  EXPECT_NEAR(per_latent.select(0, 1).item<double>(), 0, 1e-12);
}

TEST(Losses, GaussianLikelihoodByHand) {
  // Two genes, two cells: residuals 2 and 4 of the first (variance 4), 0 and 1 of the second (variance 1).
  const Tensor x = at::zeros({2, 2}, at::kDouble), residual = at::zeros({2, 2}, at::kDouble);
  residual.select(1, 0).copy_(at::tensor({2.0, 4.0}, at::kDouble));
  residual.select(1, 1).copy_(at::tensor({0.0, 1.0}, at::kDouble));
  const Tensor log_variance = at::log(at::tensor({4.0, 1.0}, at::kDouble));
  const double expected = 0.5 * ((4.0 / 4 + 16.0 / 4 + 1) / 2 + std::log(4.0));
  EXPECT_NEAR(gaussian_nll(x + residual, x, log_variance).item<double>(), expected, 1e-12);
  check_gradients([&](const std::vector<Tensor>& in) { return gaussian_nll(in[0], x, in[1]); },
                  {residual.clone(), log_variance.clone()});
}

TEST(Losses, FreeBitsHoldTheKlOfALatentUp) {
  const Tensor per_latent = at::tensor({0.1, 0.7, 0.0}, at::kDouble);
  EXPECT_NEAR(kl_with_free_bits(per_latent, 0).item<double>(), 0.8, 1e-12);
  EXPECT_NEAR(kl_with_free_bits(per_latent, 0.5).item<double>(), 0.5 + 0.7 + 0.5, 1e-12);
}

TEST(Losses, SparsityCountsTheStrictUpperTriangle) {
  const Tensor g = at::zeros({3, 3}, at::kDouble) - 2;
  EXPECT_NEAR(sparsity(g).item<double>(), 6, 1e-12);
}

TEST(Losses, ReconstructionIsTheMeanOverCellsAndGenes) {
  const Tensor x = at::zeros({4, 5}, at::kDouble);
  EXPECT_NEAR(reconstruction_error(x + 3, x).item<double>(), 9, 1e-12);
}

TEST(Mmd, KernelAndTensorsAgreeInValueAndGradient) {
  for (const bool unbiased : {false, true})
    for (const double sigma : {1000.0, 1.0}) {
      const kernels::MmdOptions options{.sigma = sigma, .n_kernels = 10, .unbiased = unbiased};
      Tensor a = random_tensor({7, 6}, "a").set_requires_grad(true);
      const Tensor b = random_tensor({5, 6}, "b") + 0.5;
      const Tensor fast = mmd2(a, b, options), reference = mmd2_by_tensors(a, b, options);
      EXPECT_NEAR(fast.item<double>(), reference.item<double>(), 1e-12);
      const Tensor d_fast = torch_compat::gradients(fast, {a})[0],
                   d_reference = torch_compat::gradients(reference, {a})[0];
      EXPECT_TRUE(at::allclose(d_fast, d_reference, 1e-9, 1e-13)) << "sigma " << sigma << " unbiased " << unbiased;
    }
}

TEST(Mmd, GradientAgreesWithFiniteDifferences) {
  const Tensor b = random_tensor({4, 3}, "b");
  check_gradients([&](const std::vector<Tensor>& in) { return mmd2(in[0], b, {.sigma = 2}); },
                  {random_tensor({3, 3}, "a")});
}

TEST(Mmd, SinglePrecisionIsCloseToDouble) {
  const Tensor a = random_tensor({32, 500}, "a") * 2, b = random_tensor({32, 500}, "b") * 2 + 0.3;
  const double exact = mmd2(a, b, {}).item<double>();
  EXPECT_NEAR(mmd2(a.to(at::kFloat), b.to(at::kFloat), {}).item<double>() / exact, 1, 1e-5);
}

TEST(Schedule, FewEpochsJumpToTheEndOfTheirRamps) {
  const ScheduleOptions options{.alpha_max = 8, .beta_max = 2, .tau_max = 4};
  EXPECT_EQ(schedule_at(0, 1, options).alpha, 0);
  EXPECT_EQ(schedule_at(5, 6, options).alpha, 8);
  EXPECT_EQ(schedule_at(5, 6, options).tau, 4);
  EXPECT_EQ(schedule_at(99, 100, options).beta, 2);
}

TEST(Schedule, ConstantIsAtItsLargestFromTheFirstEpochOn) {
  const ScheduleOptions options{.alpha_max = 8, .beta_max = 2, .tau_max = 4, .constant = true};
  for (const std::int64_t epoch : {0, 3, 99}) {
    EXPECT_EQ(schedule_at(epoch, 100, options).alpha, 8);
    EXPECT_EQ(schedule_at(epoch, 100, options).beta, 2);
    EXPECT_EQ(schedule_at(epoch, 100, options).tau, 4);
  }
}

TEST(Schedule, PaperText) {
  const ScheduleOptions options{.alpha_max = 8, .beta_max = 2, .tau_max = 4, .paper_text = true};
  EXPECT_EQ(schedule_at(49, 100, options).beta, 2);
  EXPECT_EQ(schedule_at(49, 100, options).tau, 1);
  EXPECT_EQ(schedule_at(99, 100, options).tau, 4);
}

}  // namespace
}  // namespace gracevae::impl
