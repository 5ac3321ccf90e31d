#pragma once
/// @file What prepare's choice of highly variable genes needs of the cells. For prepare*.cpp only.
#include <vector>

#include "screen/highly_variable.hpp"
#include "screen/prepare_filters.hpp"
#include "stats/group_moments.hpp"

namespace gracevae::impl::prepare {

/// Filled cell by cell. Does nothing for flavour none.
class GeneVariation {
 public:
  explicit GeneVariation(const PrepareInput& input);

  /// Adds the next kept cell in the first pass: what does not depend on its total.
  void add(const CellRow& row);
  /// Whether another pass is needed, with totals (seurat, of counts) or clipping (seurat_v3).
  bool needs_shares() const { return input_.options.scales() && input_.wants("seurat"); }
  bool clips() const { return input_.wants("seurat_v3"); }
  /// Moments of counts/total: times the common total, which need not be known yet, those of normalised counts.
  void add_shares(const CellRow& row, double total);
  /// After the first pass.
  void start_clipping(const RowFilter& filter);
  void add_clipped(const CellRow& row);

  /// Chooses among the kept genes; `scaled_to` is the common total. Empty lists for flavour none.
  HighlyVariable choose(const RowFilter& filter, double scaled_to) const;

 private:
  /// Of seurat_v3, for every kept gene.
  struct Clipping {
    std::vector<double> means, variances, deviations, clips;
    std::vector<double> squares;              ///< Σ over cells of (min(x, clip) − mean)²
    std::vector<std::int32_t> index_of_gene;  ///< for every gene of the file; −1: not kept
  };

  const PrepareInput& input_;
  GroupMoments moments_;  ///< one group: all kept cells
  Clipping clipping_;
};

}  // namespace gracevae::impl::prepare
