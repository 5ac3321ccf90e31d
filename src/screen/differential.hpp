#pragma once
/// @file Differentially expressed genes of a condition against control.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "screen/screen.hpp"
#include "stats/count_variance.hpp"
#include "stats/group_moments.hpp"
#include "stats/row_pass.hpp"
#include "stats/wilcoxon.hpp"

namespace gracevae::impl {

/// Welch's t of every gene between two groups of cells (log1p values), variances with n−1: (m₁ − m₂) / √(v₁/n₁ +
/// v₂/n₂). Genes with zero variance in both groups get 0; a group of one cell counts as zero variance. Two passes over
/// the stored values, in double. Both groups must hold a cell. scanpy's `t-test`, the statistic only: tests with
/// p-values are DifferentialTests. [n_genes]
std::vector<double> welch_t(const Screen& screen, std::span<const std::int64_t> cells,
                            std::span<const std::int64_t> reference);

/// What Welch's t needs of a group, which must hold a cell; kept for a group that others are compared with.
struct MeanOfCells {
  MeanOfCells(const Screen& screen, std::span<const std::int64_t> cells);
  std::vector<double> mean;           ///< [n_genes]
  std::vector<double> squared_error;  ///< of the mean, v/n
};
std::vector<double> welch_t(const MeanOfCells& group, const MeanOfCells& reference);

/// Columns of the `n` genes with the largest |score|, largest first, ties by column.
std::vector<std::int32_t> top_genes(std::span<const double> scores, std::int64_t n);

/// All columns, the largest score first (not its absolute value), ties by column: the order in which scanpy writes
/// them.
std::vector<std::int32_t> genes_by_score(std::span<const double> scores);

/// Names of the tests, the default first.
inline const std::vector<std::string> kDifferentialMethods{"wilcoxon", "welch", "welch-overestimated"};
/// What scanpy calls them: "wilcoxon", "t-test", "t-test_overestim_var".
std::string scanpy_method(const std::string& method);

struct DifferentialOptions {
  std::string method = "wilcoxon";  ///< one of kDifferentialMethods
  std::string variance_floor =
      "counts";  ///< of Welch's tests: counts (WelchOptions::floor), or none, which is scanpy's
  /// For that floor: what one count of a typical cell is on the values' scale; 0 = the values are no counts, no floor.
  /// Where it is not given, test_groups takes one_count_log1p of the screen.
  std::optional<double> one_count = {};
  double log_base = 2.718281828459045;  ///< base of the log1p values; natural unless uns/log1p says otherwise
  std::int64_t min_cells = 10;          ///< groups of fewer cells are not tested; at least 2
  WilcoxonOptions wilcoxon = {};        ///< ignored by Welch's tests
};

/// One condition against control; every list is [n_genes].
struct ConditionTest {
  std::vector<double> scores;             ///< t or z
  std::vector<double> p_values;           ///< two-sided
  std::vector<double> adjusted;           ///< Benjamini-Hochberg over the genes
  std::vector<double> log2_fold_changes;  ///< log2((e₁ + 1e-9)/(e₀ + 1e-9)), e = base^mean − 1
};

/// Tests of all conditions against control, scanpy's rank_genes_groups(reference=control). Holds the moments and, for
/// wilcoxon, the scores: some 28 bytes a condition and gene; p-values are made when a condition is asked for.
class DifferentialTests {
 public:
  /// `moments` are those of log1p values, group 0 is control. For wilcoxon the rows that they were made of are passed
  /// over again, with the group of each (−1: none). A floor from counts needs options.one_count.
  DifferentialTests(GroupMoments moments, const DifferentialOptions& options, const RowPass& pass,
                    std::span<const std::int32_t> groups);

  /// Groups that can be tested: options.min_cells cells or more, when control has two.
  bool can_test(std::int64_t group) const;
  /// Cost O(n_genes · log n_genes).
  ConditionTest test(std::int64_t group) const;
  const GroupMoments& moments() const { return moments_; }

 private:
  GroupMoments moments_;
  DifferentialOptions options_;
  CountVariance floor_;
  Matrix<double> z_;  ///< [n_groups, n_genes], wilcoxon only
};

/// The same for a screen in memory: group_of_cell[i] < n_groups is the group of cell i, −1: none; group 0 is what the
/// others are compared with.
DifferentialTests test_groups(const Screen& screen, std::span<const std::int32_t> group_of_cell, std::int64_t n_groups,
                              const DifferentialOptions& options = {});
/// Groups are the regimes.
DifferentialTests test_regimes(const Screen& screen, const DifferentialOptions& options = {});

}  // namespace gracevae::impl
