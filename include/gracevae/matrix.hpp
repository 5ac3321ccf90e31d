#pragma once
/// @file The two matrices that rooms without LibTorch speak in: dense row-major and CSR.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace gracevae {

/// A dense row-major matrix seen, not owned.
template <class T>
struct MatrixView {
  T* data = nullptr;
  std::int64_t n_rows = 0, n_cols = 0;
  T& operator()(std::int64_t i, std::int64_t j) const { return data[i * n_cols + j]; }
  std::span<T> row(std::int64_t i) const { return {data + i * n_cols, static_cast<std::size_t>(n_cols)}; }
};

/// A dense row-major matrix.
template <class T>
struct Matrix {
  std::int64_t n_rows = 0, n_cols = 0;
  std::vector<T> values;

  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t cols, T value = T{})
      : n_rows(rows), n_cols(cols), values(static_cast<std::size_t>(rows * cols), value) {}
  T& operator()(std::int64_t i, std::int64_t j) { return values[static_cast<std::size_t>(i * n_cols + j)]; }
  const T& operator()(std::int64_t i, std::int64_t j) const { return values[static_cast<std::size_t>(i * n_cols + j)]; }
  std::span<T> row(std::int64_t i) { return {values.data() + i * n_cols, static_cast<std::size_t>(n_cols)}; }
  std::span<const T> row(std::int64_t i) const {
    return {values.data() + i * n_cols, static_cast<std::size_t>(n_cols)};
  }
  MatrixView<T> view() { return {values.data(), n_rows, n_cols}; }
  MatrixView<const T> view() const { return {values.data(), n_rows, n_cols}; }
};

/// Compressed sparse rows: row i holds indices/values [indptr[i], indptr[i+1]), indices ascending within a row.
template <class T>
struct CsrMatrix {
  std::int64_t n_rows = 0, n_cols = 0;
  std::vector<std::int64_t> indptr{0};
  std::vector<std::int32_t> indices;
  std::vector<T> values;

  std::int64_t n_nonzero() const { return static_cast<std::int64_t>(values.size()); }
  std::span<const std::int32_t> row_indices(std::int64_t i) const {
    return {indices.data() + indptr[static_cast<std::size_t>(i)], row_size(i)};
  }
  std::span<const T> row_values(std::int64_t i) const {
    return {values.data() + indptr[static_cast<std::size_t>(i)], row_size(i)};
  }
  std::size_t row_size(std::int64_t i) const {
    return static_cast<std::size_t>(indptr[static_cast<std::size_t>(i) + 1] - indptr[static_cast<std::size_t>(i)]);
  }
  /// Writes row i into `out` [n_cols], zeros included.
  template <class U>
  void copy_row(std::int64_t i, std::span<U> out) const {
    std::fill(out.begin(), out.end(), U{});
    const auto columns = row_indices(i);
    const auto row = row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) out[static_cast<std::size_t>(columns[k])] = static_cast<U>(row[k]);
  }
};

/// Appends rows [first, end) of one matrix to another of as many columns.
template <class T>
void append_rows(const CsrMatrix<T>& from, std::int64_t first, std::int64_t end, CsrMatrix<T>& to) {
  const std::int64_t begin = from.indptr[static_cast<std::size_t>(first)],
                     stop = from.indptr[static_cast<std::size_t>(end)], shift = to.n_nonzero() - begin;
  for (std::int64_t i = first + 1; i <= end; ++i) to.indptr.push_back(from.indptr[static_cast<std::size_t>(i)] + shift);
  to.indices.insert(to.indices.end(), from.indices.begin() + begin, from.indices.begin() + stop);
  to.values.insert(to.values.end(), from.values.begin() + begin, from.values.begin() + stop);
  to.n_rows += end - first;
}

/// The transpose of the first `n_rows` rows, by counting; rows of the result are sorted. Cost O(nonzeros); memory for
/// both.
template <class T>
CsrMatrix<T> transposed(const CsrMatrix<T>& x, std::int64_t n_rows) {
  CsrMatrix<T> result;
  result.n_rows = x.n_cols;
  result.n_cols = n_rows;
  const auto n_entries = static_cast<std::size_t>(x.indptr[static_cast<std::size_t>(n_rows)]);
  result.indptr.assign(static_cast<std::size_t>(x.n_cols) + 1, 0);
  for (std::size_t k = 0; k < n_entries; ++k) ++result.indptr[static_cast<std::size_t>(x.indices[k]) + 1];
  for (std::size_t j = 1; j < result.indptr.size(); ++j) result.indptr[j] += result.indptr[j - 1];
  std::vector<std::int64_t> next(result.indptr.begin(), result.indptr.end() - 1);
  result.indices.resize(n_entries);
  result.values.resize(n_entries);
  for (std::int64_t i = 0; i < n_rows; ++i) {
    const auto columns = x.row_indices(i);
    const auto values = x.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto slot = static_cast<std::size_t>(next[static_cast<std::size_t>(columns[k])]++);
      result.indices[slot] = static_cast<std::int32_t>(i);
      result.values[slot] = values[k];
    }
  }
  return result;
}

template <class T>
CsrMatrix<T> transposed(const CsrMatrix<T>& x) {
  return transposed(x, x.n_rows);
}

}  // namespace gracevae
