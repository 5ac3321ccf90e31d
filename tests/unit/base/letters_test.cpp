#include "base/letters.hpp"

#include <gtest/gtest.h>

namespace gracevae::impl {
namespace {

TEST(Letters, CaseAndSignsDoNotMatter) {
  EXPECT_EQ(lower_case("AbC-9 Z"), "abc-9 z");
  EXPECT_EQ(letters_and_digits("sgRNA_ID"), "sgrnaid");
  EXPECT_EQ(letters_and_digits(" Official Symbol (Interactor A) 2"), "officialsymbolinteractora2");
  EXPECT_EQ(letters_and_digits("\xc3\xa4*"), "") << "other bytes are no letters";
  EXPECT_EQ(lower_case("\xc3\x84"), "\xc3\x84") << "and stay";
  EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace gracevae::impl
