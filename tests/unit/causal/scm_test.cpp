#include "causal/scm.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

TEST(LinearScm, SolvesItsOwnEquationLatentByLatent) {
  // u_j = z_j + shift_j + Σ_{i<j} u_i G_ij, written as the loop that the matrix equation stands for.
  const Tensor z = random_tensor({3, 4}, "z"), shift = random_tensor({1, 4}, "shift"), g = random_tensor({4, 4}, "g");
  const Tensor u = solve_linear_scm(z, shift, g);
  for (int b = 0; b < 3; ++b) {
    std::vector<double> expected(4);
    for (int j = 0; j < 4; ++j) {
      expected[static_cast<std::size_t>(j)] = entry(z, b, j) + entry(shift, 0, j);
      for (int i = 0; i < j; ++i)
        expected[static_cast<std::size_t>(j)] += expected[static_cast<std::size_t>(i)] * entry(g, i, j);
      EXPECT_NEAR(entry(u, b, j), expected[static_cast<std::size_t>(j)], 1e-12);
    }
  }
}

TEST(LinearScm, OnlyTheStrictUpperTriangleCounts) {
  const Tensor z = random_tensor({2, 5}, "z"), g = random_tensor({5, 5}, "g");
  const Tensor lower = g + at::triu(at::zeros_like(g) + 3, 0).t();  // changes the diagonal and below
  EXPECT_TRUE(at::allclose(solve_linear_scm(z, Tensor(), g), solve_linear_scm(z, Tensor(), lower)));
}

TEST(LinearScm, GradientsAgreeWithFiniteDifferences) {
  Tensor z = random_tensor({2, 4}, "z"), shift = random_tensor({1, 4}, "shift"), g = random_tensor({4, 4}, "g");
  const Tensor weight = random_tensor({2, 4}, "weight");
  check_gradients([&](const std::vector<Tensor>& in) { return (solve_linear_scm(in[0], in[1], in[2]) * weight).sum(); },
                  {z, shift, g});
}

TEST(LinearScm, AnyGraphCanBeMovedIntoTheNextLinearLayer) {
  // The reason why a graph from this mechanism must not be shown as learned: G = 0 with d1' = d1 (I − triu G)^{-T}
  // gives the same.
  const Tensor z = random_tensor({6, 4}, "z"), shift = random_tensor({1, 4}, "shift"), g = random_tensor({4, 4}, "g");
  const Tensor d1 = random_tensor({8, 4}, "d1");
  const Tensor inverse = solve_linear_scm(at::eye(4, z.options()), Tensor(), g);
  const Tensor with_graph = at::mm(solve_linear_scm(z, shift, g), d1.t());
  const Tensor without = at::mm(solve_linear_scm(z, shift, at::zeros_like(g)), at::mm(inverse, d1.t()));
  EXPECT_TRUE(at::allclose(with_graph, without, 1e-12, 1e-13));
}

TEST(SolveScm, KernelAndTensorsAgreeWithTheirGradients) {
  const Tensor g = random_tensor({5, 5}, "g"), weight = random_tensor({3, 5}, "weight");
  for (const auto mechanism : {kernels::Mechanism::linear, kernels::Mechanism::relu})
    for (const std::int64_t rows : {0, 1, 3}) {
      const Tensor noise = random_tensor({3, 5}, "noise");
      const Tensor w = rows == 0 ? Tensor() : random_tensor({rows, 5}, "w");
      const auto inputs = [&] {
        std::vector<Tensor> all{noise.clone().set_requires_grad(true), g.clone().set_requires_grad(true)};
        if (w.defined()) all.push_back(w.clone().set_requires_grad(true));
        return all;
      };
      const std::vector<Tensor> a = inputs(), b = inputs();
      const Tensor kernel = solve_scm(a[0], w.defined() ? a[2] : Tensor(), a[1], mechanism);
      const Tensor tensors = solve_scm_by_tensors(b[0], w.defined() ? b[2] : Tensor(), b[1], mechanism);
      EXPECT_TRUE(at::allclose(kernel, tensors, 1e-12, 1e-12));
      const auto of_kernel = torch_compat::gradients((kernel * weight).sum(), a);
      const auto of_tensors = torch_compat::gradients((tensors * weight).sum(), b);
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_TRUE(at::allclose(of_kernel[i], of_tensors[i], 1e-12, 1e-12)) << "input " << i << ", rows " << rows;
    }
}

TEST(SolveScm, LinearIsTheTriangularSolve) {
  const Tensor z = random_tensor({3, 4}, "z"), shift = random_tensor({1, 4}, "shift"), g = random_tensor({4, 4}, "g");
  EXPECT_TRUE(at::allclose(solve_scm(z + shift, Tensor(), g, kernels::Mechanism::linear), solve_linear_scm(z, shift, g),
                           1e-12, 1e-12));
}

TEST(SolveScm, AReluGraphCannotBeMovedIntoTheNextLayer) {
  // The shift of a parent reaches its child only where the parent is positive, so no linear map does the same.
  const Tensor z = random_tensor({200, 2}, "z"), g = at::zeros({2, 2}, z.options());
  g.select(0, 0).select(0, 1).fill_(1.0);
  const Tensor shift = at::zeros({1, 2}, z.options());
  shift.select(1, 0).fill_(2.0);
  const Tensor change =
      solve_scm(z + shift, Tensor(), g, kernels::Mechanism::relu) - solve_scm(z, Tensor(), g, kernels::Mechanism::relu);
  EXPECT_GT(change.select(1, 1).std(false).item<double>(), 0.3) << "the child's change differs between cells";
  EXPECT_NEAR(change.select(1, 0).std(false).item<double>(), 0, 1e-12);
}

}  // namespace
}  // namespace gracevae::impl
