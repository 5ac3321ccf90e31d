#include "base/plain_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/xml.hpp"

namespace gracevae::impl {
namespace {

using namespace std::string_view_literals;

TEST(PlainText, IsUtf8WithoutControlCharacters) {
  for (const auto text : {""sv, "TP53"sv, "a b'\"<&>\\"sv, "Ä–Ω"sv, "\u00a0"sv, "\ud7ff"sv, "\ue000"sv, "\ufffd"sv,
                          "\U0001F9EC"sv, "\U0010FFFF"sv})
    EXPECT_TRUE(is_plain_text(text)) << text;
  for (const auto text : {"\t"sv, "a\nb"sv, "\0"sv, "\x1b[31m"sv, "\x7f"sv, "\u0085"sv, "\ufffe"sv, "\uffff"sv})
    EXPECT_FALSE(is_plain_text(text)) << escaped_text(text);
}

TEST(PlainText, IsNotWhatIsNoUtf8) {
  for (const auto text : {"\xff"sv, "\x80"sv, "\xc0\x80"sv, "\xc3"sv, "\xc3("sv, "\xe0\x80\x80"sv, "\xed\xa0\x80"sv,
                          "\xe2\x82"sv, "\xf0\x80\x80\x80"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "na\xefve"sv})
    EXPECT_FALSE(is_plain_text(text)) << escaped_text(text);
}

TEST(PlainText, IsShownWithItsBytes) {
  EXPECT_EQ(escaped_text("a\tb\xff\u00e4\n"), "a\\x09b\\xff\u00e4\\x0a");
  EXPECT_EQ(escaped_text("\ufffe!"), "\\xef\\xbf\\xbe!");
  EXPECT_EQ(escaped_text("\xc3("), "\\xc3(");
}

TEST(Xml, HoldsNothingThatItForbids) { EXPECT_EQ(escape_xml("a<b\x01\xff\ufffe\uffff\u00e4\t"), "a&lt;b????\u00e4\t"); }

}  // namespace
}  // namespace gracevae::impl
