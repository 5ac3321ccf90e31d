#pragma once
/// @file What each thread keeps for itself from one parallel region to the next.
#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/aligned_vector.hpp"

namespace gracevae::impl::kernels {

/// A `Work` a thread, made by that thread and kept. Memory that another thread wrote last comes over line by line from
/// the caches of its core, and malloc gives out again what any thread has freed: scratch memory of a step, taken anew
/// every time, cost a twentieth of it where the cores do not share the third level of the caches.
template <class Work>
class PerThread {
 public:
  /// Before a parallel region, by the thread that opens it.
  void open() {
    if (const auto n = static_cast<std::size_t>(omp_get_max_threads()); of_.size() < n) of_.resize(n);
  }
  /// Within the region, by each of its threads: what is its own.
  Work& mine() {
    if (omp_get_thread_num() == 0 && n_open_ != omp_get_num_threads()) n_open_ = omp_get_num_threads();
    std::unique_ptr<Work>& work = of_[static_cast<std::size_t>(omp_get_thread_num())];
    if (!work) work = std::make_unique<Work>();
    return *work;
  }
  /// After it: Σ of the first n numbers of `part` of the region's threads, in their order.
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

/// Room for n numbers.
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
