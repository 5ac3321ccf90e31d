#pragma once
/// @file Cells that a host holds, as a folder of plain arrays that other processes map (docs/formats.md).
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gracevae/context.hpp>
#include <gracevae/matrix.hpp>

namespace gracevae {

/// A column of few distinct texts: categories[codes[i]], code −1 is missing.
struct CategoryCodes {
  std::vector<std::int32_t> codes;
  std::vector<std::string> categories;
};
/// A column of AnnData's obs or var.
struct AnnotationColumn {
  std::string name;
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<bool>, std::vector<std::string>,
               CategoryCodes>
      values;
};
/// AnnData's obs or var.
struct Annotation {
  std::vector<std::string> index;
  std::vector<AnnotationColumn> columns;
};

/// Cells x genes that are asked for in blocks of rows, in ascending order.
struct RowSource {
  std::int64_t n_rows = 0, n_cols = 0;
  std::function<std::vector<std::int64_t>()> row_sizes;  ///< stored values of every row
  std::function<CsrMatrix<float>(std::int64_t first, std::int64_t count)> rows;
};

/// What AnnData's uns says of X.
struct MatrixNotes {
  std::optional<double> log1p_base;  ///< of a logarithm that was taken (uns/log1p)
};

/// Writes a folder that Screen::read and every command take for a screen, whole or not at all. Its values are mapped,
/// not read: processes share one copy. Takes 8 bytes a stored value on disk, and the memory of one block.
/// @throws InputError values that are not finite, columns that do not ascend, names of another number; IoError
void write_mapped_screen(const std::filesystem::path& folder, const RowSource& cells, const Annotation& obs,
                         const Annotation& var, const Context& context = {}, const MatrixNotes& notes = {});

}  // namespace gracevae
