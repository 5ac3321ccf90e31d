#pragma once
/// @file The passes of prepare over the rows of its input. For prepare*.cpp only.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "screen/group_moments.hpp"
#include "screen/highly_variable.hpp"
#include "screen/prepare.hpp"
#include "screen/row_pass.hpp"

namespace gracevae::prepare {

/// Filters, totals and moments. Passes: filter(), then measure() unless everything is known, then any number of rows().
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
  /// The input holds whole numbers only, none negative.
  bool are_counts() const { return are_counts_; }

 private:
  using BlockVisitor = std::function<void(std::int64_t first, const CsrMatrix<float>& rows)>;
  void each_block(const std::string& what, const BlockVisitor& visit);
  void check_counts(std::int64_t first, const CsrMatrix<float>& rows);
  [[noreturn]] void refuse(std::int64_t cell, std::int32_t gene, float value) const;
  double kept_total(const CsrMatrix<float>& rows, std::int64_t i) const;
  void filter_row(std::int64_t cell, const CsrMatrix<float>& rows, std::int64_t i);
  void keep_genes();
  void measure_row(const CsrMatrix<float>& rows, std::int64_t i);
  void add_share_moments(const CsrMatrix<float>& rows, std::int64_t i, double total);
  void add_clipped(const CsrMatrix<float>& rows, std::int64_t i);
  void start_clipping();
  CsrMatrix<float> select(std::int64_t first, const CsrMatrix<float>& rows, const std::vector<std::int32_t>& column_of);
  bool wants(const char* flavour) const { return options_.highly_variable == flavour; }
  bool needs_totals() const { return !options_.no_normalise && options_.total == 0; }
  bool needs_shares() const { return !options_.no_normalise && wants("seurat"); }

  CellSource& source_;
  const PrepareLabels& labels_;
  const PrepareOptions& options_;
  bool are_counts_ = true;
  bool measures_at_once_ = false;  ///< all genes stay, so that pass 1 can do what pass 2 would
  std::vector<char> keeps_cell_, keeps_gene_;
  std::vector<std::int64_t> cells_, cells_of_gene_;
  std::vector<std::int32_t> genes_;
  std::int64_t most_genes_ = 0;  ///< of any cell
  std::vector<double> totals_;   ///< of the kept cells, over the kept genes
  double total_ = 0;
  GroupMoments moments_;                     ///< one group: all cells kept
  std::vector<double> deviations_, clips_;   ///< seurat_v3, by gene kept
  std::vector<double> means_, variances_;    ///< seurat_v3, by gene kept
  std::vector<double> clipped_squares_;      ///< Σ over cells of (min(x, clip) − mean)²
  std::vector<std::int32_t> place_of_gene_;  ///< in genes_, −1
};

}  // namespace gracevae::prepare
