#include "stats/wilcoxon_reference.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

/// Values of a group that are not zero, of some columns that are read from the rows together.
class ColumnBlock {
 public:
  static constexpr std::int64_t kColumns = 256;
  explicit ColumnBlock(std::int64_t n_rows) : values_(kColumns, n_rows) {}

  void read(MatrixView<const float> group, std::int64_t first) {
    n_columns_ = std::min(kColumns, group.n_cols - first);
    sizes_.fill(0);
    for (std::int64_t i = 0; i < group.n_rows; ++i)
      for (std::int64_t j = 0; j < n_columns_; ++j) {
        const float value = group(i, first + j);
        std::int64_t& size = sizes_[static_cast<std::size_t>(j)];
        values_(j, size) = value;  // a zero is written over: no unpredictable branch
        size += value != 0 ? 1 : 0;
      }
  }
  std::int64_t n_columns() const { return n_columns_; }
  std::span<const float> column(std::int64_t j) const {
    return values_.row(j).first(static_cast<std::size_t>(sizes_[static_cast<std::size_t>(j)]));
  }

 private:
  std::int64_t n_columns_ = 0;
  Matrix<float> values_;  ///< [kColumns, rows]
  std::array<std::int64_t, kColumns> sizes_{};
};

}  // namespace

/// The distinct values of a column of a group, none of them 0, and how often each stands: a hash table with open
/// addressing, whose keys are the values' bits.
class WilcoxonReference::ValueCounts {
 public:
  explicit ValueCounts(std::int64_t n_most)
      : bits_(std::bit_width(static_cast<std::uint64_t>(n_most)) + 1), keys_(std::size_t{1} << bits_),
        counts_(keys_.size()), used_(static_cast<std::size_t>(n_most) + 1) {}

  void add(float value) {
    const auto key = std::bit_cast<std::uint32_t>(value);
    std::size_t slot = (key * kMultiplier) >> (32 - bits_);
    while (keys_[slot] != key && keys_[slot] != 0) slot = (slot + 1) & (keys_.size() - 1);
    used_[n_used_] = static_cast<std::uint32_t>(slot);
    n_used_ += keys_[slot] == 0 ? 1 : 0;
    keys_[slot] = key;
    ++counts_[slot];
  }
  /// Calls visit(value, count) for every value, and forgets all.
  template <class Visit>
  void drain(const Visit& visit) {
    for (std::size_t k = 0; k < n_used_; ++k) {
      const std::uint32_t slot = used_[k];
      visit(std::bit_cast<float>(keys_[slot]), counts_[slot]);
      keys_[slot] = counts_[slot] = 0;
    }
    n_used_ = 0;
  }

 private:
  static constexpr std::uint32_t kMultiplier = 2654435769;  // 2^32 / golden ratio
  int bits_;
  std::vector<std::uint32_t> keys_, counts_;  ///< by slot; no key is 0, the bits of 0.0
  std::vector<std::uint32_t> used_;           ///< slots
  std::size_t n_used_ = 0;
};

double WilcoxonReference::score(std::int64_t column, std::span<const float> values, double n_group,
                                ValueCounts& counts) const {
  const SortedCounts& reference = columns_.counts(column);
  const double n_zeros = columns_.n_zeros(column);
  RankSum sum(reference, n_zeros, n_group);
  sum.add(n_group - static_cast<double>(values.size()), reference.n_negative, n_zeros);
  for (const float value : values) counts.add(value);
  counts.drain([&](float value, std::uint32_t n) {
    const auto [n_below, n_equal] = columns_.find(column, value);
    sum.add(n, static_cast<double>(n_below) + (value > 0 ? n_zeros : 0), static_cast<double>(n_equal));
  });
  return rank_sum_z(sum.ranks(), sum.ties(), n_group, static_cast<double>(columns_.n_rows()));
}

std::vector<double> WilcoxonReference::scores(MatrixView<const float> group) const {
  GRACEVAE_CHECK(group.n_cols == columns_.n_columns(), "a group with the reference's columns");
  std::vector<double> z(static_cast<std::size_t>(group.n_cols));
#pragma omp parallel
  {
    ColumnBlock block(group.n_rows);
    ValueCounts counts(group.n_rows);
#pragma omp for schedule(dynamic)
    for (std::int64_t first = 0; first < group.n_cols; first += ColumnBlock::kColumns) {
      block.read(group, first);
      for (std::int64_t j = 0; j < block.n_columns(); ++j) {
        if (j + 1 < block.n_columns()) columns_.prefetch(first + j + 1);
        z[static_cast<std::size_t>(first + j)] =
            score(first + j, block.column(j), static_cast<double>(group.n_rows), counts);
      }
    }
  }
  return z;
}

}  // namespace gracevae::impl
