#include "model/sparse_operator.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

/// 4 nodes: 0–1, 0–2, node 3 alone.
CsrMatrix<double> mean_matrix() {
  CsrMatrix<double> a;
  a.n_rows = a.n_cols = 4;
  a.indptr = {0, 2, 3, 4, 4};
  a.indices = {1, 2, 0, 0};
  a.values = {0.5, 0.5, 1, 1};
  return a;
}

TEST(SparseOperator, MeanOverNeighboursByHand) {
  const SparseOperator mean(mean_matrix(), 4, at::TensorOptions().dtype(at::kDouble));
  const Tensor x = at::arange(1, 5, at::TensorOptions().dtype(at::kDouble)).unsqueeze(0);
  const Tensor out = mean.apply(x);
  EXPECT_EQ(entry(out, 0, 0), 2.5);
  EXPECT_EQ(entry(out, 0, 1), 1);
  EXPECT_EQ(entry(out, 0, 2), 1);
  EXPECT_EQ(entry(out, 0, 3), 0) << "the mean over no neighbour is 0";
}

TEST(SparseOperator, KernelAndTensorsAgree) {
  const at::TensorOptions options = at::TensorOptions().dtype(at::kDouble);
  const SparseOperator mean(mean_matrix(), 3, options);
  const Tensor x = random_tensor({5, 4}, "x");
  EXPECT_TRUE(at::allclose(mean.apply(x), mean.apply_by_tensors(x), 1e-12, 1e-14));
}

TEST(SparseOperator, GradientAgreesWithFiniteDifferences) {
  const SparseOperator mean(mean_matrix(), 3, at::TensorOptions().dtype(at::kDouble));
  const Tensor weight = random_tensor({2, 3}, "weight");
  check_gradients([&](const std::vector<Tensor>& in) { return (mean.apply(in[0]) * weight).sum(); },
                  {random_tensor({2, 4}, "x")});
}

}  // namespace
}  // namespace gracevae::impl
