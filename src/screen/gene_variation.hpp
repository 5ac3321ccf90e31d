#pragma once
/// @file What prepare's choice of highly variable genes needs of the cells. For prepare*.cpp only.
#include <vector>

#include "screen/group_moments.hpp"
#include "screen/highly_variable.hpp"
#include "screen/prepare_filters.hpp"

namespace gracevae::impl::prepare {

/// Collected as the cells come by. Nothing for flavour none.
class GeneVariation {
 public:
  explicit GeneVariation(const PrepareInput& input);

  /// The next cell that stays, in the first pass: what needs no total of the cell.
  void add(const CellRow& row);
  /// Whether cells come by once more, with their totals (seurat, of counts) or to be clipped (seurat_v3).
  bool needs_shares() const { return input_.options.scales() && input_.wants("seurat"); }
  bool clips() const { return input_.wants("seurat_v3"); }
  /// Moments of counts/total: those of normalised counts are these times the common total, which need not be known.
  void add_shares(const CellRow& row, double total);
  /// Once all moments of counts are there.
  void start_clipping(const RowFilter& filter);
  void add_clipped(const CellRow& row);

  /// Among the genes that stay; `scaled_to` is the common total, for needs_shares. Empty lists for flavour none.
  HighlyVariable choose(const RowFilter& filter, double scaled_to) const;

 private:
  /// Of seurat_v3, by gene that stays.
  struct Clipping {
    std::vector<double> means, variances, deviations, clips;
    std::vector<double> squares;              ///< Σ over cells of (min(x, clip) − mean)²
    std::vector<std::int32_t> index_of_gene;  ///< of every gene of the file; −1: it does not stay
  };

  const PrepareInput& input_;
  GroupMoments moments_;  ///< one group: all cells that stay
  Clipping clipping_;
};

}  // namespace gracevae::impl::prepare
