#pragma once
/// @file Measured effects of conditions on genes, from a table, a screen or a run.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "screen/screen.hpp"
#include "screen/split.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Rows of numbers with names: a table of text, an .h5ad (X, names of obs and var) or a .npy.
struct NamedRows {
  std::vector<std::string> names, columns;
  Matrix<double> values;  ///< [names, columns]
};

/// Text (.tsv, .csv, .txt, plain or gzip): a header line, then a name and numbers a line. .npy: two dimensions of
/// float32 or float64 in C order, names one a line in FILE.txt beside it, columns numbered. .h5ad: X.
/// @throws InputError with line and column: a number of fields that differs, a value that is no finite number; a name
/// that repeats; no rows. IoError.
NamedRows read_named_rows(const std::filesystem::path& path);

/// Effects of conditions: change of the mean expression against control, on whatever scale the values have.
struct EffectTable {
  std::string source;
  std::vector<std::vector<std::string>> conditions;  ///< targets of each row, sorted; one or more
  std::vector<std::string> genes;
  Matrix<double> effects;     ///< [conditions, genes]
  std::vector<double> noise;  ///< [conditions] squared standard error, mean over genes; 0 = not known

  /// Rows of single targets, and of pairs.
  std::vector<std::int64_t> rows_of(std::size_t n_targets) const;
  /// Only conditions all of whose targets are among these.
  EffectTable within(const std::set<std::string>& targets) const;
  /// Only these rows, in this order.
  EffectTable only(const std::vector<std::int64_t>& rows) const;
  /// Only these columns.
  EffectTable only_genes(const std::vector<std::int64_t>& columns) const;
};

/// Where effects come from. A folder with a run's options.toml: the training cells of the run's screen. A table (text
/// without a column of words, .h5ad without a column of obs, .npy): its rows, whose names are targets joined by +; a
/// column named error is the root mean square over genes of the row's standard errors. Else a screen, read as
/// `screen` says: means minus control's over all cells, with strata as trained_shifts (screen/shift_model.hpp).
/// @throws InputError a target twice, no single target; and as the readers
EffectTable read_effects(const std::filesystem::path& path, const ScreenOptions& screen);
/// Of the conditions of a screen that train, as trained_shifts has them; errors of single targets from their cells.
EffectTable effects_of_screen(const Screen& screen, const Split& split);
EffectTable effects_of_table(NamedRows rows, std::string source);

}  // namespace gracevae::impl
