#include "kernels/scm.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "support/every_instruction_set.hpp"

namespace gracevae::impl::kernels {
namespace {

Matrix<double> drawn(std::int64_t n_rows, std::int64_t n_cols, const char* name) {
  Matrix<double> matrix(n_rows, n_cols);
  Random(5, name).fill_normal(std::span<double>(matrix.values));
  return matrix;
}

Matrix<double> solved(const ScmInput<double>& input) {
  Matrix<double> u(input.noise.n_rows, input.noise.n_cols);
  solve_scm(input, u.view());
  return u;
}

class SolveScm : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(SolveScm);

TEST_P(SolveScm, ReluChainByHand) {
  Matrix<double> noise(2, 3), graph(3, 3, 9.0);  // what is not above the diagonal must not count
  noise.values = {1, 2, -1, -1, 2, 0.5};
  graph(0, 1) = 2, graph(0, 2) = 10, graph(1, 2) = -1;
  const Matrix<double> u = solved({.noise = std::as_const(noise).view(), .graph = std::as_const(graph).view()});
  EXPECT_EQ(u.values, (std::vector<double>{1, 4, 5, -1, 2, -1.5}));
  const std::vector<double> incoming{1, 0.5, 0};
  const Matrix<double> cut = solved({.noise = std::as_const(noise).view(),
                                     .graph = std::as_const(graph).view(),
                                     .incoming = incoming.data(),
                                     .incoming_row_stride = 0});
  EXPECT_EQ(cut.values, (std::vector<double>{1, 3, -1, -1, 2, 0.5}));
}

TEST_P(SolveScm, LinearIsTheInverse) {
  const Matrix<double> noise = drawn(4, 5, "noise"), graph = drawn(5, 5, "graph");
  const Matrix<double> u = solved({.noise = noise.view(), .graph = graph.view(), .mechanism = Mechanism::linear});
  for (std::int64_t cell = 0; cell < 4; ++cell)
    for (std::int64_t j = 0; j < 5; ++j) {
      double rest = u(cell, j);
      for (std::int64_t i = 0; i < j; ++i) rest -= u(cell, i) * graph(i, j);
      EXPECT_NEAR(rest, noise(cell, j), 1e-12) << "u (I - triu(G)) = noise";
    }
}

/// Σ weights ⊙ u.
double scalar_of(const ScmInput<double>& input, const Matrix<double>& weights) {
  const Matrix<double> u = solved(input);
  double sum = 0;
  for (std::size_t i = 0; i < u.values.size(); ++i) sum += weights.values[i] * u.values[i];
  return sum;
}

void expect_differences(std::vector<double>& values, const std::vector<double>& gradient, const char* name,
                        const std::function<double()>& scalar) {
  constexpr double kStep = 1e-6;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double kept = values[i];
    values[i] = kept + kStep;
    const double above = scalar();
    values[i] = kept - kStep;
    const double below = scalar();
    values[i] = kept;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-7) << name << " entry " << i;
  }
}

TEST_P(SolveScm, GradientsAreThoseOfFiniteDifferences) {
  constexpr std::int64_t kCells = 3, kLatents = 5;
  for (const Mechanism mechanism : {Mechanism::linear, Mechanism::relu})
    for (const bool shared : {true, false}) {
      Matrix<double> noise = drawn(kCells, kLatents, "noise"), graph = drawn(kLatents, kLatents, "graph"),
                     incoming = drawn(shared ? 1 : kCells, kLatents, "incoming");
      const Matrix<double> weights = drawn(kCells, kLatents, "weights");
      const ScmInput<double> input{.noise = std::as_const(noise).view(),
                                   .graph = std::as_const(graph).view(),
                                   .incoming = incoming.values.data(),
                                   .incoming_row_stride = shared ? 0 : kLatents,
                                   .mechanism = mechanism};
      const Matrix<double> u = solved(input);
      Matrix<double> grad_noise(kCells, kLatents), grad_graph(kLatents, kLatents, 7.0), by_cell(kCells, kLatents);
      solve_scm_backward(input, u.view(), weights.view(), grad_noise.view(), by_cell.values.data());
      scm_graph_gradient(input, u.view(), std::as_const(grad_noise).view(), grad_graph.view());
      std::vector<double> grad_incoming(incoming.values.size(), 0.0);
      for (std::size_t i = 0; i < by_cell.values.size(); ++i)
        grad_incoming[i % grad_incoming.size()] += by_cell.values[i];
      const auto scalar = [&] { return scalar_of(input, weights); };
      expect_differences(noise.values, grad_noise.values, "noise", scalar);
      expect_differences(graph.values, grad_graph.values, "graph", scalar);
      expect_differences(incoming.values, grad_incoming, "incoming", scalar);
    }
}

}  // namespace
}  // namespace gracevae::impl::kernels
