#pragma once
/// @file Line charts: their layout, which the page's script draws from too, and inline SVG, whose colours and dashes
/// come from the page's style sheet, so that they follow light, dark and print.
#include <optional>
#include <string>
#include <vector>

namespace gracevae::impl {

/// A line. A y that is not finite breaks it; a point between two breaks is drawn as a dot.
struct ChartSeries {
  std::string name;
  std::vector<double> x, y;
};

/// Colours and dashes of the style sheet.
inline constexpr std::size_t kLineStyles = 6;

struct LineChart {
  std::string id;     ///< unique in the page, a valid XML name
  std::string title;  ///< for people who do not see the lines; the page shows it beside the chart too
  std::string x_label;
  std::vector<ChartSeries> series;  ///< kLineStyles look different
  double x_low = 0, x_high = -1;    ///< shown at least, whatever the points; nothing when x_low > x_high
};

/// Size of a drawing and what is around the axes.
struct ChartFrame {
  double width = 340, height = 190, left = 48, right = 12, top = 10, bottom = 34;
};
inline constexpr ChartFrame kChartFrame{};

struct ChartAxis {
  double low = 0, high = 0;  ///< what is shown; of log10 of the values where `logarithmic`
  bool logarithmic = false;
  std::vector<double> ticks;  ///< values

  /// 0 at the low end, 1 at the high one.
  double share(double value) const;
};

struct ChartAxes {
  ChartAxis x, y;
};

/// The y axis is logarithmic when all values are positive and span more than a factor 300. Nothing without a finite
/// value.
std::optional<ChartAxes> chart_axes(const LineChart& chart);

/// A tick's value as the drawings have it.
std::string tick_text(double value);

/// <svg> with axes, ticks, <title> and <desc> (first, last and extreme values of every line). Without a
/// finite value it says "no values".
std::string svg_line_chart(const LineChart& chart);

/// About `n` round numbers (1, 2, 5 times a power of ten) within [low, high]; only whole ones when `whole`.
std::vector<double> round_ticks(double low, double high, int n, bool whole = false);

}  // namespace gracevae::impl
