#pragma once
/// @file A file of names, one per line, perhaps with other columns and a header; the content tells the columns apart.
/// Only for src/io.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// Lines of a list or table (CSV or TSV with quotes, plain or gzip).
struct NameTable {
  std::filesystem::path path;
  std::vector<std::vector<std::string>> lines;  ///< trimmed fields, the same number on all lines
  bool too_long = false;                        ///< there are more lines than the limit

  /// The line at which `n` names begin: 0, or 1 after a header; nullopt if the number of lines does not fit, the extra
  /// line is not a header, or all fields of the first of `n` lines are titles.
  std::optional<std::size_t> first_of(std::int64_t n) const;
};

/// Reads at most `most_lines`. If the header has one field less, as from R, it gets an empty one in front. @throws
/// InputError lines of different numbers of fields, and as DelimitedReader.
NameTable read_name_table(const std::filesystem::path& path, std::int64_t most_lines);

/// The names of the cells: the first column of distinct names that are not numbers, preferably one with a usual title.
/// Empty if there is none.
std::optional<std::vector<std::string>> cell_names(const NameTable& table, std::int64_t n_cells);

/// The genes: ids (Ensembl's, else the first names there are) as the index, symbols as gene_symbols, and feature_types.
/// Empty if no column holds names.
std::optional<DataFrame> gene_frame(const NameTable& table, std::int64_t n_genes);

/// How strongly the file's name and content suggest genes, or cells: 0 not at all, −1 the other kind.
int gene_rank(const NameTable& table, const std::string& name);
int cell_rank(const NameTable& table, const std::string& name);

}  // namespace gracevae::impl
