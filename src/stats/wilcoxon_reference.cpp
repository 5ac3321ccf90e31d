#include "stats/wilcoxon_reference.hpp"

#include <algorithm>
#include <bit>

#include "base/error.hpp"

namespace gracevae::impl {

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

double WilcoxonReference::score(std::int64_t column, float common, std::span<const float> others, double n_group,
                                ValueCounts& counts) const {
  const SortedCounts& reference = columns_.counts(column);
  const double n_zeros = columns_.n_zeros(column);
  RankSum sum(reference, n_zeros, n_group);
  const auto add = [&](double n, float value) {
    const auto [n_below, n_equal] = columns_.find(column, value);
    sum.add(n, static_cast<double>(n_below) + (value > 0 ? n_zeros : 0), static_cast<double>(n_equal));
  };
  double n_common = n_group - static_cast<double>(others.size()), n_group_zeros = 0;
  if (common == 0) std::swap(n_common, n_group_zeros);
  for (const float value : others) {
    if (value != 0)
      counts.add(value);
    else
      ++n_group_zeros;
  }
  if (n_common > 0) add(n_common, common);
  sum.add(n_group_zeros, reference.n_negative, n_zeros);
  counts.drain([&](float value, std::uint32_t n) { add(n, value); });
  return rank_sum_z(sum.ranks(), sum.ties(), n_group, static_cast<double>(columns_.n_rows()));
}

std::vector<std::vector<double>> WilcoxonReference::scores(std::span<const CommonRows* const> groups) const {
  constexpr std::int64_t kColumns = 256;  // a thread's share
  const auto n_columns = static_cast<std::size_t>(columns_.n_columns());
  std::vector<CsrMatrix<float>> others;
  std::int64_t n_most = 0;
  for (const CommonRows* const group : groups) {
    GRACEVAE_CHECK(group->n_cols() == columns_.n_columns(), "a group with the reference's columns");
    others.push_back(transposed(group->others, group->n_rows()));
    n_most = std::max(n_most, group->n_rows());
  }
  std::vector<std::vector<double>> z(groups.size(), std::vector<double>(n_columns));
#pragma omp parallel
  {
    ValueCounts counts(n_most);
#pragma omp for schedule(dynamic, kColumns)
    for (std::size_t j = 0; j < n_columns; ++j) {
      const auto column = static_cast<std::int64_t>(j);
      if (j + 1 < n_columns) columns_.prefetch(column + 1);
      for (std::size_t k = 0; k < groups.size(); ++k)
        z[k][j] = score(column, groups[k]->common[j], others[k].row_values(column),
                        static_cast<double>(groups[k]->n_rows()), counts);
    }
  }
  return z;
}

std::vector<double> WilcoxonReference::scores(const CommonRows& group) const {
  const CommonRows* const only = &group;
  return std::move(scores(std::span(&only, 1)).front());
}

}  // namespace gracevae::impl
