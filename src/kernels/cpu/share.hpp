#pragma once
/// @file How work is divided over the threads of a parallel region.
#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace gracevae::impl::kernels {

/// What of [0, n) is the calling thread's, in whole units but for the last.
struct Share {
  std::int64_t first, end;
  explicit Share(std::int64_t n, std::int64_t unit = 1) : Share(n, unit, omp_get_thread_num(), omp_get_num_threads()) {}
  /// What would be that of one of `count` threads.
  Share(std::int64_t n, std::int64_t unit, std::int64_t thread, std::int64_t count) {
    const std::int64_t n_units = (n + unit - 1) / unit;
    first = std::min(n, n_units * thread / count * unit);
    end = std::min(n, n_units * (thread + 1) / count * unit);
  }
  std::int64_t size() const { return end - first; }
};

}  // namespace gracevae::impl::kernels
