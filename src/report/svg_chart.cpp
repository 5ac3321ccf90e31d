#include "report/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/html.hpp"

namespace gracevae::impl {

namespace {

constexpr double kWidth = 340, kHeight = 190, kLeft = 48, kRight = 12, kTop = 10, kBottom = 34;
constexpr double kLogarithmicSpan = 300;

/// From values to positions along one axis.
struct Axis {
  double low, high;   ///< of the transformed values
  double start, end;  ///< positions
  bool logarithmic = false;

  double transformed(double value) const { return logarithmic ? std::log10(value) : value; }
  double at(double value) const { return start + (transformed(value) - low) / (high - low) * (end - start); }
};

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

Axis x_axis(const LineChart& chart) {
  Range range = finite_range(chart, &ChartSeries::x);
  if (chart.x_low <= chart.x_high) range = {std::min(range.low, chart.x_low), std::max(range.high, chart.x_high)};
  if (range.low == range.high) range = {range.low - 0.5, range.high + 0.5};
  return {range.low, range.high, kLeft, kWidth - kRight};
}

Axis y_axis(Range range) {
  Axis axis{range.low, range.high, kHeight - kBottom, kTop};
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
  return axis;
}

std::vector<double> y_ticks(const Axis& axis) {
  if (!axis.logarithmic) return round_ticks(axis.low, axis.high, 5);
  std::vector<double> ticks;
  const double step = std::ceil((axis.high - axis.low) / 5);
  for (double exponent = axis.low; exponent <= axis.high; exponent += step) ticks.push_back(std::pow(10.0, exponent));
  return ticks;
}

std::string tick_text(double value) { return fmt::format("{:.6g}", value); }

std::string grid(const Axis& x, const Axis& y, bool whole_x, const std::string& x_label) {
  std::string svg = "<g class=\"axis\">\n";
  for (const double tick : y_ticks(y)) {
    svg += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft, kWidth - kRight,
                       y.at(tick), y.at(tick));
    svg += fmt::format("<text class=\"y\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", kLeft - 6, y.at(tick) + 3.5,
                       tick_text(tick));
  }
  const double base = kHeight - kBottom;
  svg += fmt::format("<line class=\"base\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n", kLeft, kWidth - kRight, base,
                     base);
  for (const double tick : round_ticks(x.low, x.high, 5, whole_x)) {
    svg += fmt::format("<line class=\"base\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>", x.at(tick), x.at(tick),
                       base, base + 4);
    svg += fmt::format("<text class=\"x\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", x.at(tick), base + 16, tick_text(tick));
  }
  return svg + fmt::format("<text class=\"label\" x=\"{}\" y=\"{}\">{}</text>\n</g>\n", kWidth - kRight, kHeight - 4,
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

std::string line(const ChartSeries& series, const Axis& x, const Axis& y) {
  std::string svg;
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (std::isfinite(series.y[i]) && std::isfinite(series.x[i])) {
      points.emplace_back(x.at(series.x[i]), y.at(series.y[i]));
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

bool all_whole(const LineChart& chart) {
  for (const auto& series : chart.series)
    for (const double x : series.x)
      if (x != std::floor(x)) return false;
  return true;
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

std::string svg_line_chart(const LineChart& chart) {
  std::string words;
  for (const auto& series : chart.series) words += series_words(series, chart.x_label) + " ";
  std::string svg = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{}-title {}-desc\" "
      "xmlns=\"http://www.w3.org/2000/svg\">\n"
      "<title id=\"{}-title\">{}</title>\n<desc id=\"{}-desc\">{}</desc>\n",
      kWidth, kHeight, chart.id, chart.id, chart.id, escape_html(chart.title), chart.id, escape_html(words));
  const Range y_range = finite_range(chart, &ChartSeries::y);
  if (y_range.empty())
    return svg +
           fmt::format("<text class=\"empty\" x=\"{}\" y=\"{}\">no values</text>\n</svg>\n", kWidth / 2, kHeight / 2);
  const Axis x = x_axis(chart), y = y_axis(y_range);
  svg += grid(x, y, all_whole(chart), chart.x_label);
  for (std::size_t k = 0; k < chart.series.size(); ++k)
    svg += fmt::format("<g class=\"line s{}\">{}</g>\n", k % kLineStyles, line(chart.series[k], x, y));
  return svg + "</svg>\n";
}

}  // namespace gracevae::impl
