#include "screen/screen.hpp"

#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "stats/row_means.hpp"

namespace gracevae::impl {

void ScreenOptions::bind(OptionTable& table) {
  table.add(
      "screen", "file", file,
      "The screen: an .h5ad, .h5mu, loom or 10x .h5 file, a Matrix Market file or folder, zarr, or a dense table.");
  table.add("screen", "matrix", matrix,
            "Matrix of an .h5ad: X, raw, or layers/NAME. Empty: X, and where it is absent the only other one.");
  table.add(
      "screen", "labels_file", labels_file,
      "Table (.csv, .tsv; .gz as well) whose columns are joined to obs, by cell name or as screen.cell_names says. Several "
      "are separated by commas. Empty: none.");
  table.add(
      "screen", "genes_in_rows", genes_in_rows,
      "A dense table, or a Matrix Market file with as many genes as cells, has a row for each gene and a column for each "
      "cell. Of a table it is found by the names where these tell. Ignored for other files.");
  table.add("screen", "label_column", label_column,
            "Column of obs with the label of each cell. auto: found by names and content.");
  table.add(
      "screen", "control", control,
      "Labels of unperturbed cells, several between commas. A star stands for any characters. May be the empty string. "
      "auto: found in the column.");
  table.add(
      "screen", "separator", separator,
      "What stands between the targets of one label. Empty: every label is one target. auto: found in the labels.");
  table
      .add("screen", "missing_labels", missing_labels,
           "Cells without a label (blank, NaN, *, multiplet, unassigned, …): an error, or drop to leave them out.")
      .one_of({"error", "drop"});
  table.add(
      "screen", "gene_column", gene_column,
      "Column of var with gene symbols, or index for var's index. Empty: the one that holds symbols and most of the "
      "targets; of equals gene_symbols, gene_name, feature_name, gene_symbol, symbol, else the index.");
  table.add(
      "screen", "aliases", aliases,
      "Table of old names and aliases of genes: HGNC's download (columns symbol, alias_symbol, prev_symbol, "
      "ensembl_gene_id), or two columns, old and new name. Targets and the networks' names that are no gene are looked up "
      "in it; names that could be two genes are left alone. Empty: none.");
  table
      .add(
          "screen", "repeated_genes", repeated_genes,
          "Several genes of one symbol. sum: added up (values on a log1p scale on the linear one). first: the first is "
          "kept. keep-ids: each goes by its id. error: the screen is refused.")
      .one_of({"sum", "first", "keep-ids", "error"});
  table.add("screen", "cell_list", cell_list,
            "The names of the cells of a .mtx file, one a line in the matrix's order. Empty: found beside it.");
  table.add("screen", "gene_list", gene_list,
            "The genes of a .mtx file, one a line in the matrix's order. Empty: found beside it.");
  table.add("screen", "modality", modality,
            "Modality of an .h5mu file that holds the genes. Empty: rna, else the only one.");
  table.add(
      "screen", "cell_names", cell_names,
      "How screen.labels_file is matched with the cells. auto: by name, else by the one change of names that makes them "
      "fit, which is said. exact: by name alone. order: row i is cell i. Anything else is a regular expression: "
      "names are compared by its first group.");
  table.add(
      "screen", "guides", guides,
      "From guides to targets. auto: names such as KLF1_1, sgKLF1-2 and KLF1g2 are read as KLF1 where that is a "
      "known gene. none: labels are targets as they stand. A file: its columns guide and target. Anything else is "
      "a regular expression whose first group is the target.");
  table.add("screen", "guide_calls", guide_calls,
            "Cell Ranger's protospacer_calls_per_cell.csv, or a table of the same columns: the guides of every cell. "
            "Empty: none.");
  table.add("screen", "guide_counts", guide_counts,
            "Counts of guides in the same cells, from which calls are made. features: those of the type CRISPR Guide "
            "Capture of the screen itself. obsm/NAME: of its obsm. A modality of its .h5mu. Else a .mtx file or a 10x "
            "folder. Empty: none.");
  table.add(
      "screen", "guide_list", guide_list,
      "The guides of a .mtx file given with screen.guide_counts, one a line in the matrix's order. Empty: found beside "
      "it, else the order of the table given with screen.guides.");
  table
      .add(
          "screen", "guide_rule", guide_rule,
          "How counts of guides become calls (docs/your-data.md). threshold: at least screen.guide_min_umis. cellranger: two "
          "normal distributions of log10 counts. poisson-gauss: background Poisson, signal normal on log2 counts. auto: "
          "poisson-gauss.")
      .one_of({"auto", "threshold", "cellranger", "poisson-gauss"});
  table
      .add("screen", "guide_min_umis", guide_min_umis,
           "Least count of a guide that is called, with every rule of screen.guide_rule.")
      .at_least(1);
  table.add(
      "screen", "covariates", covariates,
      "Columns of obs with what else differs between cells, as words: batch, donor, treatment. Control cells are drawn, "
      "effects measured and scores taken among cells that agree in all of them; the model is told of them.");
  table.add(
      "screen", "continuous_covariates", continuous_covariates,
      "Columns of obs with numbers that differ between cells: dose, time. The model is told of them; cells are compared "
      "whatever they are.");
  table
      .add(
          "screen", "packed", packed,
          "Folder of packed copies of screens, which are mapped into memory instead of reading the file; processes that "
          "use one copy share its memory. train.backed makes the copy where it is missing. Empty: none.")
      .free_of_results();
}

std::vector<std::string*> ScreenOptions::files() {
  std::vector<std::string*> files{&file, &labels_file, &aliases, &cell_list, &gene_list, &guide_calls, &guide_list};
  std::error_code ignored;
  for (std::string* maybe : {&guides, &guide_counts})  // a word, an expression or a file
    if (std::filesystem::exists(*maybe, ignored)) files.push_back(maybe);
  return files;
}

ScreenOptions resolved(const ScreenOptions& options, const Screen& screen) {
  ScreenOptions result = options;
  result.label_column = screen.dialect.column;
  result.control = screen.dialect.control;
  result.separator = screen.dialect.separator;
  return result;
}

std::vector<std::string> targets_of(const Screen& screen) {
  std::set<std::string> targets;
  for (const Regime& regime : screen.regimes) targets.insert(regime.targets.begin(), regime.targets.end());
  return {targets.begin(), targets.end()};
}

std::int32_t Screen::find_regime(const std::vector<std::string>& targets) const {
  for (std::size_t k = 0; k < regimes.size(); ++k)
    if (regimes[k].targets == targets) return static_cast<std::int32_t>(k);
  return -1;
}

Matrix<float> dense_rows(const Screen& screen, std::span<const std::int64_t> cells) {
  Matrix<float> rows(static_cast<std::int64_t>(cells.size()), screen.n_genes());
  const CsrView<float> values = screen.rows();
  for (std::size_t i = 0; i < cells.size(); ++i) values.copy_row(cells[i], rows.row(static_cast<std::int64_t>(i)));
  return rows;
}

std::vector<double> mean_of_cells(const Screen& screen, std::span<const std::int64_t> cells) {
  std::vector<double> mean = mean_of_rows(screen.rows(), cells);
  screen.release_rows();
  return mean;
}

}  // namespace gracevae::impl
