// Every loop with every instruction set: against a plain loop in long double, and bit by bit against the baseline.
#include "kernels/cpu/vector_loops.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "support/every_instruction_set.hpp"

namespace gracevae::impl::kernels {
namespace {

class VectorLoopsTest : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(VectorLoopsTest);

constexpr std::int64_t kLengths[] = {1, 2, 7, 8, 15, 16, 33, 64, 65, 150};

template <class T>
std::vector<T> drawn(std::int64_t n, const char* name) {
  std::vector<T> values(static_cast<std::size_t>(n));
  Random random(4, name);
  for (T& value : values) value = static_cast<T>(random.normal());
  return values;
}

/// What a loop left: numbers that it wrote, and what it returned.
template <class T>
struct Left {
  std::vector<T> numbers;
  std::vector<double> sums;
};
template <class T>
using Run = std::function<Left<T>(const VectorLoops<T>& loops, std::int64_t n)>;
/// The same in long double.
using Plain = std::function<std::vector<long double>(std::int64_t n)>;

/// `run` leaves what `plain` finds, up to `units` roundings of numbers of size 1, and the same bits as the baseline.
template <class T>
void expect_loop(const Run<T>& run, const Plain& plain, double units = 16) {
  const InstructionSet here = instruction_set();
  for (const std::int64_t n : kLengths) {
    SCOPED_TRACE(n);
    const Left<T> found = run(vector_loops<T>(), n);
    set_instruction_set(InstructionSet::baseline);
    const Left<T> baseline = run(vector_loops<T>(), n);
    set_instruction_set(here);
    EXPECT_EQ(found.numbers, baseline.numbers);
    EXPECT_EQ(found.sums, baseline.sums);
    std::vector<double> all(found.numbers.begin(), found.numbers.end());
    all.insert(all.end(), found.sums.begin(), found.sums.end());
    const auto expected = plain(n);
    ASSERT_EQ(all.size(), expected.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_NEAR(all[i], static_cast<double>(expected[i]),
                  units * static_cast<double>(std::numeric_limits<T>::epsilon()) *
                      std::max(1.0, std::abs(static_cast<double>(expected[i]))))
          << i;
  }
}

template <class T>
void expect_sums() {
  const auto numbers = [](std::int64_t n, const char* name) { return drawn<T>(n, name); };
  const auto sum = [=](auto term) {
    return [=](std::int64_t n) {
      const auto a = numbers(n, "a"), b = numbers(n, "b");
      long double total = 0;
      for (std::size_t i = 0; i < a.size(); ++i)
        total += term(static_cast<long double>(a[i]), static_cast<long double>(b[i]));
      return std::vector<long double>{total};
    };
  };
  const auto product = [](long double a, long double b) { return a * b; };
  expect_loop<T>(
      [=](const VectorLoops<T>& loops, std::int64_t n) {
        return Left<T>{{loops.dot(numbers(n, "a").data(), numbers(n, "b").data(), n)}, {}};
      },
      sum(product), 200);
  expect_loop<T>(
      [=](const VectorLoops<T>& loops, std::int64_t n) {
        return Left<T>{{}, {loops.dot_float64(numbers(n, "a").data(), numbers(n, "b").data(), n)}};
      },
      sum(product), 64);
  expect_loop<T>(
      [=](const VectorLoops<T>& loops, std::int64_t n) {
        return Left<T>{{}, {loops.sum_of_magnitudes(numbers(n, "a").data(), n)}};
      },
      sum([](long double a, long double) { return std::abs(a); }), 64);
}
TEST_P(VectorLoopsTest, Sums) {
  expect_sums<float>();
  expect_sums<double>();
}

/// A loop from numbers a and b to as many others, which begin as c.
template <class T>
void expect_each(const std::function<void(const VectorLoops<T>&, const T*, const T*, std::int64_t, T*)>& loop,
                 const std::function<long double(long double a, long double b, long double c)>& plain) {
  expect_loop<T>(
      [&](const VectorLoops<T>& loops, std::int64_t n) {
        const auto a = drawn<T>(n, "a"), b = drawn<T>(n, "b");
        auto c = drawn<T>(n, "c");
        loop(loops, a.data(), b.data(), n, c.data());
        return Left<T>{c, {}};
      },
      [&](std::int64_t n) {
        const auto a = drawn<T>(n, "a"), b = drawn<T>(n, "b"), c = drawn<T>(n, "c");
        std::vector<long double> result;
        for (std::size_t i = 0; i < a.size(); ++i) result.push_back(plain(a[i], b[i], c[i]));
        return result;
      });
}

template <class T>
void expect_each_number() {
  using Loops = VectorLoops<T>;
  const auto slope = [](long double value) { return value > 0 ? 1.0L : 0.2L; };
  expect_each<T>([](const Loops& loops, const T* a, const T*, std::int64_t n, T* c) { loops.add(a, n, c); },
                 [](auto a, auto, auto c) { return c + a; });
  expect_each<T>([](const Loops& loops, const T* a, const T*, std::int64_t n,
                    T* c) { loops.add_signs(a, T{0.25}, n, c); },
                 [](auto a, auto, auto c) { return c + (a > 0 ? 0.25L : -0.25L); });
  expect_each<T>([](const Loops& loops, const T* a, const T* b, std::int64_t n, T* c) { loops.leaky(a, b, n, c); },
                 [=](auto a, auto b, auto) { return (a + b) * slope(a + b); });
  expect_each<T>([](const Loops& loops, const T* a, const T* b, std::int64_t n,
                    T* c) { loops.times_leaky_slope(a, b, n, c); },
                 [=](auto a, auto b, auto) { return a * slope(b); });
  expect_each<T>([](const Loops& loops, const T* a, const T* b, std::int64_t n,
                    T* c) { loops.combine(T{0.5}, a, T{-2}, b, T{0.125}, n, c); },
                 [](auto a, auto b, auto) { return 0.5L * a - 2 * b + 0.125L; });
}
TEST_P(VectorLoopsTest, NumberByNumber) {
  expect_each_number<float>();
  expect_each_number<double>();
}

template <class T>
void expect_adam() {
  const AdamOptions options{.clamp = 0.5};
  constexpr std::int64_t kStep = 3;
  expect_loop<T>(
      [&](const VectorLoops<T>& loops, std::int64_t n) {
        auto weight = drawn<T>(n, "a"), first = drawn<T>(n, "b"), second = drawn<T>(n, "c");
        for (T& value : second) value *= value;
        loops.adam(weight.data(), drawn<T>(n, "d").data(), first.data(), second.data(), n, {options, kStep});
        weight.insert(weight.end(), first.begin(), first.end());
        weight.insert(weight.end(), second.begin(), second.end());
        return Left<T>{weight, {}};
      },
      [&](std::int64_t n) {
        const auto weight = drawn<T>(n, "a"), first = drawn<T>(n, "b"), second = drawn<T>(n, "c"),
                   gradient = drawn<T>(n, "d");
        std::vector<long double> result(3 * weight.size());
        for (std::size_t i = 0; i < weight.size(); ++i) {
          const long double g = std::min(0.5L, std::max(-0.5L, static_cast<long double>(gradient[i]))),
                            before = second[i] * second[i], m = 0.9L * first[i] + 0.1L * g,
                            v = 0.999L * before + 0.001L * g * g;
          result[i] = weight[i] - 1e-3L * (m / (1 - std::pow(0.9L, kStep))) /
                                      (std::sqrt(v / (1 - std::pow(0.999L, kStep))) + 1e-8L);
          result[weight.size() + i] = m;
          result[2 * weight.size() + i] = v;
        }
        return result;
      });
}
TEST_P(VectorLoopsTest, Adam) {
  expect_adam<float>();
  expect_adam<double>();
}

template <class T>
void expect_kernel_sum() {
  const auto distances = [](std::int64_t n) {
    auto values = drawn<T>(n, "a");
    for (T& value : values) value *= value;
    return values;
  };
  expect_loop<T>(
      [&](const VectorLoops<T>& loops, std::int64_t n) {
        std::vector<double> slopes(static_cast<std::size_t>(n));
        const double sum = loops.kernel_sum(distances(n).data(), n, 4, 4, slopes.data());
        EXPECT_EQ(loops.kernel_sum(distances(n).data(), n, 4, 4, nullptr), sum);
        slopes.push_back(sum);
        return Left<T>{{}, slopes};
      },
      [&](std::int64_t n) {
        std::vector<long double> result(static_cast<std::size_t>(n) + 1);
        for (std::size_t i = 0; const T distance : distances(n)) {
          for (const long double width : {4.0L, 2.0L, 1.0L, 0.5L}) {
            const long double kernel = std::exp(-distance / width);
            result[i] -= kernel / width;
            result.back() += kernel;
          }
          ++i;
        }
        return result;
      });
}
TEST_P(VectorLoopsTest, KernelSum) {
  expect_kernel_sum<float>();
  expect_kernel_sum<double>();
}

template <class T>
void expect_noise() {
  const auto raw_of = [](std::int64_t n) {
    auto raw = drawn<T>(n, "raw");
    raw.front() = 21;  // where softplus is the identity
    return raw;
  };
  expect_loop<T>(
      [&](const VectorLoops<T>& loops, std::int64_t n) {
        const auto mean = drawn<T>(n, "mean"), epsilon = drawn<T>(n, "epsilon"), shift = drawn<T>(n, "shift");
        auto slope = raw_of(n);
        std::vector<T> out(static_cast<std::size_t>(4 * n));
        loops.noise({mean.data(), epsilon.data(), shift.data(), slope.data(), &out[0],
                     &out[static_cast<std::size_t>(n)], &out[static_cast<std::size_t>(2 * n)],
                     &out[static_cast<std::size_t>(3 * n)]},
                    n);
        out.insert(out.end(), slope.begin(), slope.end());
        return Left<T>{out, {}};
      },
      [&](std::int64_t n) {
        const auto mean = drawn<T>(n, "mean"), epsilon = drawn<T>(n, "epsilon"), shift = drawn<T>(n, "shift"),
                   raw = raw_of(n);
        const std::size_t d = mean.size();
        std::vector<long double> result(5 * d);
        for (std::size_t j = 0; j < d; ++j) {
          const auto x = static_cast<long double>(raw[j]), mu = static_cast<long double>(mean[j]);
          const long double var = x > 20 ? x : std::log1p(std::exp(x));
          result[j] = std::sqrt(var);
          result[d + j] = mu + result[j] * epsilon[j];
          result[2 * d + j] = result[d + j] + shift[j];
          result[3 * d + j] = 1 + std::log(var) - mu * mu - var;
          result[4 * d + j] = x > 20 ? 1 : 1 / (1 + std::exp(-x));
        }
        return result;
      },
      64);
}
TEST_P(VectorLoopsTest, Noise) {
  expect_noise<float>();
  expect_noise<double>();
}

template <class T>
void expect_noise_gradient() {
  const auto root_of = [](std::int64_t n) {
    auto root = drawn<T>(n, "root");
    for (T& value : root) value = 1 + std::abs(value);
    return root;
  };
  expect_loop<T>(
      [&](const VectorLoops<T>& loops, std::int64_t n) {
        const auto of_z = drawn<T>(n, "z"), of_shifted = drawn<T>(n, "shifted"), mean = drawn<T>(n, "mean"),
                   slope = drawn<T>(n, "slope"), epsilon = drawn<T>(n, "epsilon"), root = root_of(n);
        const std::vector<T> kl_weight(static_cast<std::size_t>(n), T{0.25});
        std::vector<T> out(static_cast<std::size_t>(2 * n));
        loops.noise_gradient({of_z.data(), of_shifted.data(), mean.data(), root.data(), slope.data(), epsilon.data(),
                              kl_weight.data(), out.data(), out.data() + n},
                             n);
        return Left<T>{out, {}};
      },
      [&](std::int64_t n) {
        const auto of_z = drawn<T>(n, "z"), of_shifted = drawn<T>(n, "shifted"), mean = drawn<T>(n, "mean"),
                   slope = drawn<T>(n, "slope"), epsilon = drawn<T>(n, "epsilon"), root = root_of(n);
        std::vector<long double> result(2 * mean.size());
        for (std::size_t j = 0; j < mean.size(); ++j) {
          const long double grad_z = static_cast<long double>(of_z[j]) + of_shifted[j], var = root[j] * root[j];
          result[j] = grad_z + 0.25L * mean[j];
          result[mean.size() + j] = (grad_z * epsilon[j] / (2 * root[j]) + 0.125L * (1 - 1 / var)) * slope[j];
        }
        return result;
      },
      32);
}
TEST_P(VectorLoopsTest, NoiseGradient) {
  expect_noise_gradient<float>();
  expect_noise_gradient<double>();
}

constexpr std::int64_t kRows = 3;

template <class T>
void expect_rows() {
  expect_loop<T>(
      [](const VectorLoops<T>& loops, std::int64_t n) {
        auto rows = drawn<T>(kRows * n, "rows");
        loops.leaky_rows(rows.data(), drawn<T>(kRows, "bias").data(), kRows, n, T{0.5});
        return Left<T>{rows, {}};
      },
      [](std::int64_t n) {
        const auto rows = drawn<T>(kRows * n, "rows"), bias = drawn<T>(kRows, "bias");
        std::vector<long double> result;
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const long double value = static_cast<long double>(rows[i]) + bias[i / static_cast<std::size_t>(n)];
          result.push_back(value > 0 ? value : 0.5L * value);
        }
        return result;
      });
  expect_loop<T>(
      [](const VectorLoops<T>& loops, std::int64_t n) {
        const auto decoded = drawn<T>(2 * kRows * n, "decoded"), x = drawn<T>(kRows * n, "x");
        auto grad = drawn<T>(2 * kRows * n, "grad");
        std::vector<T> bias(kRows);
        const std::vector<T> scale(kRows, T{0.125});
        const double sum = loops.decoder_gradient(
            {decoded.data(), x.data(), kRows, n, scale.data(), T{0.5}, grad.data(), bias.data()});
        grad.insert(grad.end(), bias.begin(), bias.end());
        return Left<T>{grad, {sum}};
      },
      [](std::int64_t n) {
        const auto decoded = drawn<T>(2 * kRows * n, "decoded"), x = drawn<T>(kRows * n, "x"),
                   grad = drawn<T>(2 * kRows * n, "grad");
        std::vector<long double> result(grad.begin(), grad.end()), bias(kRows);
        long double sum = 0;
        for (std::int64_t row = 0; row < kRows; ++row)
          for (std::int64_t i = 0; i < 2 * n; ++i) {
            const auto at = static_cast<std::size_t>(2 * row * n + i);
            if (i < n) {
              const long double gap = static_cast<long double>(decoded[at]) - x[static_cast<std::size_t>(row * n + i)];
              sum += gap * gap;
              result[at] = 0.125L * gap;
            }
            if (decoded[at] < 0) result[at] *= 0.5L;
            bias[static_cast<std::size_t>(row)] += result[at];
          }
        result.insert(result.end(), bias.begin(), bias.end());
        result.push_back(sum);
        return result;
      },
      64);
}
TEST_P(VectorLoopsTest, Rows) {
  expect_rows<float>();
  expect_rows<double>();
}

}  // namespace
}  // namespace gracevae::impl::kernels
