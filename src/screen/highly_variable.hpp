#pragma once
/// @file Which genes vary more between cells than genes of their mean do.
#include <cstdint>
#include <span>
#include <vector>

namespace gracevae::impl {

/// scanpy's columns of var, one value a gene; lists that the flavour does not have are empty.
struct HighlyVariable {
  std::vector<double> means;             ///< seurat: log(1 + mean of normalised counts); seurat_v3: mean of counts
  std::vector<double> dispersions;       ///< seurat: log(variance/mean), NaN for constant genes
  std::vector<double> dispersions_norm;  ///< seurat: standardised within its bin of means
  std::vector<double> variances;         ///< seurat_v3: of counts
  std::vector<double> variances_norm;    ///< seurat_v3: of counts standardised by the trend and clipped
  std::vector<double> rank;              ///< seurat_v3: from 0, NaN beyond the genes chosen
  std::vector<bool> chosen;
  /// dispersions_norm or variances_norm of the last gene chosen; NaN when none was.
  double cut_off = 0;

  std::int64_t n_chosen() const;
};

/// Flavour `seurat` from moments (n−1) of normalised counts, not of their logarithms: log(variance/mean), standardised
/// by mean and standard deviation over the genes of its bin, 20 bins of equal width in log(1 + mean) (pandas.cut). A
/// gene alone in its bin gets 1; constant genes get NaN and are not chosen. Chosen are the genes that reach the
/// n_top-th largest value, ties with it included. Satija et al. 2015; scanpy's definition.
HighlyVariable highly_variable_seurat(std::span<const double> means, std::span<const double> variances,
                                      std::int64_t n_top);

/// The trend of seurat_v3: standard deviation expected of a gene of this mean, from loess(log10 variance ~ log10 mean),
/// span 0.3, over the genes that vary; 1 for constant genes. Moments (n−1) of raw counts. InputError with too few genes
/// (13 or less) or too many of the same mean.
std::vector<double> expected_deviations(std::span<const double> means, std::span<const double> variances);

/// Where seurat_v3 clips counts: mean + √n_cells · expected deviation.
std::vector<double> clip_values(std::span<const double> means, std::span<const double> deviations,
                                std::int64_t n_cells);

/// What seurat_v3 needs of the cells, gene by gene.
struct CountMoments {
  std::span<const double> means, variances;  ///< of raw counts, n−1
  std::span<const double> deviations;        ///< expected_deviations
  std::span<const double> clipped_squares;   ///< Σ over cells of (min(count, clip) − mean)², zeros included
  std::int64_t n_cells = 0;
};

/// Flavour `seurat_v3`: variances_norm = Σ(min(count, clip) − mean)² / ((n−1)·deviation²); chosen are the n_top
/// largest, ties by column. Stuart et al. 2019; scanpy's definition without batches.
HighlyVariable highly_variable_seurat_v3(const CountMoments& moments, std::int64_t n_top);

}  // namespace gracevae::impl
