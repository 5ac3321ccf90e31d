#include "stats/neighbours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <hnswlib/hnswlib.h>
#include <limits>
#include <vector>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kBlock = 128;  // points whose distances are made at once

/// A point and its squared distance; nearer first, ties by index.
struct Candidate {
  float squared;
  std::int32_t index;
  bool operator<(const Candidate& other) const {
    return squared != other.squared ? squared < other.squared : index < other.index;
  }
};

/// Points [blocks, d, kBlock]: a coordinate of all points of a block side by side, the last block filled up with zeros.
std::vector<float> in_blocks(MatrixView<const float> points) {
  const std::size_t n = static_cast<std::size_t>(points.n_rows), d = static_cast<std::size_t>(points.n_cols);
  std::vector<float> blocks((n + kBlock - 1) / kBlock * kBlock * d, 0.0F);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < d; ++k) blocks[(i / kBlock * d + k) * kBlock + i % kBlock] = points.data[i * d + k];
  return blocks;
}

/// Squared distances of a point [d] to the points of a block [d, kBlock]. Compiled for wider vectors too, without fused
/// operations, which would change the bits.
__attribute__((target_clones("avx2", "default"))) void squared_distances(std::span<const float> point,
                                                                         const float* block,
                                                                         std::array<float, kBlock>& out) {
  std::array<float, kBlock> sum{};
  for (const float coordinate : point) {
    for (std::size_t j = 0; j < kBlock; ++j) {
      const float gap = coordinate - block[j];
      sum[j] += gap * gap;
    }
    block += kBlock;
  }
  out = sum;
}

/// The nearest points that were offered, in order.
class Nearest {
 public:
  explicit Nearest(std::size_t k) : found_(k, {std::numeric_limits<float>::infinity(), -1}) {}
  void offer(Candidate candidate) {
    if (!(candidate.squared < found_.back().squared)) return;
    auto at = std::upper_bound(found_.begin(), found_.end(), candidate);
    std::move_backward(at, found_.end() - 1, found_.end());
    *at = candidate;
  }
  const std::vector<Candidate>& found() const { return found_; }

 private:
  std::vector<Candidate> found_;
};

/// Row i: the point itself, then `others`.
void write_row(std::int64_t i, std::span<const Candidate> others, Neighbours& to) {
  to.index(i, 0) = static_cast<std::int32_t>(i);
  to.distance(i, 0) = 0;
  for (std::size_t j = 0; j < others.size(); ++j) {
    to.index(i, static_cast<std::int64_t>(j) + 1) = others[j].index;
    to.distance(i, static_cast<std::int64_t>(j) + 1) = std::sqrt(others[j].squared);
  }
}

Neighbours empty_neighbours(MatrixView<const float> points, std::int64_t k) {
  GRACEVAE_CHECK(k >= 1 && k <= points.n_rows && points.n_rows <= std::numeric_limits<std::int32_t>::max(),
                 "as many neighbours as there are points, at most");
  return {Matrix<std::int32_t>(points.n_rows, k), Matrix<float>(points.n_rows, k)};
}

}  // namespace

Neighbours exact_neighbours(MatrixView<const float> points, std::int64_t k) {
  Neighbours result = empty_neighbours(points, k);
  const std::vector<float> blocks = in_blocks(points);
  const auto n = static_cast<std::size_t>(points.n_rows), block_size = kBlock * static_cast<std::size_t>(points.n_cols);
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < points.n_rows; ++i) {
    if (k == 1) {
      write_row(i, {}, result);
      continue;
    }
    Nearest nearest(static_cast<std::size_t>(k) - 1);
    std::array<float, kBlock> squared;
    for (std::size_t first = 0; first < n; first += kBlock) {
      squared_distances(points.row(i), blocks.data() + first / kBlock * block_size, squared);
      for (std::size_t j = first; j < std::min(n, first + kBlock); ++j)
        if (j != static_cast<std::size_t>(i)) nearest.offer({squared[j - first], static_cast<std::int32_t>(j)});
    }
    write_row(i, nearest.found(), result);
  }
  return result;
}

Neighbours approximate_neighbours(MatrixView<const float> points, std::int64_t k) {
  constexpr std::size_t kLinks = 16, kBreadthBuilding = 200, kBreadthAsking = 200;
  Neighbours result = empty_neighbours(points, k);
  hnswlib::L2Space space(static_cast<std::size_t>(points.n_cols));
  hnswlib::HierarchicalNSW<float> graph(&space, static_cast<std::size_t>(points.n_rows), kLinks, kBreadthBuilding);
  for (std::int64_t i = 0; i < points.n_rows; ++i)
    graph.addPoint(points.row(i).data(), static_cast<hnswlib::labeltype>(i));
  graph.setEf(std::max(kBreadthAsking, 2 * static_cast<std::size_t>(k)));
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < points.n_rows; ++i) {
    auto queue = graph.searchKnn(points.row(i).data(), static_cast<std::size_t>(k));
    std::vector<Candidate> others;
    for (; !queue.empty(); queue.pop())
      if (queue.top().second != static_cast<hnswlib::labeltype>(i))
        others.push_back({queue.top().first, static_cast<std::int32_t>(queue.top().second)});
    std::sort(others.begin(), others.end());
    others.resize(static_cast<std::size_t>(k) - 1,
                  others.empty() ? Candidate{0, static_cast<std::int32_t>(i)} : others.back());
    write_row(i, others, result);
  }
  return result;
}

Neighbours nearest_neighbours(MatrixView<const float> points, std::int64_t k, std::int64_t most_exact) {
  return points.n_rows <= most_exact ? exact_neighbours(points, k) : approximate_neighbours(points, k);
}

}  // namespace gracevae::impl
