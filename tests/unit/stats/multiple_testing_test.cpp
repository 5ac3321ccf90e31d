#include "stats/multiple_testing.hpp"

#include <gmock/gmock.h>

namespace gracevae::impl {
namespace {

using Values = std::vector<double>;

TEST(BenjaminiHochberg, ByHand) {
  // n = 5: 0.01·5/1, 0.02·5/2, 0.03·5/3, 0.2·5/4, 0.9·5/5; the first three share 0.05.
  const std::vector<double> p{0.2, 0.01, 0.9, 0.03, 0.02};
  const std::vector<double> expected{0.25, 0.05, 0.9, 0.05, 0.05};
  const auto adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_EQ(benjamini_hochberg(std::vector<double>{1, 1, 1}), (std::vector<double>{1, 1, 1}));
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

TEST(Holm, ByHand) {
  EXPECT_THAT(holm(Values{0.01, 0.04, 0.03, 0.005}),
              testing::ElementsAre(testing::DoubleNear(0.03, 1e-12), testing::DoubleNear(0.06, 1e-12),
                                   testing::DoubleNear(0.06, 1e-12), testing::DoubleNear(0.02, 1e-12)));
  EXPECT_THAT(holm(Values{0.9, 0.8}), testing::ElementsAre(1.0, 1.0));
  EXPECT_THAT(holm({}), testing::ElementsAre());
}

}  // namespace
}  // namespace gracevae::impl
