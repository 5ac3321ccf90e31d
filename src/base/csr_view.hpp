#pragma once
/// @file Non-owning view of the rows of a sparse matrix: in memory, in a mapped file, or some of them in any order.
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Row i holds indices/values [begins[i], ends[i]), indices ascending within a row. Rows may lie anywhere, so a view
/// can be a permutation.
template <class T>
struct CsrView {
  std::int64_t n_rows = 0, n_cols = 0;
  const std::int64_t *begins = nullptr, *ends = nullptr;  ///< [n_rows]
  const std::int32_t* indices = nullptr;
  const T* values = nullptr;

  CsrView() = default;
  /// All rows of a matrix, which must outlive the view and not grow.
  CsrView(const CsrMatrix<T>& x)  // NOLINT(google-explicit-constructor): a matrix is a view of itself
      : n_rows(x.n_rows), n_cols(x.n_cols), begins(x.indptr.data()), ends(x.indptr.data() + 1),
        indices(x.indices.data()), values(x.values.data()) {}

  std::size_t row_size(std::int64_t i) const { return static_cast<std::size_t>(ends[i] - begins[i]); }
  std::span<const std::int32_t> row_indices(std::int64_t i) const { return {indices + begins[i], row_size(i)}; }
  std::span<const T> row_values(std::int64_t i) const { return {values + begins[i], row_size(i)}; }
  /// Writes row i into `out` [n_cols], zeros included.
  template <class U>
  void copy_row(std::int64_t i, std::span<U> out) const {
    std::fill(out.begin(), out.end(), U{});
    const auto columns = row_indices(i);
    const auto row = row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) out[static_cast<std::size_t>(columns[k])] = static_cast<U>(row[k]);
  }
};

/// Appends one row to a matrix of as many columns.
template <class T>
void append_row(const CsrView<T>& from, std::int64_t i, CsrMatrix<T>& to) {
  const auto columns = from.row_indices(i);
  const auto values = from.row_values(i);
  to.indices.insert(to.indices.end(), columns.begin(), columns.end());
  to.values.insert(to.values.end(), values.begin(), values.end());
  to.indptr.push_back(to.n_nonzero());
  ++to.n_rows;
}

}  // namespace gracevae::impl
