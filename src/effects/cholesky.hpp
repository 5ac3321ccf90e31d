#pragma once
/// @file Cholesky factor of a large symmetric matrix, by the linked LAPACK.
#include <cstdint>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// C = LLᵀ of a positive definite C [n, n]. Solves with rows: what is asked of a column b is given as a row.
class Cholesky {
 public:
  /// Takes C's memory; only its upper half is read. Cost n³/3.
  /// @throws NumericalError C is not positive definite
  explicit Cholesky(Matrix<double> c);

  std::int64_t n() const { return factor_.n_rows; }
  /// log |C|
  double log_determinant() const;
  /// Replaces each row b by C⁻¹b. Cost 2n² a row.
  void solve(Matrix<double>& rows) const;
  std::vector<double> solve(std::vector<double> row) const;
  /// C⁻¹'s diagonal. Cost n³/3, memory 256 rows.
  std::vector<double> inverse_diagonal() const;
  /// C⁻¹ whole.
  Matrix<double> inverse() const;

 private:
  Matrix<double> factor_;  // row-major with Lᵀ in the upper half: LAPACK's lower half in column-major
};

/// out = a·bᵀ + keep·out; a [m, k], b [n, k], out [m, n].
void multiply_by_rows(const Matrix<double>& a, const Matrix<double>& b, Matrix<double>& out, double keep = 0);
/// a·b; a [m, k], b [k, n].
Matrix<double> product(const Matrix<double>& a, const Matrix<double>& b);

}  // namespace gracevae::impl
