#pragma once
/// @file Wilcoxon's rank-sum test of every column, each group of rows against one reference group.
#include <cstdint>
#include <span>

#include "stats/group_moments.hpp"
#include "stats/row_pass.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

struct WilcoxonOptions {
  bool tie_correct = true;                           ///< scanpy's tie_correct, which is off there unless asked for
  std::int64_t block_bytes = std::int64_t{1} << 29;  ///< memory for the values of one block of columns
};

/// z (rank_sum_z) for every group and column [groups, columns], the reference's row 0: ranks are among the group's and
/// the reference's rows, ties at their mean rank. 0 for groups of no rows. scanpy's `wilcoxon` with a reference.
///
/// Columns go block by block, as many as `block_bytes` hold: each block is a pass over the rows. The reference is
/// sorted once a column; of a group only its values that are not zero are looked up in it, all zeros are one tie.
/// Columns of a block run in parallel. `moments` are those of the same rows and groups (for the sizes of columns).
/// @test tests/unit/screen/differential_test.cpp (scanpy's route in Python)
Matrix<double> wilcoxon_scores(const RowPass& pass, std::span<const std::int32_t> groups, const GroupMoments& moments,
                               std::int64_t reference, const WilcoxonOptions& options = {});

}  // namespace gracevae::impl
