// exp and logarithms against those of the standard library in long double.
#include "kernels/cpu/vector_math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace gracevae::impl::kernels {
namespace {

/// How many units in the last place of `expected` lie between the two.
template <class T>
double units_between(T found, long double expected) {
  const T size = std::abs(static_cast<T>(expected)), next = std::nextafter(size, std::numeric_limits<T>::infinity());
  return static_cast<double>(std::abs(static_cast<long double>(found) - expected) /
                             static_cast<long double>(next - size));
}

template <class T>
class VectorMath : public testing::Test {};
using Numbers = testing::Types<float, double>;
TYPED_TEST_SUITE(VectorMath, Numbers);

TYPED_TEST(VectorMath, IsWithinItsBounds) {
  using T = TypeParam;
  Random random(1, "numbers");
  double of_exp = 0, of_log1p = 0, of_log = 0;
  for (int i = 0; i < 200000; ++i) {
    const T x = static_cast<T>(-std::exp(random.uniform() * 20 - 14)), fraction = static_cast<T>(random.uniform()),
            small = static_cast<T>(std::exp(-40 * random.uniform())),
            any = static_cast<T>(i % 2 == 0 ? std::exp(random.uniform() * 100 - 80) : 1 + 0.01 * random.normal());
    if (x > NumberFormat<T>::kLowest)
      of_exp = std::max(of_exp, units_between(exp_of(x), std::exp(static_cast<long double>(x))));
    for (const T y : {fraction, small})
      of_log1p = std::max(of_log1p, units_between(log1p_of(y), std::log1p(static_cast<long double>(y))));
    of_log = std::max(of_log, units_between(log_of(any), std::log(static_cast<long double>(any))));
  }
  EXPECT_LT(of_exp, 2);
  EXPECT_LT(of_log1p, 3);
  EXPECT_LT(of_log, 3);
}

TYPED_TEST(VectorMath, AtTheEnds) {
  using T = TypeParam;
  EXPECT_EQ(exp_of(T{0}), T{1});
  EXPECT_GT(exp_of(T{-1e9}), T{0});
  EXPECT_LT(exp_of(T{-1e9}), T{1e-37});
  EXPECT_TRUE(std::isnan(exp_of(std::numeric_limits<T>::quiet_NaN())));
  EXPECT_EQ(log1p_of(T{0}), T{0});
  EXPECT_EQ(log_of(T{1}), T{0});
}

}  // namespace
}  // namespace gracevae::impl::kernels
