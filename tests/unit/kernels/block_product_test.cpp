// Products of small blocks against sums in long double, for every shape of edge.
#include "kernels/cpu/block_product.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "support/every_instruction_set.hpp"

namespace gracevae::impl::kernels {
namespace {

constexpr std::int64_t kGap = 3;  // between the end of a row and the next

template <class T>
struct Rows {
  std::int64_t n_rows, n_cols, stride;
  std::vector<T> values;
  Rows(std::int64_t rows, std::int64_t cols, const char* name)
      : n_rows(rows), n_cols(cols), stride(cols + kGap), values(static_cast<std::size_t>(rows * stride)) {
    Random random(5, name);
    for (T& value : values) value = static_cast<T>(random.normal());
  }
  T at(std::int64_t i, std::int64_t j) const { return values[static_cast<std::size_t>(i * stride + j)]; }
  Block<const T> block() const { return {values.data(), n_rows, n_cols, stride}; }
  Block<T> block() { return {values.data(), n_rows, n_cols, stride}; }
};

/// The bfloat16 nearest to a number, found by trying both neighbours.
float nearest_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const float down = std::bit_cast<float>(bits & 0xffff0000U),
              up = std::bit_cast<float>((bits & 0xffff0000U) + 0x10000U);
  const double to_down = std::abs(static_cast<double>(value) - down), to_up = std::abs(static_cast<double>(value) - up);
  if (to_down != to_up) return to_down < to_up ? down : up;
  return (bits >> 16) % 2 == 0 ? down : up;
}

template <class T>
void expect_product(std::int64_t m, std::int64_t n, std::int64_t k, Precision precision) {
  const auto taken = [&](T value) {
    return precision == Precision::bf16 ? static_cast<T>(nearest_bf16(static_cast<float>(value))) : value;
  };
  const Rows<T> a(m, k, "a"), a_t(k, m, "t"), b(k, n, "b");
  for (const bool transposed : {false, true})
    for (const bool add : {false, true}) {
      SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k << (transposed ? " transposed" : "")
                                      << (add ? " added" : ""));
      Rows<T> out(m, n, "out");
      const Rows<T> before = out;
      if (transposed)
        block_product_transposed<T>(a_t.block(), b.block(), out.block(), add, precision);
      else
        block_product<T>(a.block(), b.block(), out.block(), add, precision);
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          long double sum = add ? before.at(i, j) : 0, size = std::abs(sum);
          for (std::int64_t l = 0; l < k; ++l) {
            const auto part =
                static_cast<long double>(taken(transposed ? a_t.at(l, i) : a.at(i, l))) * taken(b.at(l, j));
            sum += part;
            size += std::abs(part);
          }
          const double tolerance = static_cast<double>(k + 2) * std::numeric_limits<T>::epsilon();
          ASSERT_NEAR(static_cast<double>(out.at(i, j)), static_cast<double>(sum),
                      tolerance * static_cast<double>(size));
        }
        for (std::int64_t j = n; j < n + kGap; ++j)
          ASSERT_EQ(out.at(i, j), before.at(i, j)) << "written past the end of a row";
      }
    }
}

const std::vector<std::int64_t> kSides{1, 3, 4, 8, 13, 16, 17, 33, 48, 67};

class BlockProduct : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(BlockProduct);

TEST_P(BlockProduct, Single) {
  for (const auto m : kSides)
    for (const auto n : kSides)
      for (const std::int64_t k : {1, 2, 7, 32, 65, 150}) expect_product<float>(m, n, k, Precision::full);
}

TEST_P(BlockProduct, Double) {
  for (const auto m : kSides)
    for (const auto n : kSides)
      for (const std::int64_t k : {1, 2, 7, 32, 65, 150}) expect_product<double>(m, n, k, Precision::full);
}

TEST_P(BlockProduct, Bfloat16) {
  for (const auto m : kSides)
    for (const auto n : kSides)
      for (const std::int64_t k : {1, 2, 7, 32, 65, 150}) expect_product<float>(m, n, k, Precision::bf16);
}

TEST_P(BlockProduct, NothingToSum) {
  Rows<float> out(2, 5, "out");
  const Rows<float> before = out;
  block_product<float>({nullptr, 2, 0, 1}, {nullptr, 0, 5, 5}, out.block(), true);
  EXPECT_EQ(out.values, before.values);
  block_product<float>({nullptr, 2, 0, 1}, {nullptr, 0, 5, 5}, out.block(), false);
  EXPECT_EQ(out.at(1, 4), 0);
}

TEST_P(BlockProduct, SameBitsWhateverIsBesideIt) {
  const Rows<float> a(29, 50, "a"), b(50, 41, "b");
  Rows<float> whole(29, 41, "out");
  block_product<float>(a.block(), b.block(), whole.block(), false);
  for (std::int64_t i = 0; i < 29; ++i) {
    float one = 0;
    for (const std::int64_t j : {0, 17, 40}) {
      block_product<float>({a.values.data() + i * a.stride, 1, 50, a.stride}, {b.values.data() + j, 50, 1, b.stride},
                           {&one, 1, 1, 1}, false);
      ASSERT_EQ(one, whole.at(i, j));
    }
  }
}

TEST_P(BlockProduct, EveryWidthOfFusedVectorsGivesTheSameBits) {
  if (GetParam() == InstructionSet::baseline) GTEST_SKIP() << "rounds products before they are added";
  const Rows<float> a(29, 50, "a"), b(50, 41, "b");
  Rows<float> here(29, 41, "out"), with_avx2 = here;
  block_product<float>(a.block(), b.block(), here.block(), true);
  set_instruction_set(InstructionSet::avx2);
  block_product<float>(a.block(), b.block(), with_avx2.block(), true);
  EXPECT_EQ(here.values, with_avx2.values);
}

TEST_P(BlockProduct, NotANumberStaysOne) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Precision precision : {Precision::full, Precision::bf16}) {
    float out = 0;
    block_product<float>({&nan, 1, 1, 1}, {&nan, 1, 1, 1}, {&out, 1, 1, 1}, false, precision);
    EXPECT_TRUE(std::isnan(out));
  }
}

template <class T, class Factor>
void expect_row_sums(std::int64_t n) {
  constexpr std::int64_t kFirst = 2, kRows = 9;
  const std::vector<std::int64_t> begin{3, 7, 7, 8};  // the second sum has no rows
  const std::vector<std::int32_t> which{0, 0, 0, 2, 10, 5, 5, 3};
  Random random(3, "sums");
  const auto drawn = [&](auto count, auto kind) {
    std::vector<decltype(kind)> values(static_cast<std::size_t>(count));
    for (auto& value : values) value = static_cast<decltype(kind)>(random.normal());
    return values;
  };
  const std::int64_t stride = n + 5;
  const auto rows = drawn(kRows * stride, T{}), before = drawn(3 * n, T{});
  const auto factors = drawn(which.size(), Factor{});
  for (const bool add : {false, true}) {
    SCOPED_TRACE(testing::Message() << n << (add ? " added" : ""));
    auto out = before;
    row_sums<T, Factor>(
        {rows.data(), stride, n, begin.data(), 3, which.data(), kFirst, factors.data(), out.data(), add});
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        const auto at = static_cast<std::size_t>(i * n + j);
        long double sum = add ? static_cast<long double>(before[at]) : 0;
        for (auto k = static_cast<std::size_t>(begin[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(begin[static_cast<std::size_t>(i) + 1]); ++k)
          sum += static_cast<long double>(factors[k]) *
                 static_cast<long double>(rows[static_cast<std::size_t>((which[k] - kFirst) * stride + j)]);
        EXPECT_NEAR(static_cast<double>(out[at]), static_cast<double>(sum),
                    20 * static_cast<double>(std::numeric_limits<T>::epsilon()))
            << i << ' ' << j;
      }
  }
}

class RowSumsTest : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(RowSumsTest);

TEST_P(RowSumsTest, OfEveryWidth) {
  for (const std::int64_t n : {1, 7, 8, 16, 33, 64, 128, 150, 300}) {
    expect_row_sums<float, float>(n);
    expect_row_sums<double, float>(n);
    expect_row_sums<double, double>(n);
  }
}

template <class T>
void expect_row_adds(std::int64_t n) {
  SCOPED_TRACE(n);
  constexpr std::int64_t kFirst = 2, kRows = 4, kBetween = 3;
  const std::vector<std::int32_t> which{5, 2, 2, 4};  // one row twice, one not at all
  const std::vector<float> factors{0.5F, -1.25F, 2, 0.75F};
  std::vector<T> row(static_cast<std::size_t>(n)), out(static_cast<std::size_t>(kRows * (n + kBetween)));
  Random random(3, "adds");
  for (T& value : row) value = static_cast<T>(random.normal());
  for (T& value : out) value = static_cast<T>(random.normal());
  const auto before = out;
  row_adds<T>({row.data(), n, std::ssize(which), which.data(), kFirst, factors.data(), out.data(), n + kBetween});
  for (std::int64_t i = 0; i < kRows; ++i)
    for (std::int64_t j = 0; j < n + kBetween; ++j) {
      const auto at = static_cast<std::size_t>(i * (n + kBetween) + j);
      auto sum = static_cast<long double>(before[at]);
      for (std::size_t k = 0; j < n && k < which.size(); ++k)
        if (which[k] - kFirst == i)
          sum += static_cast<long double>(factors[k]) * static_cast<long double>(row[static_cast<std::size_t>(j)]);
      EXPECT_NEAR(static_cast<double>(out[at]), static_cast<double>(sum),
                  8 * static_cast<double>(std::numeric_limits<T>::epsilon()))
          << i << ' ' << j;
    }
}

class RowAddsTest : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(RowAddsTest);

TEST_P(RowAddsTest, OfEveryWidth) {
  for (const std::int64_t n : {1, 7, 8, 16, 33, 64, 128, 150, 300}) {
    expect_row_adds<float>(n);
    expect_row_adds<double>(n);
  }
}

}  // namespace
}  // namespace gracevae::impl::kernels
