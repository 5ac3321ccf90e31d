#include "io/guide_matrix.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/error.hpp"
#include "io/matrix_market_entries.hpp"
#include "io/matrix_market_rows.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

/// The file's name without .gz and .mtx.
std::string stem_of(const fs::path& matrix) {
  std::string name = matrix.filename().string();
  for (const std::string_view ending : {".gz", ".mtx"})
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

/// The file or its .gz; "" if there is neither.
fs::path plain_or_gzip(const fs::path& path) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"})
    if (fs::path candidate = path.string() + ending; fs::is_regular_file(candidate, ignored)) return candidate;
  return {};
}

}  // namespace

bool has_lists_beside(const fs::path& matrix) {
  constexpr std::string_view kMatrix = "matrix";
  std::string prefix = stem_of(matrix);
  if (!prefix.ends_with(kMatrix)) return false;
  prefix.resize(prefix.size() - kMatrix.size());
  const auto stands = [&](const char* name) { return !plain_or_gzip(matrix.parent_path() / (prefix + name)).empty(); };
  return stands("barcodes.tsv") && (stands("features.tsv") || stands("genes.tsv"));
}

fs::path guide_list_beside(const fs::path& matrix) {
  for (const char* join : {"_", "."})
    for (const char* what : {"guides", "features", "names"})
      for (const char* ending : {".txt", ".tsv", ".csv"})
        if (fs::path list = plain_or_gzip(matrix.parent_path() / (stem_of(matrix) + join + what + ending));
            !list.empty())
          return list;
  return {};
}

GuideMatrix read_guide_matrix(const fs::path& matrix, std::int64_t n_cells,
                              const std::function<std::vector<std::string>(std::int64_t n_guides)>& name_guides) {
  const MatrixMarketHeader header = MatrixMarketReader(matrix).header();
  const std::string place = line_place(matrix, header.line);
  if (header.n_rows == n_cells && header.n_cols == n_cells)
    throw InputError({.place = place,
                      .found = fmt::format("{} x {}, and the screen has {} cells: rows could be guides or cells",
                                           header.n_rows, header.n_cols, n_cells)},
                     "give the folder with matrix.mtx, barcodes.tsv and features.tsv instead");
  if (header.n_rows != n_cells && header.n_cols != n_cells)
    throw InputError(
        {.place = place,
         .found = fmt::format(
             "{} x {}, but the screen has {} cells, and without barcodes beside it the matrix must have a column or a row for each, in its order",
             header.n_rows, header.n_cols, n_cells)},
        "give the folder with matrix.mtx, barcodes.tsv and features.tsv of the guides: cells are then matched by name");
  GuideMatrix result;
  result.guides_in_rows = header.n_cols == n_cells;
  MatrixMarketLayout layout;
  layout.genes_in_rows = result.guides_in_rows;
  layout.n_genes = result.guides_in_rows ? header.n_rows : header.n_cols;
  layout.n_cells = n_cells;
  result.guides = name_guides(layout.n_genes);
  GRACEVAE_CHECK(std::ssize(result.guides) == layout.n_genes, "a name for every guide");
  layout.column_of_gene.resize(result.guides.size());
  std::iota(layout.column_of_gene.begin(), layout.column_of_gene.end(), 0);
  result.counts = read_matrix_market_rows(matrix, layout);
  return result;
}

}  // namespace gracevae::impl
