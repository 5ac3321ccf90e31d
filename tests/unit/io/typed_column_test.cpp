#include "io/typed_column.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;

template <class T>
std::vector<T> as(const Column& column) {
  EXPECT_TRUE(std::holds_alternative<std::vector<T>>(column)) << column.index();
  return std::get<std::vector<T>>(column);
}

TEST(TypedColumn, Kinds) {
  EXPECT_THAT(as<std::int64_t>(typed_column({"1", "-2", "0"})), ElementsAre(1, -2, 0));
  EXPECT_THAT(as<double>(typed_column({"1", "2.5", "1e3"})), ElementsAre(1, 2.5, 1000));
  EXPECT_THAT(as<std::string>(typed_column({"1", "A", ""})), ElementsAre("1", "A", ""));
  EXPECT_THAT(as<std::string>(typed_column({"007", "1"})), ElementsAre("007", "1"));
  EXPECT_THAT(as<std::string>(typed_column({"", "NA"})), ElementsAre("", "NA"));
  const auto gaps = as<double>(typed_column({"1", "NA", "3"}));
  EXPECT_TRUE(std::isnan(gaps[1]));
  EXPECT_EQ(gaps[2], 3);
}

TEST(TypedColumn, Rows) {
  const std::vector<std::int64_t> all{2, 0, 1}, some{1, -1};
  EXPECT_THAT(as<std::int64_t>(typed_column({"1", "2", "3"}, all)), ElementsAre(3, 1, 2));
  const auto gaps = as<double>(typed_column({"1", "2"}, some));
  EXPECT_EQ(gaps[0], 2);
  EXPECT_TRUE(std::isnan(gaps[1]));
  EXPECT_THAT(as<std::string>(typed_column({"a", "b"}, some)), ElementsAre("b", ""));
}

TEST(TypedColumn, DecimalCommas) {
  EXPECT_THAT(as<double>(typed_column({"0,5", "-1,25e1", "3"})), ElementsAre(0.5, -12.5, 3));
  EXPECT_THAT(as<double>(typed_column({"1,234", "0,5"})), ElementsAre(1.234, 0.5));
  EXPECT_THAT(as<std::string>(typed_column({"1,234", "12,345", "7"})), ElementsAre("1,234", "12,345", "7"));
  EXPECT_THAT(as<std::string>(typed_column({"0,5", "0.5"})), ElementsAre("0,5", "0.5"));
  EXPECT_THAT(as<std::string>(typed_column({"KLF1,CBL", "1,2"})), ElementsAre("KLF1,CBL", "1,2"));
  EXPECT_THAT(as<std::string>(typed_column({"1,2,3"})), ElementsAre("1,2,3"));
}

}  // namespace
}  // namespace gracevae::impl
