#include "explain/sure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gracevae::impl {
namespace {

using testing::ElementsAre;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

TEST(Sure, TheNearEndOfTheInterval) {
  EXPECT_DOUBLE_EQ(sure_part(3, 1), 1.04);
  EXPECT_DOUBLE_EQ(sure_part(-3, 1), -1.04);
  EXPECT_EQ(sure_part(1, 1), 0);
  EXPECT_TRUE(std::isnan(sure_part(1, kUnknown)));
}

TEST(Sure, OrderOfGenes) {
  //                                   sure 0.04  sure -2.02  z 0.5  z -1.5  none   none, larger  nothing
  const std::vector<double> effect = {2.0, -3.0, 0.5, -0.3, 9.0, -10.0, 0.0},
                            se = {1.0, 0.5, 1.0, 0.2, kUnknown, kUnknown, 0.1};
  EXPECT_THAT(surest_first(effect, se), ElementsAre(1, 0, 3, 2, 6, 5, 4));
}

TEST(Sure, Strength) {
  const std::vector<double> effect = {3, -4, 12}, se = {0.5, 1, kUnknown};
  const Strength found = strength_of(effect, se);
  EXPECT_DOUBLE_EQ(found.norm, 13);
  EXPECT_DOUBLE_EQ(found.norm_se, std::sqrt(1.25));
  EXPECT_DOUBLE_EQ(found.sure, std::hypot(3 - 0.98, 4 - 1.96));
  const Strength unknown = strength_of(effect, std::vector<double>(3, kUnknown));
  EXPECT_DOUBLE_EQ(unknown.norm, 13);
  EXPECT_TRUE(std::isnan(unknown.sure));
  EXPECT_TRUE(std::isnan(unknown.norm_se));
}

/// A noisy one is not first because it is large; one whose error is not known comes last.
TEST(Sure, OrderOfPrograms) {
  struct Named {
    char name;
    Strength strength;
  };
  const std::vector<Named> all = {{'a', {50, 60, 0.1}}, {'b', {2, 1, 1.5}}, {'c', {99, kUnknown, kUnknown}},
                                  {'d', {3, 4, 0.1}},   {'e', {1, 1, 0}},   {'f', {999, kUnknown, kUnknown}}};
  std::string order;
  for (const Named* one : strongest_first(all)) order += one->name;
  EXPECT_EQ(order, "badefc");
}

TEST(Sure, NumbersOrNa) {
  EXPECT_EQ(number_or_na(0.12345678), "0.123457");
  EXPECT_EQ(number_or_na(kUnknown), "NA");
}

}  // namespace
}  // namespace gracevae::impl
