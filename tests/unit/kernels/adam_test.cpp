#include "kernels/adam.hpp"
#include "support/every_instruction_set.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace gracevae::impl::kernels {
namespace {

class AdamStep : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(AdamStep);

TEST_P(AdamStep, FirstStepMovesByTheLearningRateAgainstTheSign) {
  std::vector<double> w{1, 1, 1}, m(3), v(3);
  const std::vector<double> g{0.2, -3, 0};
  adam_step(w.data(), g.data(), m.data(), v.data(), 3, 1, {});
  EXPECT_NEAR(w[0], 1 - 1e-3, 1e-9);  // m̂/√v̂ = sign(g)
  EXPECT_NEAR(w[1], 1 + 1e-3, 1e-9);
  EXPECT_EQ(w[2], 1);
  EXPECT_DOUBLE_EQ(m[1], 0.1 * -0.5);  // clamped to −0.5
}

TEST_P(AdamStep, TwoStepsByHand) {
  std::vector<double> w{0}, m{0}, v{0};
  AdamOptions options;
  options.clamp = 0;
  const double g1 = 2, g2 = -1;
  adam_step(w.data(), &g1, m.data(), v.data(), 1, 1, options);
  adam_step(w.data(), &g2, m.data(), v.data(), 1, 2, options);
  const double m2 = 0.9 * 0.1 * g1 + 0.1 * g2, v2 = 0.999 * 0.001 * g1 * g1 + 0.001 * g2 * g2;
  const double expected =
      -1e-3 * (2 / (2 + 1e-8)) - 1e-3 * (m2 / (1 - 0.81)) / (std::sqrt(v2 / (1 - 0.999 * 0.999)) + 1e-8);
  EXPECT_NEAR(w[0], expected, 1e-12);
}

}  // namespace
}  // namespace gracevae::impl::kernels
