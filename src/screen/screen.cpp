#include "screen/screen.hpp"

#include <set>

#include "base/error.hpp"

namespace gracevae {

void ScreenOptions::bind(OptionTable& table) {
  table.add("screen", "file", file,
            "The screen: an .h5ad file, a 10x Matrix Market folder, or a dense table (.csv, .tsv; .gz as well).");
  table.add("screen", "matrix", matrix,
            "Matrix of an .h5ad: X, raw, or layers/NAME. Empty: X, and where it is absent the only other one.");
  table.add("screen", "labels_file", labels_file,
            "Table (.csv, .tsv; .gz as well) whose columns are joined to obs by cell name. Empty: none.");
  table.add(
      "screen", "genes_in_rows", genes_in_rows,
      "A dense table, or a Matrix Market file with as many genes as cells, has a row for each gene and a column for each "
      "cell. Ignored for other files.");
  table.add("screen", "label_column", label_column,
            "Column of obs with the label of each cell. auto: found by names and content.");
  table.add(
      "screen", "control", control,
      "Label of unperturbed cells. May be the empty string. With a star at its end it stands for every label that "
      "begins so. auto: found in the column.");
  table.add(
      "screen", "separator", separator,
      "What stands between the targets of one label. Empty: every label is one target. auto: found in the labels.");
  table
      .add("screen", "missing_labels", missing_labels,
           "Cells without a label: an error, or drop to leave them out of the screen.")
      .one_of({"error", "drop"});
  table.add(
      "screen", "gene_column", gene_column,
      "Column of var with gene symbols, or index for var's index. Empty: gene_symbols, gene_name, feature_name or "
      "gene_symbol, the first that is there, else the index.");
  table.add(
      "screen", "aliases", aliases,
      "Table of old names and aliases of genes: HGNC's download (columns symbol, alias_symbol, prev_symbol, "
      "ensembl_gene_id), or two columns, old and new name. Targets and the networks' names that are no gene are looked up "
      "in it; names that could be two genes are left alone. Empty: none.");
  table
      .add(
          "screen", "packed", packed,
          "Folder of packed copies of screens, which are mapped into memory instead of reading the file; processes that "
          "use one copy share its memory. --backed makes the copy where it is missing. Empty: none.")
      .free_of_results();
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
  GRACEVAE_CHECK(!cells.empty(), "the mean of no cells");
  std::vector<double> mean(static_cast<std::size_t>(screen.n_genes()), 0.0);
  const CsrView<float> rows = screen.rows();
  for (const std::int64_t cell : cells) {
    const auto columns = rows.row_indices(cell);
    const auto values = rows.row_values(cell);
    for (std::size_t k = 0; k < columns.size(); ++k)
      mean[static_cast<std::size_t>(columns[k])] += static_cast<double>(values[k]);
  }
  for (double& value : mean) value /= static_cast<double>(cells.size());
  screen.release_rows();
  return mean;
}

}  // namespace gracevae
