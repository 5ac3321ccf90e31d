#include "io/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;

Thrown error_of(const std::string& text) {
  return message_of<ConfigError>([&] { Expression(text, "screen.cell_names"); });
}

TEST(Expression, FirstGroup) {
  const Expression barcode("_([ACGT]+)-?([0-9]*)", "screen.cell_names");
  EXPECT_EQ(barcode.first_group("s1_ACGT-1"), "ACGT");
  EXPECT_EQ(barcode.first_group("s1_s2_ACGT"), "ACGT");
  EXPECT_EQ(barcode.first_group("ACGT-1"), std::nullopt);
  EXPECT_EQ(barcode.first_group(""), std::nullopt);
  EXPECT_EQ(Expression("(a)|b", "screen.cell_names").first_group("b"), std::nullopt);
  EXPECT_EQ(Expression("^(x*)", "screen.cell_names").first_group("y"), std::nullopt);
  EXPECT_EQ(barcode.first_group("_" + std::string(999, 'A')), std::string(999, 'A'));
  EXPECT_EQ(barcode.first_group("_" + std::string(1'000'000, 'A')), std::nullopt);
}

TEST(Expression, SaysWhereItEnds) {
  EXPECT_THAT(error_of("ab([ACGT+)"), AllOf(At("screen.cell_names 'ab([ACGT+)'", "3", "([ACGT+)"), HasHint()));
  EXPECT_THAT(error_of("a)b"), At("", "2", ")b"));
  EXPECT_THAT(error_of("*a"), At("", "1", "*a"));
  EXPECT_THAT(error_of("x{2,1}"), At("", "2", "{2,1}"));
  EXPECT_THAT(error_of("(a)\\"), At("", "4"));
}

TEST(Expression, NeedsAGroup) {
  EXPECT_THAT(error_of("[ACGT]+"), At("screen.cell_names '[ACGT]+'", "([ACGT]+)"));
  EXPECT_EQ(Expression("([ACGT]+)", "screen.cell_names").first_group("xACGT"), "ACGT");
  EXPECT_THAT(error_of("(?:a)"), At("screen.cell_names '(?:a)'"));
  EXPECT_THAT(error_of(""), At("screen.cell_names ''"));
}

}  // namespace
}  // namespace gracevae::impl
