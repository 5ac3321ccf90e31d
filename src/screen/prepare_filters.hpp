#pragma once
/// @file Which cells and genes prepare keeps, its automatic thresholds, and what they cost. For prepare*.cpp only.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "screen/prepare_input.hpp"

namespace gracevae::impl::prepare {

/// Smallest numbers of genes above zero in a cell, and of cells that have a gene.
struct FilterThresholds {
  std::int64_t min_genes = 0, min_cells = 0;
  std::string why;  ///< in a few words
};

inline constexpr std::int64_t kTranscriptomeMinGenes = 200, kTranscriptomeMinCells = 3;

/// The rule behind "automatic": a screen with fewer than 2,000 genes above zero anywhere, or fewer than 100 in its
/// median cell, is a targeted panel (or a selection of genes); all others are transcriptomes. Transcriptome: 200 genes
/// a cell, 3 cells a gene. Panel: a tenth of the median cell's genes, at least 1 and at most 200; 1 cell a gene.
/// @test tests/unit/screen/prepare_filters_test.cpp
FilterThresholds automatic_thresholds(std::int64_t n_genes, double median_genes);

/// Genes above zero in every cell of the file, −1 for cells without a regime.
using GenesOfCells = std::vector<std::int32_t>;

/// The median over the cells with a regime; 0 without any.
double median_genes(const GenesOfCells& genes);

/// Looks at the cells that have fewer than `min_genes` genes. More than a fifth of all cells, of control's or of those
/// of a condition of at least kSmallCondition cells: InputError with quantiles of the genes of a cell and a --min-genes
/// that keeps 95 % of all cells and of control's, and four fifths of every such condition, if the threshold was
/// not asked for (`automatic`); else a warning that names the conditions, as for smaller conditions. Returns the
/// warnings. `place` names the matrix.
/// @test tests/unit/screen/prepare_filters_test.cpp
std::vector<std::string> check_losses(const PrepareLabels& labels, const GenesOfCells& genes, std::int64_t min_genes,
                                      bool automatic, const std::string& place);

inline constexpr std::int64_t kSmallCondition = 10;  ///< conditions of fewer cells lose a fifth by chance

/// Which cells and genes are kept. Cells without a regime are ignored.
class RowFilter {
 public:
  explicit RowFilter(const PrepareInput& input);

  /// Adds the next cell; true if it is kept: it has at least `min_genes` genes above zero.
  bool add(const CellRow& row, std::int64_t min_genes);
  /// After all cells. @throws InputError no cell is kept
  void require_cells(std::int64_t min_genes) const;
  /// Keeps the genes that at least `min_cells` of the kept cells have. @throws InputError no gene is kept
  void keep_genes(std::int64_t min_cells);

  std::int64_t n_genes_seen() const;  ///< genes above zero in any cell
  const GenesOfCells& genes_of_cells() const { return genes_of_cell_; }
  bool keeps_cell(std::int64_t cell) const { return keeps_cell_[static_cast<std::size_t>(cell)] != 0; }
  const std::vector<std::int64_t>& cells() const { return cells_; }  ///< kept, ascending
  const std::vector<std::int32_t>& genes() const { return genes_; }  ///< kept, ascending; after keep_genes

 private:
  const PrepareInput& input_;
  std::vector<char> keeps_cell_, is_seen_;
  GenesOfCells genes_of_cell_;
  std::int64_t most_genes_ = 0;              ///< of any cell
  std::vector<std::int64_t> cells_of_gene_;  ///< of the kept ones
  std::vector<std::int64_t> cells_;
  std::vector<std::int32_t> genes_;
};

}  // namespace gracevae::impl::prepare
