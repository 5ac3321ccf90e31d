#pragma once
// What every benchmark of the model needs: a random graph, random numbers, and how it is started.
#include <benchmark/benchmark.h>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "base/runtime.hpp"
#include "causal/torch_compat.hpp"
#include "cli/process.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl::bench {

/// Nearly `n_edges` random undirected edges between nodes [from, from_end) and [to, to_end): no self loops, none twice.
struct RandomEdges {
  std::int64_t from, from_end, to, to_end, n_edges;
};

/// Mean adjacency of a random graph of n nodes.
inline CsrMatrix<double> random_neighbour_means(std::int64_t n, const std::vector<RandomEdges>& kinds) {
  std::vector<std::vector<std::int32_t>> lists(static_cast<std::size_t>(n));
  Random random(1, "bench");
  const auto node = [&](std::int64_t first, std::int64_t end) {
    return static_cast<std::size_t>(first) + random.below(static_cast<std::uint64_t>(end - first));
  };
  for (const RandomEdges& kind : kinds)
    for (std::int64_t e = 0; e < kind.n_edges; ++e) {
      const std::size_t i = node(kind.from, kind.from_end), j = node(kind.to, kind.to_end);
      if (i == j) continue;
      lists[i].push_back(static_cast<std::int32_t>(j));
      lists[j].push_back(static_cast<std::int32_t>(i));
    }
  CsrMatrix<double> a;
  a.n_rows = a.n_cols = n;
  for (auto& list : lists) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    a.indices.insert(a.indices.end(), list.begin(), list.end());
    a.values.insert(a.values.end(), list.size(), 1.0 / static_cast<double>(list.size()));
    a.indptr.push_back(static_cast<std::int64_t>(a.indices.size()));
  }
  return a;
}

/// Standard normal numbers in single precision; the same for the same name.
inline Tensor normal(std::vector<std::int64_t> shape, const char* name) {
  Tensor t = at::empty(shape, at::TensorOptions().dtype(at::kFloat));
  Random(2, name).fill_normal(std::span<float>(t.data_ptr<float>(), static_cast<std::size_t>(t.numel())));
  return t;
}

/// GRACEVAE_BENCH_THREADS, all processors without it.
inline int n_threads() {
  const char* threads = std::getenv("GRACEVAE_BENCH_THREADS");
  const int given = threads ? std::atoi(threads) : 0;
  return given > 0 ? given : available_threads();
}

/// Nanoseconds that a number takes from one thread to another and back, the fastest of 20 series. Cores that share a
/// cache take some 150; where a virtual machine's do not, all that goes between threads is several times as slow.
inline double round_trip_ns() {
  constexpr int kSeries = 20, kTrips = 2000;
  struct alignas(128) Line {
    std::atomic<int> number{0};
  } there, back;
  std::thread other([&] {
    for (int i = 1; i <= kSeries * kTrips; ++i) {
      while (there.number.load(std::memory_order_acquire) < i) {
      }
      back.number.store(i, std::memory_order_release);
    }
  });
  double best = std::numeric_limits<double>::max();
  for (int i = 1; i <= kSeries * kTrips;) {
    const auto start = std::chrono::steady_clock::now();
    for (const int end = i + kTrips; i < end; ++i) {
      there.number.store(i, std::memory_order_release);
      while (back.number.load(std::memory_order_acquire) < i) {
      }
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  other.join();
  return best / kTrips;
}

/// The registered benchmarks with n_threads, after `check`.
inline int run(int argc, char** argv, void (*check)() = nullptr) {
  cli::restart_with_environment(argv);
  cli::keep_freed_memory();
  quiet_blas();
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());  // the yardstick lets go of more than a gigabyte a step
  torch_compat::set_threads(set_threads(n_threads()));
  benchmark::Initialize(&argc, argv);
  benchmark::AddCustomContext("blas", blas_flavour() + " " + blas_description());
  benchmark::AddCustomContext("threads", std::to_string(n_threads()));
  if (std::min(n_threads(), available_threads()) > 1)
    benchmark::AddCustomContext("round_trip_ns", std::to_string(static_cast<int>(round_trip_ns())));
  benchmark::AddCustomContext("libtorch", torch_compat::version());
  if (check) check();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace gracevae::impl::bench
