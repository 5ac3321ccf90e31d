#include "report/svg_chart.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "unit/report/run_folder.hpp"

namespace gracevae::impl {
namespace {

using test::malformed;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

TEST(RoundTicks, ByHand) {
  EXPECT_THAT(round_ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(round_ticks(0, 99, 5), ElementsAre(0, 20, 40, 60, 80));
  EXPECT_THAT(round_ticks(-1, 1, 4), ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_THAT(round_ticks(0, 2, 5, true), ElementsAre(0, 1, 2));  // epochs are whole
  EXPECT_THAT(round_ticks(6.5, 7.5, 5, true), ElementsAre(7));
}

TEST(SvgChart, PointsLandWhereTheAxesSay) {
  const std::string svg = svg_line_chart({"c", "Loss", "epoch", {{"loss", {0, 10}, {0, 100}}}});
  EXPECT_EQ(malformed(svg), "");
  // x from 48 to 328; y from 0 at 156 to 105 (5 % above) at 10: 100 stands at 156 − 146·100/105.
  EXPECT_THAT(svg, HasSubstr("<path d=\"M48.0 156.0L328.0 17.0\"/>"));
  EXPECT_THAT(svg, HasSubstr("<title id=\"c-title\">Loss</title>"));
  EXPECT_THAT(svg,
              HasSubstr(
                  "loss: first 0 at epoch 0, last 100 at epoch 10, lowest 0 at epoch 0, highest 100 at epoch 10."));
  EXPECT_THAT(svg, HasSubstr("aria-labelledby=\"c-title c-desc\""));
}

TEST(SvgChart, GapsBreakTheLine) {
  const double nan = std::nan("");
  const std::string svg =
      svg_line_chart({"c", "t", "epoch", {{"a", {0, 1, 2, 3, 4, 5}, {1, 2, nan, 3, nan, INFINITY}}}});
  EXPECT_EQ(count(svg, "<path"), 1U);
  EXPECT_EQ(count(svg, "<circle"), 1U);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(SvgChart, OnePointIsADot) {
  const std::string svg = svg_line_chart({"c", "t", "epoch", {{"a", {0}, {3}}}, 0, 0});
  EXPECT_EQ(count(svg, "<circle"), 1U);
  EXPECT_THAT(svg, HasSubstr(">0</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_EQ(malformed(svg), "");
}

TEST(SvgChart, ConstantLinesHaveAnAxis) {
  for (const double level : {0.0, 5.0, -2.0, 1e-9}) {
    const std::string svg = svg_line_chart({"c", "t", "epoch", {{"a", {0, 1}, {level, level}}}});
    EXPECT_EQ(count(svg, "<path"), 1U) << level;
    EXPECT_THAT(svg, Not(HasSubstr("nan"))) << level;
    EXPECT_THAT(svg, Not(HasSubstr("inf"))) << level;
  }
}

TEST(SvgChart, WideRangesAreLogarithmic) {
  const std::string wide = svg_line_chart({"c", "t", "epoch", {{"a", {0, 1, 2}, {100, 1, 0.01}}}});
  EXPECT_THAT(wide, HasSubstr("L188.0 83.0"));  // the middle of the decades at the middle of the height
  EXPECT_THAT(wide, HasSubstr(">0.01</text>"));
  const std::string with_zero = svg_line_chart({"c", "t", "epoch", {{"a", {0, 1, 2}, {100, 1, 0}}}});
  EXPECT_THAT(with_zero, Not(HasSubstr(">0.01</text>")));
}

TEST(ChartAxes, ByHand) {
  const auto axes = chart_axes({"c", "t", "epoch", {{"a", {0, 10}, {0, 100}}}});
  ASSERT_TRUE(axes);
  EXPECT_EQ(axes->x.low, 0);
  EXPECT_EQ(axes->x.high, 10);
  EXPECT_THAT(axes->x.ticks, ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_EQ(axes->y.low, 0);
  EXPECT_EQ(axes->y.high, 105);
  EXPECT_THAT(axes->y.ticks, ElementsAre(0, 50, 100));
  EXPECT_EQ(axes->y.share(21), 0.2);
  const auto wide = chart_axes({"c", "t", "epoch", {{"a", {0, 1}, {100, 0.01}}}});
  ASSERT_TRUE(wide);
  EXPECT_TRUE(wide->y.logarithmic);
  EXPECT_EQ(wide->y.low, -2);
  EXPECT_EQ(wide->y.high, 2);
  EXPECT_THAT(wide->y.ticks, ElementsAre(0.01, 0.1, 1, 10, 100));
  EXPECT_EQ(wide->y.share(1), 0.5);
  EXPECT_FALSE(chart_axes({"c", "t", "epoch", {{"a", {0}, {std::nan("")}}}}));
}

TEST(SvgChart, NothingToShow) {
  EXPECT_THAT(svg_line_chart({"c", "t", "epoch", {{"a", {}, {}}}}), HasSubstr("no values"));
  const std::string svg = svg_line_chart({"c", "t", "epoch", {{"a", {0}, {std::nan("")}}}, 0, 1});
  EXPECT_THAT(svg, HasSubstr("no values"));
  EXPECT_EQ(malformed(svg), "");
}

TEST(SvgChart, LinesDifferByClassAndNamesAreEscaped) {
  const std::string svg = svg_line_chart({"c", "<t>", "a&b", {{"x<y", {0, 1}, {0, 1}}, {"z", {0, 1}, {1, 0}}}});
  EXPECT_EQ(malformed(svg), "");
  EXPECT_THAT(svg, HasSubstr("class=\"line s0\""));
  EXPECT_THAT(svg, HasSubstr("class=\"line s1\""));
  EXPECT_THAT(svg, HasSubstr("x&lt;y: first"));
}

}  // namespace
}  // namespace gracevae::impl
