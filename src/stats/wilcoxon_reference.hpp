#pragma once
/// @file Wilcoxon's rank-sum test of many groups against one reference that is kept.
#include <cstdint>
#include <span>
#include <vector>

#include "base/common_rows.hpp"
#include "stats/binned_columns.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// wilcoxon_scores for groups that are no rows of the matrix: the reference is sorted once and kept. A group needs no
/// order (RankSum).
/// @test tests/unit/stats/wilcoxon_reference_test.cpp
class WilcoxonReference {
 public:
  WilcoxonReference(const CsrView<float>& x, std::span<const std::int64_t> rows) : columns_(x, rows) {}
  /// z of every column, with the correction for ties, of a group [n, columns] against the reference; larger values in
  /// the group give z > 0. No value may be NaN. In threads.
  std::vector<double> scores(const CommonRows& group) const;
  /// Of several groups, at less cost: each column of the reference is fetched once.
  std::vector<std::vector<double>> scores(std::span<const CommonRows* const> groups) const;

 private:
  class ValueCounts;
  /// z of a column of a group of n_group rows, whose values are `others` and, in all other rows, `common`; `counts` is
  /// empty before and after.
  double score(std::int64_t column, float common, std::span<const float> others, double n_group,
               ValueCounts& counts) const;

  BinnedColumns columns_;
};

}  // namespace gracevae::impl
