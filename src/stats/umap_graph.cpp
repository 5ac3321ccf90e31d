#include "stats/umap_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gracevae::impl {

namespace {

constexpr int kBisections = 64;
constexpr double kTolerance = 1e-5, kLeastShare = 1e-3;

double degree(double distance, const LocalScale& scale) {
  const double beyond = distance - scale.rho;
  return beyond <= 0 || scale.sigma == 0 ? 1 : std::exp(-beyond / scale.sigma);
}

double mean(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// A: degrees of the neighbours by row, without the points themselves. Degrees that vanish are left out.
CsrMatrix<float> degrees(const Neighbours& neighbours) {
  const std::int64_t n = neighbours.index.n_rows, k = neighbours.index.n_cols;
  const double overall = mean(neighbours.distance.values);
  CsrMatrix<float> result;
  result.n_rows = result.n_cols = n;
  std::vector<std::pair<std::int32_t, float>> row;
  for (std::int64_t i = 0; i < n; ++i) {
    const LocalScale scale = local_scale(neighbours.distance.row(i), overall);
    row.clear();
    for (std::int64_t j = 0; j < k; ++j)
      if (const auto to = neighbours.index(i, j); to != i)
        if (const auto value = static_cast<float>(degree(static_cast<double>(neighbours.distance(i, j)), scale));
            value > 0)
          row.emplace_back(to, value);
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first == b.first; }),
              row.end());
    for (const auto& [to, value] : row) {
      result.indices.push_back(to);
      result.values.push_back(value);
    }
    result.indptr.push_back(std::ssize(result.values));
  }
  return result;
}

}  // namespace

LocalScale local_scale(std::span<const float> distances, double overall_mean) {
  LocalScale scale;
  for (const float distance : distances)
    if (distance > 0) {
      scale.rho = static_cast<double>(distance);
      break;
    }
  const double target = std::log2(static_cast<double>(distances.size()));
  double low = 0, high = std::numeric_limits<double>::infinity();
  scale.sigma = 1;
  for (int step = 0; step < kBisections; ++step) {
    double sum = 0;
    for (const float distance : distances.subspan(1)) sum += degree(static_cast<double>(distance), scale);
    if (std::abs(sum - target) < kTolerance) break;
    (sum > target ? high : low) = scale.sigma;
    scale.sigma = std::isinf(high) ? 2 * scale.sigma : (low + high) / 2;
  }
  scale.sigma = std::max(scale.sigma, kLeastShare * (scale.rho > 0 ? mean(distances) : overall_mean));
  return scale;
}

CsrMatrix<float> fuzzy_union(const Neighbours& neighbours) {
  const CsrMatrix<float> a = degrees(neighbours), b = transposed(a);
  CsrMatrix<float> result;
  result.n_rows = result.n_cols = a.n_rows;
  const auto add = [&](std::int32_t column, float value) {
    result.indices.push_back(column);
    result.values.push_back(value);
  };
  for (std::int64_t i = 0; i < a.n_rows; ++i) {
    const auto out = a.row_indices(i), in = b.row_indices(i);
    const auto out_value = a.row_values(i), in_value = b.row_values(i);
    std::size_t p = 0, q = 0;
    while (p < out.size() || q < in.size()) {
      if (q == in.size() || (p < out.size() && out[p] < in[q])) {
        add(out[p], out_value[p]);
        ++p;
      } else if (p == out.size() || in[q] < out[p]) {
        add(in[q], in_value[q]);
        ++q;
      } else {
        add(out[p], out_value[p] + in_value[q] - out_value[p] * in_value[q]);
        ++p, ++q;
      }
    }
    result.indptr.push_back(std::ssize(result.values));
  }
  return result;
}

std::vector<std::int32_t> connected_components(const CsrMatrix<float>& graph) {
  std::vector<std::int32_t> component(static_cast<std::size_t>(graph.n_rows), -1);
  std::vector<std::int32_t> open;
  std::int32_t n_components = 0;
  for (std::int64_t start = 0; start < graph.n_rows; ++start) {
    if (component[static_cast<std::size_t>(start)] >= 0) continue;
    component[static_cast<std::size_t>(start)] = n_components;
    open.push_back(static_cast<std::int32_t>(start));
    while (!open.empty()) {
      const std::int32_t i = open.back();
      open.pop_back();
      for (const std::int32_t j : graph.row_indices(i))
        if (component[static_cast<std::size_t>(j)] < 0) {
          component[static_cast<std::size_t>(j)] = n_components;
          open.push_back(j);
        }
    }
    ++n_components;
  }
  return component;
}

}  // namespace gracevae::impl
