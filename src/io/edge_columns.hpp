#pragma once
/// @file The columns of an edge list. Only for src/io.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gracevae::impl {

using EdgeFields = std::vector<std::string>;

/// Column numbers from 0.
struct EdgeColumns {
  std::size_t first = 0, second = 1;  ///< names
  std::vector<std::string> names;     ///< of the header; empty without one
  std::vector<std::size_t> numbers;   ///< numeric columns that could be the score
  std::vector<std::size_t> weights;   ///< columns that must hold numbers or be empty, in a file without header
  std::optional<std::size_t> score, sign, is_directed, is_stimulation, is_inhibition;
  bool directed = false;      ///< every edge is
  bool sif = false;           ///< name, relation, names…: the relation is `sign`
  bool header_row = false;    ///< the first of the rows is the header
  std::size_t n_columns = 0;  ///< of every line; 0 = two or three (no header), or any number (SIF)

  /// "source", or "column 2" without a header.
  std::string name_of(std::size_t column) const;
};

/// Decides by the first rows of a file. `commented`: the fields of the last line above them that begins with #, which
/// may be the header; empty for none. `is_sif`: the file's name ends in .sif. `problem` explains why there are no two
/// columns of names.
EdgeColumns find_edge_columns(const std::vector<EdgeFields>& rows, const EdgeFields& commented, bool is_sif,
                              std::string& problem);

/// +1 for "activates", "->", "+1", −1 for "inhibits", "-|", "-1"; 0 for other relations.
int sign_of_relation(std::string_view text);
/// Whether one acts on the other: "->", "activates", "controls-expression-of".
bool is_directed_relation(std::string_view text);
/// "1", "true", "yes".
bool is_true_word(std::string_view text);

}  // namespace gracevae::impl
