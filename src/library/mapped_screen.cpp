#include <gracevae/mapped_screen.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "io/mapped_cells.hpp"

namespace gracevae {

namespace {

/// The host's blocks, checked.
class HostRows : public impl::RowReader {
 public:
  explicit HostRows(const RowSource& cells) : cells_(cells) {}

  std::int64_t n_rows() const override { return cells_.n_rows; }
  std::int64_t n_cols() const override { return cells_.n_cols; }
  std::int64_t n_stored() const override { return -1; }
  std::vector<std::int64_t> row_sizes() override {
    std::vector<std::int64_t> sizes = cells_.row_sizes();
    expect("sizes of rows", std::ssize(sizes), n_rows());
    return sizes;
  }
  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    CsrMatrix<float> block = cells_.rows(first, count);
    expect("rows in a block", block.n_rows, count);
    for (std::int64_t i = 0; i < block.n_rows; ++i) check_row(block, i, first + i);
    return block;
  }

 private:
  static void expect(const char* what, std::int64_t found, std::int64_t expected) {
    if (found != expected)
      throw InputError(
          {.place = "X", .found = fmt::format("{} {}", found, what), .expected = std::to_string(expected)});
  }

  void check_row(const CsrMatrix<float>& block, std::int64_t i, std::int64_t cell) const {
    const auto columns = block.row_indices(i);
    const auto values = block.row_values(i);
    const bool inside = columns.empty() || (columns.front() >= 0 && columns.back() < n_cols());
    const auto repeated = std::adjacent_find(columns.begin(), columns.end(), std::greater_equal<>());
    if (!inside || repeated != columns.end())
      throw InputError({.place = "X",
                        .found = fmt::format("row {} holds a column twice or outside of the matrix", cell),
                        .expected = fmt::format("ascending columns from 0 to {}", n_cols() - 1)});
    const auto wrong = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (wrong != values.end())
      throw InputError({.place = "X",
                        .found = fmt::format("the value of cell {} and gene {} is {}", cell,
                                             columns[static_cast<std::size_t>(wrong - values.begin())], *wrong),
                        .expected = "a finite number"},
                       "replace it, or leave the cell out");
  }

  const RowSource& cells_;
};

impl::DataFrame frame_of(const Annotation& annotation, const char* what) {
  impl::DataFrame frame;
  frame.index = annotation.index;
  for (const AnnotationColumn& column : annotation.columns)
    std::visit(
        [&]<class T>(const T& values) {
          std::size_t size = 0;
          if constexpr (std::is_same_v<T, CategoryCodes>) {
            size = values.codes.size();
            frame.add(column.name, impl::Categorical{values.codes, values.categories, false});
          } else {
            size = values.size();
            frame.add(column.name, values);
          }
          if (size != frame.index.size())
            throw InputError({.place = fmt::format("{} column '{}'", what, column.name),
                              .found = fmt::format("{} values", size),
                              .expected = std::to_string(frame.index.size())});
        },
        column.values);
  return frame;
}

}  // namespace

void write_mapped_screen(const std::filesystem::path& folder, const RowSource& cells, const Annotation& obs,
                         const Annotation& var, const Context& context, const MatrixNotes& notes) {
  const impl::CallScope scope(context);
  HostRows rows(cells);
  impl::Uns uns;
  if (notes.log1p_base) uns["log1p/base"] = *notes.log1p_base;
  impl::write_mapped_cells(folder, rows, frame_of(obs, "obs"), frame_of(var, "var"), std::move(uns));
}

}  // namespace gracevae
