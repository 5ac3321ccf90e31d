#include "kernels/graph_attention.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace gracevae::kernels {

namespace {

constexpr double kSlope = 0.2;

template <class T>
T leaky(T x) {
  return x > 0 ? x : static_cast<T>(kSlope) * x;
}

template <class T>
T leaky_slope(T x) {
  return x > 0 ? T{1} : static_cast<T>(kSlope);
}

double exponential(double x) { return std::exp(x); }

/// e^x for x of at most some tens, to 2e-7 of its size, in operations that a compiler can do for many cells at once:
/// 2^n·e^r with |r| ≤ ln(2)/2 and a polynomial for e^r (Cody and Waite 1980).
float exponential(float x) {
  constexpr float kLog2E = 1.44269504F, kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5·2^23: adding it leaves a whole number in the last bits
  x = std::max(x, -87.0F);
  const float shifted = x * kLog2E + kRound, n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const auto exponent = static_cast<std::int32_t>(n) + 127;
  return p * std::bit_cast<float>(exponent << 23);
}

/// Calls `work(j)` for the node itself and then its neighbours below `end`.
template <class Work>
void for_each_edge(const Neighbours& neighbours, std::int64_t node, std::int64_t end, const Work& work) {
  if (node < end) work(node);
  for (auto k = static_cast<std::size_t>(neighbours.indptr[static_cast<std::size_t>(node)]);
       k < static_cast<std::size_t>(neighbours.indptr[static_cast<std::size_t>(node) + 1]); ++k)
    if (neighbours.indices[k] < end) work(neighbours.indices[k]);
}

/// A row a thread, of numbers a cell.
template <class T>
using Row = std::vector<T>;

}  // namespace

template <class T>
void attend(const Neighbours& incoming, const AttentionHead<T>& head, std::int64_t n_out, T* out, T* log_sum) {
  const std::int64_t n_cells = head.n_cells, plane = head.n_nodes * n_cells, out_plane = n_out * n_cells;
#pragma omp parallel
  {
    Row<T> top(static_cast<std::size_t>(n_cells)), sum(top), weight(top);
#pragma omp for schedule(dynamic, 64)
    for (std::int64_t i = 0; i < n_out; ++i) {
      const T* target = head.target + i * n_cells;
      T *tops = top.data(), *sums = sum.data(), *weights = weight.data();
      std::copy_n(head.source + i * n_cells, n_cells, tops);
      for_each_edge(incoming, i, head.n_nodes, [&](std::int64_t j) {
        const T* source = head.source + j * n_cells;
        for (std::int64_t b = 0; b < n_cells; ++b) tops[b] = std::max(tops[b], source[b]);
      });
      for (std::int64_t b = 0; b < n_cells; ++b) {
        tops[b] = leaky(tops[b] + target[b]);  // LeakyReLU rises: the largest source has the largest logit
        sums[b] = 0;
      }
      for (std::int64_t f = 0; f < head.n_channels; ++f) std::fill_n(out + f * out_plane + i * n_cells, n_cells, T{0});
      for_each_edge(incoming, i, head.n_nodes, [&](std::int64_t j) {
        const T* source = head.source + j * n_cells;
        for (std::int64_t b = 0; b < n_cells; ++b) {
          weights[b] = exponential(leaky(source[b] + target[b]) - tops[b]);
          sums[b] += weights[b];
        }
        for (std::int64_t f = 0; f < head.n_channels; ++f) {
          const T* values = head.values + f * plane + j * n_cells;
          T* row = out + f * out_plane + i * n_cells;
          for (std::int64_t b = 0; b < n_cells; ++b) row[b] += weights[b] * values[b];
        }
      });
      for (std::int64_t f = 0; f < head.n_channels; ++f) {
        T* row = out + f * out_plane + i * n_cells;
        for (std::int64_t b = 0; b < n_cells; ++b) row[b] /= sums[b];
      }
      for (std::int64_t b = 0; b < n_cells; ++b) log_sum[i * n_cells + b] = tops[b] + std::log(sums[b]);
    }
  }
}

template <class T>
void attend_backward(const Neighbours& incoming, const Neighbours& outgoing, const AttentionHead<T>& head,
                     std::int64_t n_out, const T* out, const T* log_sum, const T* grad_out, T* grad_values,
                     T* grad_source, T* grad_target) {
  const std::int64_t n_cells = head.n_cells, plane = head.n_nodes * n_cells, out_plane = n_out * n_cells;
  // Σ_f grad_out·out: what the softmax takes off the slope of every weight.
  std::vector<T> common(static_cast<std::size_t>(out_plane), T{0});
  for (std::int64_t f = 0; f < head.n_channels; ++f)
    for (std::int64_t k = 0; k < out_plane; ++k)
      common[static_cast<std::size_t>(k)] += grad_out[f * out_plane + k] * out[f * out_plane + k];
#pragma omp parallel
  {
    Row<T> weight(static_cast<std::size_t>(n_cells)), slope(weight);
    T *weights = weight.data(), *slopes = slope.data();
    // α of the edge j → i, and its logit's slope.
    const auto edge = [&](std::int64_t i, std::int64_t j) {
      const T *source = head.source + j * n_cells, *target = head.target + i * n_cells;
      std::fill_n(slopes, n_cells, T{0});
      for (std::int64_t f = 0; f < head.n_channels; ++f) {
        const T *grad = grad_out + f * out_plane + i * n_cells, *values = head.values + f * plane + j * n_cells;
        for (std::int64_t b = 0; b < n_cells; ++b) slopes[b] += grad[b] * values[b];
      }
      const T *sums = log_sum + i * n_cells, *taken = common.data() + i * n_cells;
      for (std::int64_t b = 0; b < n_cells; ++b) {
        const T logit = source[b] + target[b];
        weights[b] = exponential(leaky(logit) - sums[b]);
        slopes[b] = weights[b] * (slopes[b] - taken[b]) * leaky_slope(logit);
      }
    };
#pragma omp for schedule(dynamic, 64)
    for (std::int64_t i = 0; i < head.n_nodes; ++i) {
      T* grad = grad_target + i * n_cells;
      std::fill_n(grad, n_cells, T{0});
      if (i >= n_out) continue;
      for_each_edge(incoming, i, head.n_nodes, [&](std::int64_t j) {
        edge(i, j);
        for (std::int64_t b = 0; b < n_cells; ++b) grad[b] += slopes[b];
      });
    }
#pragma omp for schedule(dynamic, 64)
    for (std::int64_t j = 0; j < head.n_nodes; ++j) {
      T* grad = grad_source + j * n_cells;
      std::fill_n(grad, n_cells, T{0});
      for (std::int64_t f = 0; f < head.n_channels; ++f)
        std::fill_n(grad_values + f * plane + j * n_cells, n_cells, T{0});
      for_each_edge(outgoing, j, n_out, [&](std::int64_t i) {
        edge(i, j);
        for (std::int64_t b = 0; b < n_cells; ++b) grad[b] += slopes[b];
        for (std::int64_t f = 0; f < head.n_channels; ++f) {
          const T* above = grad_out + f * out_plane + i * n_cells;
          T* below = grad_values + f * plane + j * n_cells;
          for (std::int64_t b = 0; b < n_cells; ++b) below[b] += weights[b] * above[b];
        }
      });
    }
  }
}

template void attend(const Neighbours&, const AttentionHead<float>&, std::int64_t, float*, float*);
template void attend_backward(const Neighbours&, const Neighbours&, const AttentionHead<float>&, std::int64_t,
                              const float*, const float*, const float*, float*, float*, float*);
template void attend(const Neighbours&, const AttentionHead<double>&, std::int64_t, double*, double*);
template void attend_backward(const Neighbours&, const Neighbours&, const AttentionHead<double>&, std::int64_t,
                              const double*, const double*, const double*, double*, double*, double*);

}  // namespace gracevae::kernels
