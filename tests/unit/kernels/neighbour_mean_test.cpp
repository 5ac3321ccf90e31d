#include "kernels/neighbour_mean.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace gracevae::impl::kernels {
namespace {

/// A random sparse matrix with some empty rows, and the same as a dense one.
CsrMatrix<double> random_matrix(std::int64_t n, Matrix<double>& dense) {
  Random random(1, "sparse");
  dense = Matrix<double>(n, n);
  CsrMatrix<double> a;
  a.n_rows = a.n_cols = n;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j)
      if (i % 5 != 3 && random.uniform() < 0.2) {
        dense(i, j) = random.normal();
        a.indices.push_back(static_cast<std::int32_t>(j));
        a.values.push_back(dense(i, j));
      }
    a.indptr.push_back(static_cast<std::int64_t>(a.values.size()));
  }
  return a;
}

TEST(SparseRows, AgreesWithADenseProduct) {
  Matrix<double> dense;
  const auto a = random_matrix(23, dense);
  const std::int64_t n_batch = 4, n_out = 17;
  Matrix<double> x(n_batch, 23), out(n_batch, n_out);
  Random(2, "x").fill_normal(std::span<double>(x.values));
  sparse_rows(a, x.values.data(), out.values.data(), n_batch, n_out);
  for (std::int64_t b = 0; b < n_batch; ++b)
    for (std::int64_t i = 0; i < n_out; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < 23; ++j) sum += dense(i, j) * x(b, j);
      EXPECT_NEAR(out(b, i), sum, 1e-12);
      if (i % 5 == 3) {
        EXPECT_EQ(out(b, i), 0.0) << "a node without neighbours";
      }
    }
}

TEST(SparseRows, TransposeOfTheFirstRows) {
  Matrix<double> dense;
  const auto a = random_matrix(23, dense);
  const auto t = transposed(a, 17);
  EXPECT_EQ(t.n_rows, 23);
  EXPECT_EQ(t.n_cols, 17);
  Matrix<double> back(23, 17);
  for (std::int64_t j = 0; j < 23; ++j) t.copy_row(j, back.row(j));
  for (std::int64_t i = 0; i < 17; ++i)
    for (std::int64_t j = 0; j < 23; ++j) EXPECT_EQ(back(j, i), dense(i, j));
}

}  // namespace
}  // namespace gracevae::impl::kernels
