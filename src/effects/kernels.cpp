#include "effects/kernels.hpp"

#include <algorithm>
#include <cmath>

#include "effects/cholesky.hpp"

namespace gracevae::impl {

namespace {

constexpr double kDenseFrom = 0.1;  // share of stored values from which a dense product is faster
constexpr std::int64_t kRowsAtOnce = 512;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

Matrix<double> dense(const CsrMatrix<double>& x, std::span<const std::int64_t> items) {
  Matrix<double> result(std::ssize(items), x.n_cols);
  for (std::int64_t i = 0; i < result.n_rows; ++i) x.copy_row(items[at(i)], result.row(i));
  return result;
}

/// Rows of `x` in the order of `items`.
CsrMatrix<double> selected(const CsrMatrix<double>& x, std::span<const std::int64_t> items) {
  CsrMatrix<double> result;
  result.n_cols = x.n_cols;
  for (const std::int64_t item : items) append_rows(x, item, item + 1, result);
  return result;
}

}  // namespace

UnitRows::UnitRows(CsrMatrix<double> rows) : rows_(std::move(rows)) {
  CsrMatrix<double> unit;
  unit.n_cols = rows_.n_cols;
  for (std::int64_t i = 0; i < rows_.n_rows; ++i) {
    double length = 0;
    for (const double value : rows_.row_values(i)) length += value * value;
    length = std::sqrt(length);
    for (std::size_t k = 0; length > 0 && k < rows_.row_size(i); ++k) {
      unit.indices.push_back(rows_.row_indices(i)[k]);
      unit.values.push_back(rows_.row_values(i)[k] / length);
    }
    unit.indptr.push_back(std::ssize(unit.values));
    ++unit.n_rows;
  }
  rows_ = std::move(unit);
}

bool UnitRows::is_dense() const {
  return static_cast<double>(rows_.n_nonzero()) >
         kDenseFrom * static_cast<double>(rows_.n_rows) * static_cast<double>(rows_.n_cols);
}

void UnitRows::add_cosines(double weight, std::span<const std::int64_t> rows, std::span<const std::int64_t> columns,
                           Matrix<double>& out) const {
  if (is_dense()) {
    const Matrix<double> right = dense(rows_, columns);
    for (std::size_t first = 0; first < rows.size(); first += at(kRowsAtOnce)) {
      const auto part = rows.subspan(first, std::min(at(kRowsAtOnce), rows.size() - first));
      Matrix<double> products(std::ssize(part), right.n_rows);
      multiply_by_rows(dense(rows_, part), right, products);
      for (std::int64_t i = 0; i < products.n_rows; ++i) {
        const auto to = out.row(static_cast<std::int64_t>(first) + i);
        const auto from = products.row(i);
        for (std::size_t j = 0; j < to.size(); ++j) to[j] += weight * from[j];
      }
    }
  } else {
    const CsrMatrix<double> by_feature = transposed(selected(rows_, columns));
#pragma omp parallel for schedule(dynamic, 16)
    for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
      const auto to = out.row(i);
      const auto features = rows_.row_indices(rows[at(i)]);
      const auto values = rows_.row_values(rows[at(i)]);
      for (std::size_t f = 0; f < features.size(); ++f) {
        const auto others = by_feature.row_indices(features[f]);
        const auto their = by_feature.row_values(features[f]);
        for (std::size_t k = 0; k < others.size(); ++k) to[at(others[k])] += weight * values[f] * their[k];
      }
    }
  }
  // 1 on the diagonal of an item that is not known.
  std::vector<std::int64_t> column_of(at(n()), -1);
  for (std::size_t j = 0; j < columns.size(); ++j) column_of[at(columns[j])] = static_cast<std::int64_t>(j);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!knows(rows[i]) && column_of[at(rows[i])] >= 0)
      out(static_cast<std::int64_t>(i), column_of[at(rows[i])]) += weight;
}

}  // namespace gracevae::impl
