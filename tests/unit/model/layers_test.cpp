#include "model/layers.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

double deviation_of(const Tensor& values) { return values.detach().to(at::kDouble).std(false).item<double>(); }

TEST(Linear, StartsAsItsKindSays) {
  Parameters parameters(at::TensorOptions().dtype(at::kDouble), 7);
  const Linear normal(parameters, "normal", 100, 200, Linear::Start::normal);
  const Linear uniform(parameters, "uniform", 100, 200, Linear::Start::uniform);
  const auto& all = parameters.all();
  // 20,000 numbers: the standard deviation is known to half a percent.
  EXPECT_NEAR(deviation_of(all[0].value), 0.02, 0.0005);
  EXPECT_EQ(at::abs(all[1].value).max().item<double>(), 0);
  const double bound = 1 / std::sqrt(100.0);
  EXPECT_NEAR(deviation_of(all[2].value), bound / std::sqrt(3.0), 0.002);
  for (const std::size_t i : {2U, 3U}) {
    EXPECT_LE(at::abs(all[i].value).max().item<double>(), bound);
    EXPECT_GT(at::abs(all[i].value).max().item<double>(), 0.95 * bound);
  }
}

}  // namespace
}  // namespace gracevae::impl
