#include "effects/cholesky.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/cpu/blas.hpp"

// LAPACK's and CBLAS's own names, declared here so that no header of theirs is needed.
extern "C" {
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info);
void dpotrs_(const char* uplo, const int* n, const int* nrhs, const double* a, const int* lda, double* b,
             const int* ldb, int* info);
void dpotri_(const char* uplo, const int* n, double* a, const int* lda, int* info);
void cblas_dtrsm(int order, int side, int uplo, int transpose, int diagonal, int m, int n, double alpha,
                 const double* a, int lda, double* b, int ldb);
}

namespace gracevae::impl {

namespace {

constexpr const char* kLower = "L";
constexpr std::int64_t kRowsAtOnce = 256;

int narrow(std::int64_t n) { return static_cast<int>(n); }
std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

kernels::Block<const double> block(const Matrix<double>& x) {
  return {x.values.data(), x.n_rows, x.n_cols, std::max<std::int64_t>(1, x.n_cols)};
}
kernels::Block<double> block(Matrix<double>& x) {
  return {x.values.data(), x.n_rows, x.n_cols, std::max<std::int64_t>(1, x.n_cols)};
}

}  // namespace

Cholesky::Cholesky(Matrix<double> c) : factor_(std::move(c)) {
  GRACEVAE_CHECK(factor_.n_rows == factor_.n_cols, "C is square");
  if (n() == 0) return;
  const int size = narrow(n());
  int info = 0;
  dpotrf_(kLower, &size, factor_.values.data(), &size, &info);
  if (info != 0)
    throw NumericalError(
        fmt::format("a covariance of {} rows is not positive definite (row {}): two rows are the same, or a value is "
                    "not finite",
                    n(), info));
}

double Cholesky::log_determinant() const {
  double sum = 0;
  for (std::int64_t i = 0; i < n(); ++i) sum += 2 * std::log(factor_(i, i));
  return sum;
}

void Cholesky::solve(Matrix<double>& rows) const {
  GRACEVAE_CHECK(rows.n_cols == n(), "rows of C's length");
  if (rows.n_rows == 0 || n() == 0) return;
  const int size = narrow(n()), n_rows = narrow(rows.n_rows);
  int info = 0;
  dpotrs_(kLower, &size, &n_rows, factor_.values.data(), &size, rows.values.data(), &size, &info);
}

std::vector<double> Cholesky::solve(std::vector<double> row) const {
  Matrix<double> rows;
  rows.n_rows = 1;
  rows.n_cols = std::ssize(row);
  rows.values = std::move(row);
  solve(rows);
  return std::move(rows.values);
}

std::vector<double> Cholesky::inverse_diagonal() const {
  constexpr int kColumnMajor = 102, kLeft = 141, kLowerHalf = 122, kPlain = 111, kNotUnit = 131;
  std::vector<double> diagonal(at(n()));
  std::vector<double> columns;
  // (C⁻¹)_ii = ‖L⁻¹e_i‖², whose entries before i are 0: only the factor's end from the block's first row is used.
  for (std::int64_t first = 0; first < n(); first += kRowsAtOnce) {
    const std::int64_t width = std::min(kRowsAtOnce, n() - first), length = n() - first;
    columns.assign(at(width * length), 0.0);
    for (std::int64_t k = 0; k < width; ++k) columns[at(k * length + k)] = 1;
    cblas_dtrsm(kColumnMajor, kLeft, kLowerHalf, kPlain, kNotUnit, narrow(length), narrow(width), 1.0,
                factor_.values.data() + first * n() + first, narrow(n()), columns.data(), narrow(length));
    for (std::int64_t k = 0; k < width; ++k) {
      double sum = 0;
      for (std::int64_t i = k; i < length; ++i) sum += columns[at(k * length + i)] * columns[at(k * length + i)];
      diagonal[at(first + k)] = sum;
    }
  }
  return diagonal;
}

Matrix<double> Cholesky::inverse() const {
  Matrix<double> result = factor_;
  if (n() == 0) return result;
  const int size = narrow(n());
  int info = 0;
  dpotri_(kLower, &size, result.values.data(), &size, &info);
  for (std::int64_t i = 0; i < n(); ++i)
    for (std::int64_t j = 0; j < i; ++j) result(i, j) = result(j, i);
  return result;
}

void multiply_by_rows(const Matrix<double>& a, const Matrix<double>& b, Matrix<double>& out, double keep) {
  kernels::multiply<double>(block(a), block(b), kernels::Second::transposed, block(out), keep);
}

Matrix<double> product(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> out(a.n_rows, b.n_cols);
  kernels::multiply<double>(block(a), block(b), kernels::Second::plain, block(out));
  return out;
}

}  // namespace gracevae::impl
