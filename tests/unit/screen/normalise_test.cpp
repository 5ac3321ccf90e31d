#include "screen/normalise.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

TEST(NormaliseLog1p, ScalesToTheTarget) {
  std::vector<float> values{1, 3, 0};
  normalise_log1p(values, 4, 100);
  EXPECT_EQ(values, (std::vector<float>{static_cast<float>(std::log(26.0)), static_cast<float>(std::log(76.0)), 0}));
  std::vector<float> none{0, 0};
  normalise_log1p(none, 0, 100);
  EXPECT_EQ(none, (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace gracevae::impl
