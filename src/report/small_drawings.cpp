#include "report/small_drawings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "report/html.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;
constexpr double kSide = 200, kMapSide = 500, kDensityWidth = 120, kDensityHeight = 60;
constexpr std::array kSourceClasses{"control", "actual", "generated"};

struct Point {
  double x = 0, y = 0;
};

/// From values to whole positions along one axis.
struct Scale {
  double low, high, start, end;
  long at(double value) const { return std::lround(start + (value - low) / (high - low) * (end - start)); }
};

/// Points as one path of strokes without length, which round line ends make dots; one dot for points at one place.
std::string dots(const std::vector<Point>& points, const Scale& x, const Scale& y) {
  std::string path;
  std::set<std::pair<long, long>> drawn;
  for (const Point& p : points)
    if (const std::pair at{x.at(p.x), y.at(p.y)}; drawn.insert(at).second)
      path += fmt::format("M{} {}h0", at.first, at.second);
  return path;
}

/// The line through points as steps from one to the next, which take half as many letters as their places; level
/// steps are drawn as one.
std::string steps(const std::vector<std::pair<long, long>>& points) {
  std::string path;
  std::size_t last = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const bool goes_on_level =
        i + 1 < points.size() && points[i].second == points[last].second && points[i + 1].second == points[i].second;
    if (goes_on_level) continue;
    const long dx = points[i].first - points[last].first, dy = points[i].second - points[last].second;
    path += fmt::format("{}{}{}{}", path.empty() ? "l" : dx < 0 ? "" : " ", dx, dy < 0 ? "" : " ", dy);
    last = i;
  }
  return path;
}

std::string dots_path(const std::string& kind, const std::string& path, const std::string& id = "") {
  if (path.empty()) return "";
  return fmt::format("<path class=\"dots {}\"{} d=\"{}\"/>", kind, id.empty() ? "" : fmt::format(" id=\"{}\"", id),
                     path);
}

std::string svg(const std::string& kind, double width, double height, const std::string& title,
                const std::string& body) {
  return fmt::format(
      "<svg class=\"small {}\" viewBox=\"0 0 {} {}\" role=\"img\"><title>{}</title>"
      "{}</svg>",
      kind, width, height, escape_html(title), body);
}

/// The map's scales: both axes span as much.
std::pair<Scale, Scale> map_scales(const Json& embedding) {
  std::array<std::pair<double, double>, 2> range;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Json& value : embedding.at(axis == 0 ? "x" : "y")) {
      low = std::min(low, value.get<double>());
      high = std::max(high, value.get<double>());
    }
    range[axis] = {low, high};
  }
  const double half = 0.5 * std::max({range[0].second - range[0].first, range[1].second - range[1].first, 1e-9});
  const auto scale = [&](std::size_t axis, double start, double end) {
    const double middle = 0.5 * (range[axis].first + range[axis].second);
    return Scale{middle - half, middle + half, start, end};
  };
  return {scale(0, 6, kMapSide - 6), scale(1, kMapSide - 6, 6)};
}

std::vector<Point> cells_of(const Json& embedding, std::size_t source, std::ptrdiff_t condition = -1) {
  const Json &x = embedding.at("x"), &y = embedding.at("y"), &sources = embedding.at("source"),
             &conditions = embedding.at("condition");
  std::vector<Point> points;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (sources[i].get<std::size_t>() == source && (condition < 0 || conditions[i].get<std::ptrdiff_t>() == condition))
      points.push_back({x[i].get<double>(), y[i].get<double>()});
  return points;
}

/// Over five bins: of some dozens of cells single bins say nothing.
std::vector<double> smoothed(const Json& density) {
  constexpr std::array kWeights{1.0, 4.0, 6.0, 4.0, 1.0};
  const auto n = static_cast<std::ptrdiff_t>(density.size());
  std::vector<double> result;
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    double sum = 0, total = 0;
    for (std::ptrdiff_t k = 0; k < 5; ++k) {
      const std::ptrdiff_t at = i + k - 2;
      if (at < 0 || at >= n) continue;
      sum += kWeights[static_cast<std::size_t>(k)] * density[static_cast<std::size_t>(at)].get<double>();
      total += kWeights[static_cast<std::size_t>(k)];
    }
    result.push_back(sum / total);
  }
  return result;
}

double value_at(const Json& values, std::size_t i) {
  return values.at(i).is_number() ? values[i].get<double>() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string scatter_drawing(const Json& condition) {
  std::array<std::vector<Point>, 2> points;  // other genes, DE genes
  double low = 0, high = 0.01;
  for (std::size_t i = 0; i < condition.at("gene").size(); ++i) {
    const Point p{value_at(condition.at("observed"), i), value_at(condition.at("predicted"), i)};
    if (!std::isfinite(p.x) || !std::isfinite(p.y)) continue;
    points[condition.at("de").at(i).get<int>() == 1 ? 1 : 0].push_back(p);
    low = std::min({low, p.x, p.y});
    high = std::max({high, p.x, p.y});
  }
  const Scale x{low, high, 8, kSide - 8}, y{low, high, kSide - 8, 8};
  const std::string frame = fmt::format("<path class=\"diagonal\" d=\"M8 {0}L{0} 8\"/>", kSide - 8);
  return svg("square", kSide, kSide, "predicted (up) against observed (right) mean expression",
             frame + dots_path("other", dots(points[0], x, y)) + dots_path("de", dots(points[1], x, y)));
}

std::string density_drawing(const Json& distribution, const std::string& gene) {
  double most = 1e-12;
  for (const char* cells : {"control", "observed", "predicted"})
    if (const Json& d = distribution.at(cells); d.is_object())
      for (const double value : smoothed(d.at("density"))) most = std::max(most, value);
  std::string body;
  for (const char* cells : {"control", "observed", "predicted"}) {
    const Json& d = distribution.at(cells);
    if (!d.is_object()) continue;
    const std::vector<double> density = smoothed(d.at("density"));
    const Scale x{-0.5, static_cast<double>(density.size()) - 0.5, 2, kDensityWidth - 2},
        y{0, most, kDensityHeight - 2, 4};
    std::vector<std::pair<long, long>> points{{x.at(0), y.at(0)}};  // from the ground: an area
    for (std::size_t i = 0; i < density.size(); ++i)
      points.emplace_back(x.at(static_cast<double>(i)), y.at(density[i]));
    const std::string path =
        fmt::format("M{} {}{}V{}", points[0].first, points[0].second, steps(points), points[0].second);
    body += fmt::format("<path class=\"density {}\" d=\"{}\"/>", cells, path);
  }
  return svg("density-box", kDensityWidth, kDensityHeight, gene + ": distribution over cells", body);
}

std::string map_drawing(const Json& embedding, const std::string& id) {
  const auto [x, y] = map_scales(embedding);
  std::string body;
  for (std::size_t source = 0; source < kSourceClasses.size(); ++source)
    body +=
        dots_path(kSourceClasses[source], dots(cells_of(embedding, source), x, y), fmt::format("{}-{}", id, source));
  return svg("map", kMapSide, kMapSide, "UMAP of control, observed and generated cells", body);
}

std::string condition_map_drawing(const Json& embedding, const std::string& id, const std::string& condition) {
  const auto [x, y] = map_scales(embedding);
  const auto& names = embedding.at("names");
  const auto found = std::find(names.begin(), names.end(), condition);
  const std::ptrdiff_t index =
      found == names.end() ? std::numeric_limits<std::ptrdiff_t>::max() : found - names.begin();
  std::string body = "<g class=\"others\">";
  for (std::size_t source = 0; source < kSourceClasses.size(); ++source)
    if (!cells_of(embedding, source).empty()) body += fmt::format("<use href=\"#{}-{}\"/>", id, source);
  body += "</g>";
  for (const std::size_t source : {1U, 2U})
    body += dots_path(kSourceClasses[source], dots(cells_of(embedding, source, index), x, y));
  return svg("square condition-map", kMapSide, kMapSide, "cells of the condition among all others", body);
}

}  // namespace gracevae::impl
