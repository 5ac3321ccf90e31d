#include "io/matrix_market.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/error.hpp"
#include "io/matrix_market_entries.hpp"
#include "io/matrix_market_files.hpp"
#include "io/matrix_market_names.hpp"
#include "io/matrix_market_rows.hpp"

namespace gracevae::impl {

namespace {

/// Whether the file's rows are genes, if its lists have the usual names.
bool genes_in_rows(const std::filesystem::path& matrix, const MatrixMarketFiles& files,
                   const MatrixMarketHeader& header, const CellSourceOptions& options, std::int64_t n_genes,
                   std::int64_t n_cells) {
  const bool genes_first = header.n_rows == n_genes && header.n_cols == n_cells;
  const bool cells_first = header.n_rows == n_cells && header.n_cols == n_genes;
  if (files.kb && cells_first) return false;
  const std::string place = line_place(matrix, header.line);
  const std::string lists = fmt::format("{} names {} genes and {} names {} cells", files.features.filename().string(),
                                        n_genes, files.barcodes.filename().string(), n_cells);
  if (genes_first && cells_first && !options.genes_in_rows)
    throw InputError(
        {.place = place,
         .found = fmt::format("{} x {}, and {}: rows could be genes or cells", header.n_rows, header.n_cols, lists)},
        "say that genes are in rows, as 10x writes it (screen.genes_in_rows); if they are not, transpose the "
        "matrix first");
  if (genes_first) return true;
  if (cells_first) return false;
  const bool title = (header.n_rows == n_genes - 1 && header.n_cols == n_cells) ||
                     (header.n_rows == n_genes && header.n_cols == n_cells - 1) ||
                     (header.n_rows == n_genes - 1 && header.n_cols == n_cells - 1);
  throw InputError({.place = place,
                    .found = fmt::format("{} x {}", header.n_rows, header.n_cols),
                    .expected = fmt::format("{} x {} (genes x cells), as {}", n_genes, n_cells, lists)},
                   title ? "one name too many: has the list a title line? Remove it"
                         : "take the three files from the same folder");
}

/// Whether lists of these sizes fit the matrix.
bool fit(const MatrixMarketHeader& header, const MatrixNames& names) {
  const auto n_genes = std::ssize(names.var.index), n_cells = std::ssize(names.cells);
  return (header.n_rows == n_genes && header.n_cols == n_cells) ||
         (header.n_rows == n_cells && header.n_cols == n_genes);
}

/// kb's second list: the symbols.
void add_symbols(const MatrixMarketFiles& files, DataFrame& var) {
  if (files.symbols.empty()) return;
  auto symbols = read_barcodes(files.symbols);
  if (symbols.size() != var.index.size())
    throw InputError({.place = files.symbols.string(),
                      .found = fmt::format("names {} genes", symbols.size()),
                      .expected = fmt::format("{} as {}", var.index.size(), files.features.filename().string())},
                     "take the files of one run of kb");
  var.add("gene_symbols", std::move(symbols));
}

/// Names from the usual lists, else from other files beside the matrix or from the options.
MatrixNames names_of(const std::filesystem::path& matrix, const MatrixMarketFiles& files,
                     const MatrixMarketHeader& header, const CellSourceOptions& options) {
  if (!files.are_found()) return names_by_content(matrix, header, options);
  MatrixNames names;
  names.var = read_features(files.features);
  names.cells = read_barcodes(files.barcodes);
  add_symbols(files, names.var);
  // The lists belong to another matrix in the same folder.
  const bool usual_name = matrix.filename().string().find("matrix.mtx") != std::string::npos;
  if (!usual_name && !files.kb && !fit(header, names)) return names_by_content(matrix, header, options);
  names.genes_in_rows =
      genes_in_rows(matrix, files, header, options, std::ssize(names.var.index), std::ssize(names.cells));
  return names;
}

}  // namespace

CellSource open_matrix_market(const std::filesystem::path& folder_or_file, const CellSourceOptions& options) {
  if (!options.matrix.empty() && options.matrix != "X")
    throw ConfigError({.place = folder_or_file.string(),
                       .found = fmt::format("has no matrix '{}', a Matrix Market file holds one", options.matrix)},
                      "leave the option away, or give another .mtx file");
  const std::filesystem::path matrix = find_matrix(folder_or_file);
  const bool are_given = !options.gene_list.empty() || !options.cell_list.empty();
  const MatrixMarketFiles files = are_given ? MatrixMarketFiles{} : find_lists(matrix);
  const MatrixMarketHeader header = MatrixMarketReader(matrix).header();
  MatrixNames names = names_of(matrix, files, header, options);
  CellSource source;
  source.path = folder_or_file.string();
  source.format = !files.are_found() ? "Matrix Market"
                  : files.kb         ? "Matrix Market (kb)"
                  : files.v3         ? "10x Matrix Market (v3)"
                                     : "10x Matrix Market (v2)";
  source.matrix = matrix.filename().string();
  source.encoding = "matrix market";
  MatrixMarketLayout layout;
  layout.n_cells = std::ssize(names.cells);
  layout.n_genes = std::ssize(names.var.index);
  layout.genes_in_rows = names.genes_in_rows;
  layout.column_of_gene.resize(names.var.index.size());
  std::iota(layout.column_of_gene.begin(), layout.column_of_gene.end(), 0);
  source.rows = rows_in_memory(read_matrix_market_rows(matrix, layout));
  source.obs.index = std::move(names.cells);
  source.var = std::move(names.var);
  return source;
}

}  // namespace gracevae::impl
