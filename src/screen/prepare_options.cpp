#include "base/error.hpp"
#include "screen/differential.hpp"
#include "screen/prepare.hpp"

namespace gracevae::impl {

void PrepareOptions::bind(OptionTable& table) {
  const std::string section = "prepare";
  table
      .add(
          section, "min_genes", min_genes,
          "Cells with fewer genes above zero are left out; 0 = none are. -1: by what is there, 200 for a transcriptome, "
          "a tenth of the median cell's genes for a targeted panel; that may not cost more than a fifth of the cells, "
          "of control's or of a condition's.")
      .at_least(kAutomatic);
  table
      .add(
          section, "min_cells", min_cells,
          "Genes that are above zero in fewer of the cells kept are left out; 0 = none are. -1: by what is there, 3 for "
          "a transcriptome, 1 for a targeted panel.")
      .at_least(kAutomatic);
  table
      .add(section, "total", total,
           "Total that every cell is scaled to before log1p; 0 = the median over the cells kept. Ignored with "
           "no_normalise and log_only.")
      .at_least(0);
  table.add(section, "size_factors", size_factors,
            "Column of obs with the total counts of each cell, by which it is scaled instead of by its total over the "
            "genes here: for a panel, whose total says less of a cell's depth than of what the panel measures.");
  table
      .add(
          section, "dominant_share", dominant_share,
          "Genes that hold more than this share of the counts of any cell are left out of the cells' totals (not of the "
          "screen), as scanpy's exclude_highly_expressed does; 1 = none are.")
      .range(0.001, 1);
  table.add(
      section, "no_normalise", no_normalise,
      "The values are on a log1p scale already: they are neither scaled nor transformed, only filtered, chosen and "
      "tested.");
  table.add(
      section, "log_only", log_only,
      "The values are normalised but not logged: log1p is taken, and cells are not scaled. Refused for counts and "
      "for values that look like log1p already.");
  table
      .add(section, "highly_variable", highly_variable,
           "Which genes are written. seurat: the largest dispersion among genes of like mean, on normalised counts. "
           "seurat_v3: the largest variance of counts above the trend. none: all genes that the filter kept.")
      .one_of({"seurat", "seurat_v3", "none"});
  table.add(section, "n_top_genes", n_top_genes, "Highly variable genes to write. Ignored with none.").at_least(1);
  table.add(section, "keep_targets", keep_targets,
            "Targets that are measured and pass min_cells are written though they are not highly variable.");
  std::vector<std::string> methods = kDifferentialMethods;
  methods.emplace_back("none");
  table
      .add(
          section, "de_method", de_method,
          "Test of every condition against control. wilcoxon: rank sums, normal approximation. welch: Welch's t, scanpy's "
          "t-test. welch-overestimated: the same as if control had as few cells as the condition, scanpy's "
          "t-test_overestim_var. none: no test.")
      .one_of(std::move(methods));
  table
      .add(
          section, "variance_floor", variance_floor,
          "Smallest variance in Welch's tests. counts: that of Poisson counts of the gene's mean, without which a gene "
          "that a small condition has no count of seems certain. none: scanpy's numbers.")
      .one_of({"counts", "none"});
  table
      .add(section, "de_min_cells", de_min_cells,
           "Conditions of fewer cells get no DE genes: a test of so few says little.")
      .at_least(2);
  table.add(
      section, "no_tie_correction", no_tie_correction,
      "Wilcoxon's variance without the correction for ties, which is scanpy's default. Ignored by Welch's tests.");
  table
      .add(section, "de_genes", de_genes,
           "Genes of each condition in the table of DE genes, those with the largest absolute score; 0 = all.")
      .at_least(0);
  table
      .add(section, "wilcoxon_memory", wilcoxon_memory,
           "MiB for the values of one block of genes; the fewer, the more often the file is read. Ignored by Welch's "
           "tests.")
      .at_least(1)
      .free_of_results();
}

void PrepareOptions::validate() const {
  if (no_normalise && log_only)
    throw ConfigError(
        "prepare.no_normalise says that the values are on a log1p scale, and prepare.log_only that they are not",
        "leave one of them out");
  if (!scales()) {
    const std::string says = no_normalise ? "prepare.no_normalise" : "prepare.log_only";
    if (highly_variable == "seurat_v3")
      throw ConfigError("prepare.highly_variable seurat_v3 takes raw counts, and " + says +
                            " says that the values are none",
                        "take prepare.highly_variable seurat, or leave " + says +
                            " out and name the matrix with the counts (screen.matrix)");
    if (!size_factors.empty() || dominant_share < 1)
      throw ConfigError((size_factors.empty() ? "prepare.dominant_share" : "prepare.size_factors") +
                            (" scales cells, and " + says + " says that they are scaled already"),
                        "leave one of them out");
  }
  if (!size_factors.empty() && dominant_share < 1)
    throw ConfigError(
        "prepare.size_factors takes the totals of cells from obs, and prepare.dominant_share from some of the genes",
        "leave one of them out");
}

}  // namespace gracevae::impl
