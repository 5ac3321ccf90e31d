#include "io/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
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
  EXPECT_THAT(error_of("ab([ACGT+)"),
              AllOf(HasSubstr("screen.cell_names 'ab([ACGT+)': is no regular expression from letter 3 on ('([ACGT+)')"),
                    HasSubstr("brackets come in pairs")));
  EXPECT_THAT(error_of("a)b"), HasSubstr("from letter 2 on (')b')"));
  EXPECT_THAT(error_of("*a"), HasSubstr("from letter 1 on ('*a')"));
  EXPECT_THAT(error_of("x{2,1}"), HasSubstr("from letter 2 on ('{2,1}')"));
  EXPECT_THAT(error_of("(a)\\"), HasSubstr("from letter 4 on"));
}

TEST(Expression, NeedsAGroup) {
  EXPECT_THAT(error_of("[ACGT]+"), AllOf(HasSubstr("has no group"), HasSubstr("parentheses: '([ACGT]+)'")));
  EXPECT_EQ(Expression("([ACGT]+)", "screen.cell_names").first_group("xACGT"), "ACGT");
  EXPECT_THAT(error_of("(?:a)"), HasSubstr("has no group"));
  EXPECT_THAT(error_of(""), HasSubstr("has no group"));
}

}  // namespace
}  // namespace gracevae::impl
