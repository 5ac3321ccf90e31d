#include "io/matrix_market.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/matrix_market_entries.hpp"
#include "io/matrix_market_files.hpp"
#include "io/matrix_market_rows.hpp"

namespace gracevae {

namespace {

/// Whether the file's rows are genes.
bool genes_in_rows(const MatrixMarketFiles& files, const MatrixMarketHeader& header, const CellSourceOptions& options,
                   std::int64_t n_genes, std::int64_t n_cells) {
  const bool genes_first = header.n_rows == n_genes && header.n_cols == n_cells;
  const bool cells_first = header.n_rows == n_cells && header.n_cols == n_genes;
  const std::string place = line_place(files.matrix, header.line);
  const std::string lists = fmt::format("{} names {} genes and {} names {} cells", files.features.filename().string(),
                                        n_genes, files.barcodes.filename().string(), n_cells);
  if (genes_first && cells_first && !options.genes_in_rows)
    throw InputError(fmt::format("{}: {} x {}, and {}: rows could be genes or cells", place, header.n_rows,
                                 header.n_cols, lists),
                     "say that genes are in rows, as 10x writes it; if they are not, transpose the matrix first");
  if (genes_first) return true;
  if (cells_first) return false;
  const bool title = (header.n_rows == n_genes - 1 && header.n_cols == n_cells) ||
                     (header.n_rows == n_genes && header.n_cols == n_cells - 1) ||
                     (header.n_rows == n_genes - 1 && header.n_cols == n_cells - 1);
  throw InputError(fmt::format("{}: {} x {}, expected {} x {} (genes x cells), as {}", place, header.n_rows,
                               header.n_cols, n_genes, n_cells, lists),
                   title ? "one name too many: has the list a title line? Remove it"
                         : "take the three files from the same folder");
}

}  // namespace

CellSource open_matrix_market(const std::filesystem::path& folder_or_file, const CellSourceOptions& options) {
  if (!options.matrix.empty() && options.matrix != "X")
    throw ConfigError(fmt::format("{}: has no matrix '{}', a Matrix Market file holds one", folder_or_file.string(),
                                  options.matrix),
                      "leave the option away, or give another .mtx file");
  const MatrixMarketFiles files = find_matrix_market(folder_or_file);
  FeatureList features = read_features(files.features);
  CellSource source;
  source.path = folder_or_file.string();
  source.format = files.v3 ? "10x Matrix Market (v3)" : "10x Matrix Market (v2)";
  source.matrix = files.matrix.filename().string();
  source.encoding = "matrix market";
  source.matrices = {"X"};
  source.obs.index = read_barcodes(files.barcodes);

  const MatrixMarketHeader header = MatrixMarketReader(files.matrix).header();
  MatrixMarketLayout layout;
  layout.n_cells = static_cast<std::int64_t>(source.obs.index.size());
  layout.n_genes = static_cast<std::int64_t>(features.ids.size());
  layout.genes_in_rows =
      genes_in_rows(files, header, options, static_cast<std::int64_t>(features.column_of_gene.size()), layout.n_cells);
  layout.column_of_gene = std::move(features.column_of_gene);
  source.rows = rows_in_memory(read_matrix_market_rows(files.matrix, layout));
  source.var.index = std::move(features.ids);
  if (!features.symbols.empty()) source.var.add("gene_symbols", std::move(features.symbols));
  return source;
}

}  // namespace gracevae
