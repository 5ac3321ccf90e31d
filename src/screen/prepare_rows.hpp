#pragma once
/// @file The passes of prepare over the rows of its input. For prepare*.cpp only.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/packed_rows.hpp"
#include "screen/highly_variable.hpp"
#include "screen/prepare.hpp"
#include "screen/prepare_filters.hpp"
#include "screen/prepare_totals.hpp"
#include "stats/group_moments.hpp"
#include "stats/row_pass.hpp"

namespace gracevae::impl::prepare {

/// Filters, totals and moments. Passes: filter() (two where its thresholds follow from what it finds), then measure()
/// (two with a dominant share) unless everything is known, then any number of rows().
class Passes {
 public:
  Passes(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options);

  /// Pass 1: which cells and genes stay. @throws InputError as prepare_screen
  void filter();
  /// Pass 2 where needed: totals over the genes kept, and what the choice of genes needs.
  void measure();
  /// The choice among the genes kept; empty lists for flavour none.
  HighlyVariable choose() const;
  /// Kept rows as they are written, the input's genes `columns` (ascending) only. `what` names the pass.
  RowPass rows(const std::vector<std::int32_t>& columns, const std::string& what);

  const std::vector<std::int64_t>& cells() const { return cells_; }  ///< rows of the input that stay
  const std::vector<std::int32_t>& genes() const { return genes_; }  ///< columns of the input that the filter kept
  double total() const { return total_; }                            ///< that every cell is scaled to
  /// Of the cells that stay, what they are divided by: see PrepareOptions; before measure() the totals over all genes.
  const std::vector<double>& totals() const { return totals_; }
  const GeneTotals& gene_totals() const { return gene_totals_; }           ///< counts only
  const std::vector<std::int32_t>& dominant() const { return dominant_; }  ///< genes left out of the totals
  const FilterThresholds& thresholds() const { return thresholds_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// The input holds whole numbers only, none negative.
  bool are_counts() const { return are_counts_; }
  const StoredValues& values() const { return values_; }

 private:
  using BlockVisitor = std::function<void(std::int64_t first, const CsrMatrix<float>& rows)>;
  void each_block(const std::string& what, const BlockVisitor& visit);
  void forget();
  void filter_rows();
  void check_counts(std::int64_t first, const CsrMatrix<float>& rows);
  [[noreturn]] void refuse(std::int64_t cell, std::int32_t gene, float value) const;
  void check_scale();
  void take_given_totals();
  void find_dominant();
  double kept_total(const CsrMatrix<float>& rows, std::int64_t i) const;
  double divisor(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) const;
  void filter_row(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i);
  void keep_genes();
  void measure_row(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i);
  void check_rest(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i) const;
  void add_share_moments(const CsrMatrix<float>& rows, std::int64_t i, double total);
  void add_clipped(const CsrMatrix<float>& rows, std::int64_t i);
  void start_clipping();
  CsrMatrix<float> select(std::int64_t first, const CsrMatrix<float>& rows, const std::vector<std::int32_t>& column_of);
  bool wants(const char* flavour) const { return options_.highly_variable == flavour; }
  bool scales() const { return options_.scales(); }
  bool needs_totals() const {
    return scales() && options_.size_factors.empty() && (options_.total == 0 || options_.dominant_share < 1);
  }
  bool needs_shares() const { return scales() && wants("seurat"); }

  CellSource& source_;
  const PrepareLabels& labels_;
  const PrepareOptions& options_;
  FilterThresholds thresholds_;
  bool are_counts_ = true;
  StoredValues values_;
  bool measures_at_once_ = false;  ///< all genes stay, so that pass 1 can do what pass 2 would
  std::vector<char> keeps_cell_, keeps_gene_;
  std::vector<char> counts_for_total_;  ///< genes kept that are not dominant
  std::vector<char> is_seen_;           ///< genes above zero in a cell with a regime
  GenesOfCells genes_of_cell_;
  std::vector<std::int64_t> cells_, cells_of_gene_;
  std::vector<std::int32_t> genes_;
  std::int64_t most_genes_ = 0;  ///< of any cell
  std::vector<double> totals_;
  std::vector<double> given_totals_;  ///< --size-factors, for every row of the file
  GeneTotals gene_totals_;
  std::vector<std::int32_t> dominant_;
  double total_ = 0;
  std::vector<std::string> warnings_;
  GroupMoments moments_;                     ///< one group: all cells kept
  std::vector<double> deviations_, clips_;   ///< seurat_v3, by gene kept
  std::vector<double> means_, variances_;    ///< seurat_v3, by gene kept
  std::vector<double> clipped_squares_;      ///< Σ over cells of (min(x, clip) − mean)²
  std::vector<std::int32_t> place_of_gene_;  ///< in genes_, −1
};

}  // namespace gracevae::impl::prepare
