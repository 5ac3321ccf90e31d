#pragma once
/// @file Named random streams: the same seed and name give the same numbers on every machine and thread count.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace gracevae::impl {

/// A stream of random numbers (xoshiro256++, Blackman and Vigna 2019) that belongs to one seed, one name and up to two
/// counters. Each purpose makes its own stream, for example Random(seed, "noise", epoch, step): nothing needs to be
/// saved to resume, and no draw disturbs another. Not for cryptography.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view name, std::uint64_t counter_a = 0, std::uint64_t counter_b = 0);

  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in {0 … n−1} without bias; n > 0.
  std::uint64_t below(std::uint64_t n);
  /// Standard normal (Marsaglia's polar method).
  double normal();
  /// Gamma with this shape and scale 1 (Marsaglia and Tsang 2000).
  double gamma(double shape);
  /// Poisson (by exponential gaps below mean 30, else by gamma splitting).
  std::int64_t poisson(double mean);

  template <class T>
  void fill_normal(std::span<T> out, double scale = 1.0) {
    for (T& value : out) value = static_cast<T>(scale * normal());
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
  }

 private:
  std::array<std::uint64_t, 4> state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace gracevae::impl
