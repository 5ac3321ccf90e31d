#pragma once
/// @file A file of names, one a line, perhaps with other columns and a header: which column holds what is told by
/// content. Only for src/io.
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
  std::vector<std::vector<std::string>> lines;  ///< trimmed fields, all lines of as many
  bool too_long = false;                        ///< there are more lines than were to be read

  /// The line at which `n` names begin: 0, or 1 behind a header; nothing where the number of lines does not fit, the
  /// line too many is no header, or all of the first of `n` lines are titles.
  std::optional<std::size_t> first_of(std::int64_t n) const;
};

/// Reads at most `most_lines`. A last column that the header does not name is R's way: the header gets an empty field
/// in front. @throws InputError lines of other numbers of fields, and as DelimitedReader.
NameTable read_name_table(const std::filesystem::path& path, std::int64_t most_lines);

/// The names of the cells: the first column of names that are all different and no numbers, one with a usual title
/// before others. Nothing where there is none.
std::optional<std::vector<std::string>> cell_names(const NameTable& table, std::int64_t n_cells);

/// The genes: ids (Ensembl's, else the first names there are) as the index, symbols as gene_symbols, and feature_types.
/// Nothing where no column holds names.
std::optional<DataFrame> gene_frame(const NameTable& table, std::int64_t n_genes);

/// How well the file's name and content say that it lists genes, or cells: 0 nothing is said, −1 it is the other.
int gene_rank(const NameTable& table, const std::string& name);
int cell_rank(const NameTable& table, const std::string& name);

}  // namespace gracevae::impl
