#pragma once
/// @file Wilcoxon's rank-sum test of every gene, each group of cells against one reference group.
#include <cstdint>
#include <span>
#include <vector>

#include "screen/group_moments.hpp"
#include "screen/row_pass.hpp"
#include "screen/screen.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

struct WilcoxonOptions {
  bool tie_correct = true;                           ///< scanpy's tie_correct, which is off there unless asked for
  std::int64_t block_bytes = std::int64_t{1} << 29;  ///< memory for the columns of one block of genes
};

/// z of the normal approximation for every group and gene [n_groups, n_genes], the reference's row 0: with ranks among
/// the group's n₁ and the reference's n₀ cells, ties at their mean rank,
///   z = (Σ ranks of the group − n₁(n+1)/2) / √(T·n₁·n₀·(n+1)/12), n = n₁ + n₀,
/// T = 1 − Σ(t³−t)/(n³−n) over sizes t of ties with the correction, else 1. No correction for continuity. 0 where T = 0
/// (all values equal) and for groups of no cells. scanpy's `wilcoxon` with a reference.
///
/// Genes go block by block, as many as `block_bytes` hold: each block is a pass over the rows. The reference is sorted
/// once a gene; of a group only its values that are not zero are looked up in it, all zeros are one tie. Genes of a
/// block run in parallel. `moments` are those of the same rows and groups (for the sizes of columns).
Matrix<double> wilcoxon_scores(const RowPass& pass, std::span<const std::int32_t> groups, const GroupMoments& moments,
                               std::int64_t reference, const WilcoxonOptions& options = {});

/// Of one gene's values that are not zero.
struct SortedCounts {
  double ties = 0;  ///< Σ t³−t over sizes t of ties
  double n_negative = 0;
};

/// The same test for groups that are no cells of the screen: the reference is sorted once and kept, in bins of equal
/// width, so that a value is found in a few steps. The group needs no order: a value's mean rank is the number of its
/// own group's, which sum to n₁(n₁+1)/2, and of the reference's below and half those equal.
class WilcoxonReference {
 public:
  WilcoxonReference(const Screen& screen, std::span<const std::int64_t> cells);
  /// z of every gene, with the correction for ties, of rows [n, n_genes] against the reference; larger values in the
  /// rows give z > 0. No value may be NaN.
  std::vector<double> scores(MatrixView<const float> rows) const;

 private:
  struct Gene {
    std::int64_t first_value = 0, n_values = 0;  ///< in values_
    std::int64_t first_bin = 0, n_bins = 1;      ///< in bin_begins_
    std::int64_t half = 0;                       ///< the largest power of two up to the size of the largest bin
    float lowest = 0, scale = 0;                 ///< of the bins
    SortedCounts counts;
  };
  struct Range {
    std::int64_t n_below, n_equal;
  };
  class ValueCounts;
  /// Fills all of `gene` but where its values will stand.
  void sort_into_bins(std::span<float> values, Gene& gene);
  /// Of the gene's values: in a fixed number of steps, without a branch that nobody could guess.
  inline Range equal_to(float value, const Gene& gene) const;
  /// Asks the memory for a gene's values and bins, which are too many for the caches, before they are needed.
  void prefetch(const Gene& gene) const;
  /// z of a gene's values that are not zero, of a group of n_rows cells; `counts` is empty before and after.
  double score(const Gene& gene, std::span<const float> values, std::int64_t n_rows, ValueCounts& counts) const;

  std::int64_t n_cells_;
  std::vector<Gene> genes_;
  std::vector<float> values_;             ///< ascending, gene by gene, each followed by infinities that a step may meet
  std::vector<std::int32_t> bin_begins_;  ///< of every gene's bins
};

}  // namespace gracevae::impl
