#include "base/error.hpp"
#include "screen/prepare.hpp"

namespace gracevae {

void PrepareOptions::bind(OptionTable& table) {
  const std::string section = "prepare";
  table.add(section, "min_genes", min_genes, "Cells with fewer genes above zero are left out; 0 = none are.")
      .at_least(0);
  table
      .add(section, "min_cells", min_cells,
           "Genes that are above zero in fewer of the cells kept are left out; 0 = none are.")
      .at_least(0);
  table
      .add(section, "total", total,
           "Total that every cell is scaled to before log1p; 0 = the median over the cells kept. Ignored with "
           "no_normalise.")
      .at_least(0);
  table.add(
      section, "no_normalise", no_normalise,
      "The values are on a log1p scale already: they are neither scaled nor transformed, only filtered, chosen and "
      "tested.");
  table
      .add(section, "highly_variable", highly_variable,
           "Which genes are written. seurat: the largest dispersion among genes of like mean, on normalised counts. "
           "seurat_v3: the largest variance of counts above the trend. none: all genes that the filter kept.")
      .one_of({"seurat", "seurat_v3", "none"});
  table.add(section, "n_top_genes", n_top_genes, "Highly variable genes to write. Ignored with none.").at_least(1);
  table.add(section, "keep_targets", keep_targets,
            "Targets that are measured and pass min_cells are written though they are not highly variable.");
  table
      .add(
          section, "de_method", de_method,
          "Test of every condition against control. welch: Welch's t. wilcoxon: rank sums, normal approximation. none: "
          "no test.")
      .one_of({"welch", "wilcoxon", "none"});
  table.add(section, "no_tie_correction", no_tie_correction,
            "Wilcoxon's variance without the correction for ties, which is scanpy's default. Ignored by welch.");
  table
      .add(section, "de_genes", de_genes,
           "Genes of each condition in the table of DE genes, those with the largest absolute score; 0 = all.")
      .at_least(0);
  table
      .add(section, "wilcoxon_memory", wilcoxon_memory,
           "MiB for the values of one block of genes; the fewer, the more often the file is read. Ignored by welch.")
      .at_least(1)
      .free_of_results();
}

void PrepareOptions::validate() const {
  if (no_normalise && highly_variable == "seurat_v3")
    throw ConfigError("--highly-variable seurat_v3 takes raw counts, and --no-normalise says that the values are none",
                      "take --highly-variable seurat, or name the matrix with the counts (--matrix)");
}

}  // namespace gracevae
