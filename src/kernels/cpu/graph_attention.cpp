#include "kernels/graph_attention.hpp"

#include <algorithm>
#include <vector>

namespace gracevae::impl::kernels {

namespace {

/// The factor of an edge in either sum, cell by cell; 0 in the sum that it is not part of. Products instead of a
/// condition: GCC 12 turns that into a branch and does not vectorise the loop.
template <class T>
void split_factors(std::int64_t n_cells, const T* __restrict from, const T* __restrict to, const T* __restrict if_high,
                   const T* __restrict if_low, T* __restrict high, T* __restrict low) {
  for (std::int64_t b = 0; b < n_cells; ++b) {
    const T is_high = static_cast<T>(from[b] + to[b] > 0);
    high[b] = is_high * if_high[b];
    low[b] = (1 - is_high) * if_low[b];
  }
}

template <class T>
void add_products(std::int64_t n_cells, const T* __restrict high_factors, const T* __restrict low_factors,
                  const T* __restrict values, T* __restrict high, T* __restrict low) {
  for (std::int64_t b = 0; b < n_cells; ++b) {
    high[b] += high_factors[b] * values[b];
    low[b] += low_factors[b] * values[b];
  }
}

}  // namespace

template <class T>
void split_sums(const Neighbours& neighbours, const SplitTerms<T>& terms, T* high, T* low) {
  const std::int64_t n_cells = terms.n_cells, n_channels = terms.n_channels, width = n_channels * n_cells;
#pragma omp parallel
  {
    std::vector<T> factors(static_cast<std::size_t>(2 * n_cells));
    T *high_factors = factors.data(), *low_factors = high_factors + n_cells;
#pragma omp for schedule(dynamic, 64)
    for (std::int64_t i = 0; i < terms.n_to; ++i) {
      T *high_sums = high + i * width, *low_sums = low + i * width;
      std::fill_n(high_sums, width, T{0});
      std::fill_n(low_sums, width, T{0});
      const auto add = [&](std::int64_t j) {
        if (j >= terms.n_from) return;
        const T* row = terms.rows + j * (3 * n_cells + width);
        split_factors(n_cells, row, terms.to + i * n_cells, row + n_cells, row + 2 * n_cells, high_factors,
                      low_factors);
        for (std::int64_t f = 0; f < n_channels; ++f)
          add_products(n_cells, high_factors, low_factors, row + (3 + f) * n_cells, high_sums + f * n_cells,
                       low_sums + f * n_cells);
      };
      add(i);
      const auto begin = static_cast<std::size_t>(neighbours.indptr[static_cast<std::size_t>(i)]),
                 end = static_cast<std::size_t>(neighbours.indptr[static_cast<std::size_t>(i) + 1]);
      for (std::size_t k = begin; k < end; ++k) add(neighbours.indices[k]);
    }
  }
}

template void split_sums(const Neighbours&, const SplitTerms<float>&, float*, float*);
template void split_sums(const Neighbours&, const SplitTerms<double>&, double*, double*);

}  // namespace gracevae::impl::kernels
