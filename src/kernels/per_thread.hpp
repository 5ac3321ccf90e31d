#pragma once
/// @file Workspaces that threads keep from one parallel region to the next.
#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/aligned_vector.hpp"

namespace gracevae::impl::kernels {

/// One `Work` per thread, allocated by that thread and kept. malloc hands out memory that other threads freed, whose
/// cache lines then come from another core: allocating the workspace at every step cost 5 % of it where cores do not
/// share an L3 cache.
template <class Work>
class PerThread {
 public:
  /// Call before a parallel region, from the thread that opens it.
  void open() {
    if (const auto n = static_cast<std::size_t>(omp_get_max_threads()); of_.size() < n) of_.resize(n);
  }
  /// Within the region: the calling thread's workspace.
  Work& mine() {
    if (omp_get_thread_num() == 0 && n_open_ != omp_get_num_threads()) n_open_ = omp_get_num_threads();
    std::unique_ptr<Work>& work = of_[static_cast<std::size_t>(omp_get_thread_num())];
    if (!work) work = std::make_unique<Work>();
    return *work;
  }
  /// After the region: sums of the first n numbers of `part` over its threads, in their order.
  template <class T>
  void add_up(AlignedVector<T> Work::*part, std::int64_t n, T* out) const {
    std::copy_n(((*of_.front()).*part).data(), n, out);
    for (int thread = 1; thread < n_open_; ++thread) {
      const T* const piece = ((*of_[static_cast<std::size_t>(thread)]).*part).data();
      for (std::int64_t i = 0; i < n; ++i) out[i] += piece[i];
    }
  }

 private:
  std::vector<std::unique_ptr<Work>> of_;
  int n_open_ = 0;
};

/// Grows to n numbers; contents unspecified.
template <class T>
T* fitted(AlignedVector<T>& numbers, std::int64_t n) {
  if (std::ssize(numbers) < n) numbers.resize(static_cast<std::size_t>(n));
  return numbers.data();
}
/// n zeros.
template <class T>
T* zeros(AlignedVector<T>& numbers, std::int64_t n) {
  std::fill_n(fitted(numbers, n), n, T{0});
  return numbers.data();
}

}  // namespace gracevae::impl::kernels
