#include "stats/loess.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

/// Value and slope of the local parabola at one place.
struct LocalFit {
  double value, slope;
};

/// Points by x.
struct Points {
  std::vector<double> x, y;

  Points(std::span<const double> given_x, std::span<const double> given_y) {
    std::vector<std::size_t> order(given_x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return given_x[a] < given_x[b]; });
    for (const std::size_t i : order) x.push_back(given_x[i]), y.push_back(given_y[i]);
  }
  std::size_t size() const { return x.size(); }
};

/// First of the `n` points nearest to q, which are neighbours in x.
std::size_t first_neighbour(const Points& points, double q, std::size_t n) {
  std::size_t low = 0, high = points.size() - n;  // the window moves right while its left end is farther off
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (q - points.x[middle] > points.x[middle + n] - q)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

LocalFit fit_at(const Points& points, double q, std::size_t n) {
  const std::size_t first = first_neighbour(points, q, n);
  const double radius = std::max(std::abs(q - points.x[first]), std::abs(points.x[first + n - 1] - q));
  if (!(radius > 0))
    throw InputError(
        {.place = "loess",
         .found = fmt::format("{} of {} points have the same x, a neighbourhood without width", n, points.size())});
  Eigen::MatrixX3d design(n, 3);
  Eigen::VectorXd target(n);
  for (std::size_t k = 0; k < n; ++k) {
    const auto row = static_cast<Eigen::Index>(k);
    const double offset = points.x[first + k] - q;
    const double share = std::min(std::abs(offset) / radius, 1.0);
    const double tricube = 1 - share * share * share;
    const double weight = std::sqrt(tricube * tricube * tricube);
    design.row(row) << weight, weight * offset, weight * offset * offset;
    target(row) = weight * points.y[first + k];
  }
  if (design.col(0).isZero(0))
    throw InputError(
        {.place = "loess",
         .found = fmt::format("all {} points of a neighbourhood lie on its edge: {} or more of {} have the same x", n,
                              n, points.size())});
  Eigen::RowVector3d scale = design.colwise().norm();
  for (double& length : scale) length = length > 0 ? length : 1;
  design.array().rowwise() /= scale.array();
  Eigen::JacobiSVD<Eigen::MatrixXd> svd(design, Eigen::ComputeThinU | Eigen::ComputeThinV);
  svd.setThreshold(100 * std::numeric_limits<double>::epsilon());
  const Eigen::Vector3d coefficients = svd.solve(target).array() / scale.transpose().array();
  return {coefficients(0), coefficients(1)};
}

/// Where a cell of the points [low, high] is cut: the median, or the point nearest to it in order that differs from its
/// right neighbour, looked for on both sides in turn; the median where there is none.
std::size_t cut_of(const std::vector<double>& x, std::size_t low, std::size_t high) {
  const auto from = static_cast<std::ptrdiff_t>(low), to = static_cast<std::ptrdiff_t>(high);
  const std::ptrdiff_t median = (from + 1 + to + 1) / 2 - 1;  // as counted from one
  for (std::ptrdiff_t offset = 0; median + offset < to && median + offset >= from;
       offset = offset > 0 ? -offset : 1 - offset) {
    const auto at = static_cast<std::size_t>(median + offset);
    if (x[at] != x[at + 1]) return at;
  }
  return static_cast<std::size_t>(median);
}

/// Adds the cuts of the cell of the points [low, high], whose vertices are `left` and `right`.
void cut_cells(const std::vector<double>& x, std::size_t low, std::size_t high, std::size_t most,
               std::vector<double>& vertices, double left, double right) {
  if (high + 1 - low <= most) return;
  const std::size_t cut = cut_of(x, low, high);
  if (x[cut] == left || x[cut] == right) return;
  vertices.push_back(x[cut]);
  cut_cells(x, low, cut, most, vertices, left, x[cut]);
  if (cut < high) cut_cells(x, cut + 1, high, most, vertices, x[cut], right);
}

/// Ascending.
std::vector<double> vertices_of(const Points& points, std::size_t most_in_cell) {
  const double low = points.x.front(), high = points.x.back();
  const double margin = 0.005 * std::max(high - low, 1e-10 * std::max(std::abs(low), std::abs(high)) + 1e-30);
  std::vector<double> vertices{low - margin, high + margin};
  cut_cells(points.x, 0, points.size() - 1, most_in_cell, vertices, vertices[0], vertices[1]);
  std::sort(vertices.begin(), vertices.end());
  return vertices;
}

/// The cubic with these values and slopes at both ends.
double hermite(double x, double left, const LocalFit& at_left, double right, const LocalFit& at_right) {
  const double width = right - left, h = (x - left) / width, rest = 1 - h;
  return rest * rest * (1 + 2 * h) * at_left.value + h * h * (3 - 2 * h) * at_right.value +
         width * (h * rest * rest * at_left.slope - h * h * rest * at_right.slope);
}

}  // namespace

std::vector<double> loess(std::span<const double> x, std::span<const double> y, const LoessOptions& options) {
  GRACEVAE_CHECK(x.size() == y.size(), "a y for every x");
  GRACEVAE_CHECK(options.span > 0 && options.span <= 1, "span out of range");
  const auto n = static_cast<double>(x.size());
  const auto n_near = std::min(x.size(), static_cast<std::size_t>(n * options.span + 1e-5));
  if (n_near < 4)
    throw InputError(
        {.place = "loess",
         .found = fmt::format("{} points with span {:g} leave {} in a neighbourhood", x.size(), options.span, n_near),
         .expected = "at least 4"});
  const Points points(x, y);
  std::vector<double> fitted(x.size());
  if (options.direct) {
    for (std::size_t i = 0; i < x.size(); ++i) fitted[i] = fit_at(points, x[i], n_near).value;
    return fitted;
  }
  const std::vector<double> vertices = vertices_of(points, static_cast<std::size_t>(n * (options.span * options.cell)));
  std::vector<LocalFit> fits;
  for (const double vertex : vertices) fits.push_back(fit_at(points, vertex, n_near));
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto right = static_cast<std::size_t>(std::lower_bound(vertices.begin(), vertices.end(), x[i]) - vertices.begin());
    right = std::clamp(right, std::size_t{1}, vertices.size() - 1);
    fitted[i] = hermite(x[i], vertices[right - 1], fits[right - 1], vertices[right], fits[right]);
  }
  return fitted;
}

}  // namespace gracevae::impl
