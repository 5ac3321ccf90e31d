#pragma once
/// @file From a file of counts to a screen that can be trained on: filters, normalisation, log1p, highly variable
/// genes, differentially expressed genes of every condition.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "io/cell_source.hpp"

namespace gracevae::impl {

struct Screen;
struct UnreadScreen;

/// min_genes and min_cells that follow from the screen: automatic_thresholds() in prepare_filters.hpp.
inline constexpr std::int64_t kAutomatic = -1;

/// Section [prepare].
struct PrepareOptions {
  std::int64_t min_genes = kAutomatic;     ///< cells with fewer genes above zero are left out; 0 = none
  std::int64_t min_cells = kAutomatic;     ///< genes above zero in fewer of the cells kept are left out; 0 = none
  double total = 0;                        ///< total every cell is scaled to; 0 = the median over the cells kept
  std::string size_factors;                ///< obs column with the total counts of each cell; "" = over the genes kept
  double dominant_share = 1;               ///< genes with more of a cell's counts are left out of its total
  bool no_normalise = false;               ///< values are log1p already: neither scaled nor transformed
  bool log_only = false;                   ///< values are normalised already: transformed, not scaled
  std::string highly_variable = "seurat";  ///< seurat, seurat_v3 or none
  std::int64_t n_top_genes = 5000;         ///< highly variable genes; ignored with none
  bool keep_targets = false;               ///< targets stay though they are not highly variable
  std::string de_method = "wilcoxon";      ///< one of kDifferentialMethods, or none
  std::string variance_floor = "counts";   ///< of Welch's tests: as DifferentialOptions
  std::int64_t de_min_cells = 10;          ///< conditions of fewer cells are not tested
  bool no_tie_correction = false;          ///< of Wilcoxon's test
  std::int64_t de_genes = 100;             ///< genes a condition in the table, by |score|; 0 = all
  std::int64_t wilcoxon_memory = 512;      ///< MiB for the columns of one block of genes; ignored by welch

  void bind(OptionTable& table);
  /// ConfigError for options that contradict each other.
  void validate() const;
  /// Cells are scaled: the values are counts.
  bool scales() const { return !no_normalise && !log_only; }
};

/// Cells left out for the quality of their guide or of themselves (screen/quality_drop.hpp).
struct LeftOutCells {
  std::int64_t n_guides = 0, n_guide_cells = 0;  ///< guides, and their cells
  std::int64_t n_labels = 0, n_escapers = 0;     ///< labels with cells that look like control, and those cells
  std::string record;                            ///< JSON for uns/gracevae_quality; "" = nothing was asked for
};

/// What the labels and names of a screen say of its cells and genes, in the order of the file.
struct PrepareLabels {
  std::vector<std::string> regimes;          ///< canonical labels, control first
  std::vector<std::int32_t> regime_of_cell;  ///< for every cell of the file; −1: left out
  std::string column;                        ///< column of obs with the labels
  bool are_guides = false;                   ///< the column names guides: it is kept as guide
  std::vector<std::string> genes;            ///< symbols, for every column of the matrix: what targets are found in
  std::vector<std::string> targets;          ///< of all regimes, without repeats
  std::optional<double> log1p_base;          ///< of uns/log1p, where the file has it; e unless it says otherwise
  LeftOutCells left_out;                     ///< of the cells without a regime
};

/// Labels of a screen whose values were not read.
PrepareLabels labels_of(const Screen& screen);
/// The same for all `n_rows` rows of the file: cells that the screen leaves out have regime −1.
PrepareLabels labels_of(const UnreadScreen& unread, std::int64_t n_rows);

/// What was done, for people.
struct PrepareReport {
  std::string input, matrix, output, table;         ///< table: the long table of DE genes, "" = none
  std::int64_t n_cells = 0, n_genes = 0;            ///< of the input
  std::int64_t n_cells_kept = 0, n_genes_kept = 0;  ///< by the filters
  std::int64_t n_cells_unlabelled = 0;              ///< left out for want of a regime, before the filters
  LeftOutCells left_out;                            ///< besides
  std::int64_t n_genes_written = 0;
  std::int64_t min_genes = 0, min_cells = 0;  ///< as asked, or as they follow from the screen
  std::string thresholds_why;                 ///< what the screen was taken for; "" = both were asked for
  double total = 0;                           ///< that cells were scaled to; 0 = they were not
  std::vector<std::string> dominant;          ///< genes left out of the totals
  std::string highly_variable;
  std::int64_t n_highly_variable = 0;
  double cut_off = 0;                   ///< of the standardised dispersion or variance
  std::int64_t n_targets_measured = 0;  ///< targets that are genes of the input
  std::int64_t n_targets_written = 0;   ///< of them, in the output
  std::int64_t n_targets_added = 0;     ///< of them, not highly variable: kept because asked for
  std::string de_method;
  std::vector<std::int64_t> de_counts;  ///< genes with adjusted p below 0.05, for every condition tested
  std::vector<std::string> untested;    ///< conditions of too few cells
  bool has_records = false;             ///< uns/rank_genes_groups was written
  std::vector<std::string> warnings;
};

/// Prepares a screen, reading its rows two or three times (once more for thresholds that follow from a panel, for
/// dominant genes and for every block of genes of Wilcoxon's test) and never holding more than a block of them: memory
/// is O(cells + genes + regimes · genes written + block).
///
/// Order and definitions are scanpy's: filter_cells, filter_genes (over the cells kept), normalize_total (totals over
/// the genes kept, with dominant_share without those of exclude_highly_expressed, or those of a column of obs; median
/// over cells with a total above zero; cells without counts stay zero), log1p in natural logarithms,
/// highly_variable_genes over the genes kept, of which only the chosen are written, rank_genes_groups against control
/// on the values written, Welch's with a floor of the variance unless told otherwise (WelchOptions::floor; what one
/// count is: a typical cell's, of values that are scaled already its smallest).
///
/// The file `output` (.h5ad): X csr float32; obs and var as the input's with the rows that stay; var: highly_variable
/// and the columns of HighlyVariable; uns/log1p/base, uns/hvg/flavor, uns/rank_genes_groups with all genes by
/// descending score, unless there are more conditions than a table of records can name (some 900);
/// uns/gracevae/prepare: the options as JSON, with the thresholds that were taken; uns/gracevae_quality: what was left
/// out for quality, if that was asked for. Where regimes are not what the label column says word by word, obs has
/// gracevae_regime too, which rank_genes_groups then refers to. Beside it OUTPUT-without-extension.de.tsv: condition,
/// rank, gene, gene_id, score, log2_fold_change, p_value, p_adjusted of the genes with the largest |score|. Both appear
/// whole or not at all.
///
/// @throws InputError values that are no counts (not whole or negative; with the cell and gene, and what to do), or for
///         log_only not normalised ones; no cell, gene or count left, no control cell left; a threshold that nobody
///         asked for and that costs more than a fifth (check_losses); totals that are none; Interrupted on request:
///         nothing is left
PrepareReport prepare_screen(CellSource& source, const PrepareLabels& labels, const PrepareOptions& options,
                             const std::filesystem::path& output);

/// The report as a table for the terminal, with the peak memory of this process.
std::string report_text(const PrepareReport& report, const PrepareOptions& options);

}  // namespace gracevae::impl
