#include "report/html.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "unit/report/run_folder.hpp"

namespace gracevae::impl {
namespace {

using test::malformed;
using ::testing::HasSubstr;

TEST(Html, EscapesWhatMarkupReads) {
  EXPECT_EQ(escape_html("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  EXPECT_EQ(escape_html("Δ–é"), "Δ–é");
  EXPECT_EQ(escape_html(std::string("a\0b\x1b[31m", 8)), "a?b?[31m");
  EXPECT_EQ(escape_html("tab\tline\n"), "tab\tline\n");
}

TEST(Html, Numbers) {
  EXPECT_EQ(fixed_text(0.12345), "0.123");
  EXPECT_EQ(fixed_text(2, 0), "2");
  EXPECT_EQ(fixed_text(NAN), "n/a");
  EXPECT_EQ(short_text(0.000421234), "0.0004212");
  EXPECT_EQ(short_text(12), "12");
  EXPECT_EQ(short_text(INFINITY), "n/a");
}

TEST(Html, TablesAreAccessibleAndEscaped) {
  const std::string html =
      html_table({"A & B", {"name", "<value>"}, {{"x", "1"}, {"<script>alert(1)</script>", "\"2\""}}, true});
  EXPECT_EQ(malformed(html), "");
  EXPECT_THAT(html, HasSubstr("<caption>A &amp; B</caption>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\">&lt;value&gt;</th>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">x</th><td>1</td>"));
  EXPECT_THAT(html, ::testing::Not(HasSubstr("<script>")));
}

TEST(Malformed, SeesWhatIsWrong) {
  EXPECT_EQ(malformed("<p>a<br/>b</p>"), "");
  EXPECT_NE(malformed("<p>a</b>"), "");
  EXPECT_NE(malformed("<p>a"), "");
  EXPECT_NE(malformed("<p>a & b</p>"), "");
  EXPECT_NE(malformed("<p class=\"x>a</p>"), "");
}

}  // namespace
}  // namespace gracevae::impl
