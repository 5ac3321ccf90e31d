#include "report/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/html.hpp"

namespace gracevae::impl {

namespace {

constexpr ChartFrame kFrame = kChartFrame;
constexpr double kRightEnd = kFrame.width - kFrame.right, kBase = kFrame.height - kFrame.bottom;
constexpr double kLogarithmicSpan = 300;

double x_at(const ChartAxis& axis, double value) { return kFrame.left + axis.share(value) * (kRightEnd - kFrame.left); }
double y_at(const ChartAxis& axis, double value) { return kBase + axis.share(value) * (kFrame.top - kBase); }

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  bool empty() const { return low > high; }
};

Range finite_range(const LineChart& chart, std::vector<double> ChartSeries::*values) {
  Range range;
  for (const auto& series : chart.series)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double value = (series.*values)[i];
      if (!std::isfinite(series.y[i]) || !std::isfinite(value)) continue;
      range.low = std::min(range.low, value);
      range.high = std::max(range.high, value);
    }
  return range;
}

bool all_whole(const LineChart& chart) {
  for (const auto& series : chart.series)
    for (const double x : series.x)
      if (x != std::floor(x)) return false;
  return true;
}

ChartAxis x_axis(const LineChart& chart) {
  Range range = finite_range(chart, &ChartSeries::x);
  if (chart.x_low <= chart.x_high) range = {std::min(range.low, chart.x_low), std::max(range.high, chart.x_high)};
  if (range.low == range.high) range = {range.low - 0.5, range.high + 0.5};
  return {range.low, range.high, false, round_ticks(range.low, range.high, 5, all_whole(chart))};
}

std::vector<double> y_ticks(const ChartAxis& axis) {
  if (!axis.logarithmic) return round_ticks(axis.low, axis.high, 5);
  std::vector<double> ticks;
  const double step = std::ceil((axis.high - axis.low) / 5);
  for (double exponent = axis.low; exponent <= axis.high; exponent += step) ticks.push_back(std::pow(10.0, exponent));
  return ticks;
}

ChartAxis y_axis(Range range) {
  ChartAxis axis{range.low, range.high, false, {}};
  if (range.low > 0 && range.high / range.low > kLogarithmicSpan) {
    axis.logarithmic = true;
    axis.low = std::floor(std::log10(range.low));
    axis.high = std::ceil(std::log10(range.high));
  } else {
    if (range.low >= 0 && range.low < 0.6 * range.high) axis.low = 0;
    const double pad = axis.low == axis.high ? std::max(0.5 * std::abs(axis.low), 0.5) : 0.05 * (axis.high - axis.low);
    if (axis.low != 0 || range.high == 0) axis.low -= range.low == 0 ? 0 : pad;
    axis.high += pad;
  }
  axis.ticks = y_ticks(axis);
  return axis;
}

std::string grid(const ChartAxes& axes, const std::string& x_label) {
  std::string svg = "<g class=\"axis\">\n";
  for (const double tick : axes.y.ticks) {
    const double y = y_at(axes.y, tick);
    svg += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", kFrame.left, kRightEnd,
                       y, y);
    svg +=
        fmt::format("<text class=\"y\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", kFrame.left - 6, y + 3.5, tick_text(tick));
  }
  svg += fmt::format("<line class=\"base\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n", kFrame.left, kRightEnd, kBase,
                     kBase);
  for (const double tick : axes.x.ticks) {
    const double x = x_at(axes.x, tick);
    svg +=
        fmt::format("<line class=\"base\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>", x, x, kBase, kBase + 4);
    svg += fmt::format("<text class=\"x\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", x, kBase + 16, tick_text(tick));
  }
  return svg + fmt::format("<text class=\"label\" x=\"{}\" y=\"{}\">{}</text>\n</g>\n", kRightEnd, kFrame.height - 4,
                           escape_html(x_label));
}

/// The points of one unbroken piece: a path, or a dot when it is alone.
std::string piece(const std::vector<std::pair<double, double>>& points) {
  if (points.empty()) return "";
  if (points.size() == 1)
    return fmt::format("<circle r=\"3\" cx=\"{:.1f}\" cy=\"{:.1f}\"/>", points[0].first, points[0].second);
  std::string path;
  for (const auto& [x, y] : points) path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
  return fmt::format("<path d=\"{}\"/>", path);
}

std::string line(const ChartSeries& series, const ChartAxes& axes) {
  std::string svg;
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (std::isfinite(series.y[i]) && std::isfinite(series.x[i])) {
      points.emplace_back(x_at(axes.x, series.x[i]), y_at(axes.y, series.y[i]));
    } else {
      svg += piece(points);
      points.clear();
    }
  }
  return svg + piece(points);
}

std::string series_words(const ChartSeries& series, const std::string& x_label) {
  std::vector<std::size_t> finite;
  for (std::size_t i = 0; i < series.y.size(); ++i)
    if (std::isfinite(series.y[i])) finite.push_back(i);
  if (finite.empty()) return fmt::format("{}: no values.", series.name);
  const auto by_value = [&](std::size_t a, std::size_t b) { return series.y[a] < series.y[b]; };
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end(), by_value);
  const auto point = [&](std::size_t i) {
    return fmt::format("{} at {} {}", short_text(series.y[i]), x_label, tick_text(series.x[i]));
  };
  return fmt::format("{}: first {}, last {}, lowest {}, highest {}.", series.name, point(finite.front()),
                     point(finite.back()), point(*low), point(*high));
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int n, bool whole) {
  const double rough = (high - low) / std::max(n, 1);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power;
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (step = factor * power; step >= rough * 0.999) break;
  if (whole) step = std::max(1.0, std::round(step));
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k)
    ticks.push_back(k == 0 ? 0 : k * step);
  return ticks;
}

std::string tick_text(double value) { return fmt::format("{:.6g}", value); }

double ChartAxis::share(double value) const { return ((logarithmic ? std::log10(value) : value) - low) / (high - low); }

std::optional<ChartAxes> chart_axes(const LineChart& chart) {
  const Range y_range = finite_range(chart, &ChartSeries::y);
  if (y_range.empty()) return std::nullopt;
  return ChartAxes{x_axis(chart), y_axis(y_range)};
}

std::string svg_line_chart(const LineChart& chart) {
  std::string words;
  for (const auto& series : chart.series) words += series_words(series, chart.x_label) + " ";
  std::string svg = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{}-title {}-desc\" "
      "xmlns=\"http://www.w3.org/2000/svg\">\n"
      "<title id=\"{}-title\">{}</title>\n<desc id=\"{}-desc\">{}</desc>\n",
      kFrame.width, kFrame.height, chart.id, chart.id, chart.id, escape_html(chart.title), chart.id,
      escape_html(words));
  const std::optional<ChartAxes> axes = chart_axes(chart);
  if (!axes)
    return svg + fmt::format("<text class=\"empty\" x=\"{}\" y=\"{}\">no values</text>\n</svg>\n", kFrame.width / 2,
                             kFrame.height / 2);
  svg += grid(*axes, chart.x_label);
  for (std::size_t k = 0; k < chart.series.size(); ++k)
    svg += fmt::format("<g class=\"line s{}\">{}</g>\n", k % kLineStyles, line(chart.series[k], *axes));
  return svg + "</svg>\n";
}

}  // namespace gracevae::impl
