#pragma once
/// @file Which cells and genes prepare leaves out when nobody says, and what that costs. For prepare*.cpp only.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "screen/prepare.hpp"

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
/// that keeps 95 % of all cells and of control's, and four fifths of every such condition, when nobody asked for the
/// threshold (`automatic`); else a warning that names the conditions, as for smaller conditions. Returns the warnings.
/// `place` names the matrix.
/// @test tests/unit/screen/prepare_filters_test.cpp
std::vector<std::string> check_losses(const PrepareLabels& labels, const GenesOfCells& genes, std::int64_t min_genes,
                                      bool automatic, const std::string& place);

inline constexpr std::int64_t kSmallCondition = 10;  ///< conditions of fewer cells lose a fifth by chance

}  // namespace gracevae::impl::prepare
