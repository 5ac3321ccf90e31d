#pragma once
/// @file Rank sums: the one formula of Wilcoxon's, or Mann and Whitney's, test of a group against a reference.
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace gracevae::impl {

/// t³ − t of t equal values, which ties take off the variance of a rank sum.
inline double tie_term(double n_equal) { return n_equal * n_equal * n_equal - n_equal; }

/// z of the normal approximation. `ranks` is the sum of the group's ranks among the n₁ values of the group and the n₀
/// of the reference, `ties` = Σ t³−t over both:
///   z = (ranks − n₁(n+1)/2) / √(T·n₁·n₀·(n+1)/12), n = n₁ + n₀, T = 1 − ties/(n³−n).
/// No correction for continuity. 0 where T = 0 (all values equal) or a side is empty. Without the correction for ties
/// (scanpy's tie_correct off) give ties = 0.
inline double rank_sum_z(double ranks, double ties, double n_group, double n_reference) {
  const double n = n_group + n_reference;
  const double deviation = std::sqrt((1 - ties / tie_term(n)) * n_group * n_reference * (n + 1) / 12);
  return deviation > 0 ? (ranks - n_group * (n + 1) / 2) / deviation : 0;
}

/// What ties within sorted values, zeros left out, come to.
struct SortedCounts {
  double ties = 0;        ///< Σ t³−t
  double n_negative = 0;  ///< values below 0
};

/// Counts of sorted values, none of them 0; `value_of` gives an element's number.
template <class T, class ValueOf>
SortedCounts counts_of(std::span<const T> sorted, const ValueOf& value_of) {
  SortedCounts counts;
  for (std::size_t i = 0, end = 0; i < sorted.size(); i = end) {
    for (end = i; end < sorted.size() && value_of(sorted[end]) == value_of(sorted[i]);) ++end;
    counts.ties += tie_term(static_cast<double>(end - i));
    if (value_of(sorted[i]) < 0) counts.n_negative += static_cast<double>(end - i);
  }
  return counts;
}

/// The rank sum of a group whose distinct values come one by one, in any order, with their places in a sorted
/// reference. A value's mean rank is its mean rank within the group, and those sum to n₁(n₁+1)/2, plus the number of
/// the reference's values below it and half of those equal. All are whole numbers or halves, exact in double for up to
/// 200,000 values.
class RankSum {
 public:
  /// `reference` is of its values that are not zero, besides which it has zeros.
  RankSum(const SortedCounts& reference, double n_reference_zeros, double n_group)
      : ranks_(n_group * (n_group + 1) / 2), ties_(reference.ties + tie_term(n_reference_zeros)) {}

  /// `n` times one value, with as many of the reference below it and equal to it.
  void add(double n, double n_below, double n_equal) {
    ranks_ += n * (n_below + n_equal / 2);
    ties_ += tie_term(n + n_equal) - tie_term(n_equal);
  }
  double ranks() const { return ranks_; }
  double ties() const { return ties_; }

 private:
  double ranks_, ties_;
};

/// Ranks from 1, ties at their mean, in the order of `values`, and Σ t³−t over the ties.
struct Ranks {
  std::vector<double> of;
  double ties = 0;
};
Ranks ranks_of(std::span<const double> values);

/// rank_sum_z of some of the ranked values, each given once, against all others.
/// @test tests/unit/explain/enrichment_test.cpp (SciPy's mannwhitneyu)
double rank_sum_z(const Ranks& ranks, std::span<const std::size_t> members);

}  // namespace gracevae::impl
