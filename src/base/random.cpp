#include "base/random.hpp"

#include <bit>
#include <cmath>

namespace gracevae::impl {

namespace {
std::uint64_t split_mix(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
}  // namespace

Random::Random(std::uint64_t seed, std::string_view name, std::uint64_t counter_a, std::uint64_t counter_b) {
  std::uint64_t key = 0xcbf29ce484222325ULL;  // FNV-1a over the name, then every part stirred in
  for (const char c : name) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  for (const std::uint64_t part : {seed, counter_a, counter_b}) {
    key ^= part;
    key = split_mix(key);
  }
  for (auto& word : state_) word = split_mix(key);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::uint64_t Random::below(std::uint64_t n) {
  const std::uint64_t threshold = (0 - n) % n;  // rejects the incomplete last cycle
  for (;;) {
    const std::uint64_t value = next();
    if (value >= threshold) return value % n;
  }
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  for (;;) {
    const double u = 2 * uniform() - 1;
    const double v = 2 * uniform() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) {
      const double scale = std::sqrt(-2 * std::log(s) / s);
      spare_ = v * scale;
      has_spare_ = true;
      return u * scale;
    }
  }
}

double Random::gamma(double shape) {
  if (shape < 1) return gamma(shape + 1) * std::pow(1 - uniform(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

std::int64_t Random::poisson(double mean) {
  std::int64_t count = 0;
  while (mean > 30) {  // Ahrens and Dieter 1974: a gamma waiting time splits a large mean
    const auto events = static_cast<std::int64_t>(mean * 7 / 8);
    const double waited = gamma(static_cast<double>(events));
    if (waited > mean) {
      for (std::int64_t i = 0; i < events - 1; ++i) count += uniform() < mean / waited ? 1 : 0;
      return count;
    }
    count += events;
    mean -= waited;
  }
  const double limit = std::exp(-mean);
  for (double product = uniform(); product > limit; product *= uniform()) ++count;
  return count;
}

}  // namespace gracevae::impl
