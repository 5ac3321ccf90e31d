#pragma once
/// @file Divides work among the threads of a parallel region.
#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace gracevae::impl::kernels {

/// The calling thread's part of [0, n), in whole units except at the end.
struct Share {
  std::int64_t first, end;
  explicit Share(std::int64_t n, std::int64_t unit = 1) : Share(n, unit, omp_get_thread_num(), omp_get_num_threads()) {}
  /// The part of one of `count` threads.
  Share(std::int64_t n, std::int64_t unit, std::int64_t thread, std::int64_t count) {
    const std::int64_t n_units = (n + unit - 1) / unit;
    first = std::min(n, n_units * thread / count * unit);
    end = std::min(n, n_units * (thread + 1) / count * unit);
  }
  std::int64_t size() const { return end - first; }
};

}  // namespace gracevae::impl::kernels
