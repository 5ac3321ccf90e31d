// What is between the wide layers, with more latents than a thread takes at a time; its gradients are compared with
// autograd's in contract/training_step_test.cpp.
#include "kernels/latent_layers.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "base/random.hpp"
#include "support/every_instruction_set.hpp"

namespace gracevae::impl::kernels {
namespace {

constexpr std::int64_t kCells = 41, kLatents = 117, kIn = 20, kOut = 24;

/// A parameter with its moments.
struct Parameter {
  std::vector<float> weight, first, second;
  Parameter(const char* name, std::int64_t n) : weight(static_cast<std::size_t>(n)), first(weight), second(weight) {
    Random random(1, name);
    for (float& value : weight) value = static_cast<float>(0.1 * random.normal());
  }
  Trained<float> trained() { return {weight.data(), first.data(), second.data(), nullptr}; }
};

std::vector<float> drawn(const char* name, std::int64_t n) { return Parameter(name, n).weight; }

constexpr LatentLoss kLoss{.beta = 0.5, .lambda = 0.1};

/// Two steps of all weights.
struct TwoSteps {
  Parameter first_bias{"first_bias", kIn}, mean_weight{"mean_weight", kLatents*kIn}, mean_bias{"mean_bias", kLatents},
      var_weight{"var_weight", kLatents*kIn}, var_bias{"var_bias", kLatents}, graph{"graph", kLatents*kLatents},
      out_weight{"out_weight", kOut*kLatents}, out_bias{"out_bias", kOut};
  std::vector<LatentTerms> terms;
  std::vector<float> numbers;  // all that comes out

  explicit TwoSteps(int threads) {
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    LatentLayers<float> layers({.width_in = kIn, .n_latents = kLatents, .width_out = kOut});
    const LatentWeights<float> weights{.first_bias = first_bias.trained(),
                                       .mean_weight = mean_weight.trained(),
                                       .mean_bias = mean_bias.trained(),
                                       .var_weight = var_weight.trained(),
                                       .var_bias = var_bias.trained(),
                                       .graph = graph.trained(),
                                       .out_weight = out_weight.trained(),
                                       .out_bias = out_bias.trained()};
    const auto first = drawn("first", kCells * kIn), epsilon = drawn("epsilon", kCells * kLatents),
               shift = drawn("shift", kLatents), grad = drawn("grad", 2 * kCells * kOut);
    for (std::int64_t step = 1; step <= 2; ++step) {
      terms.push_back(
          layers.forward({first.data(), kCells, kIn}, epsilon, {shift.data(), 1, kLatents}, kLoss, weights));
      keep(layers.rows());
      layers.backward({grad.data(), 2 * kCells, kOut}, {}, epsilon, kLoss, weights, {AdamOptions{}, step});
      keep(layers.grad_first());
      numbers.insert(numbers.end(), layers.grad_shift().data, layers.grad_shift().data + kLatents);
    }
    for (const Parameter* one :
         {&first_bias, &mean_weight, &mean_bias, &var_weight, &var_bias, &graph, &out_weight, &out_bias})
      numbers.insert(numbers.end(), one->weight.begin(), one->weight.end());
    omp_set_num_threads(before);
  }
  void keep(MatrixView<const float> rows) {
    numbers.insert(numbers.end(), rows.data, rows.data + rows.n_rows * rows.n_cols);
  }
};

class LatentLayersTest : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(LatentLayersTest);

TEST_P(LatentLayersTest, ThreadsChangeNoBit) {
  const TwoSteps alone(1);
  for (const int threads : {2, 3, 8}) {
    SCOPED_TRACE(threads);
    const TwoSteps shared(threads);
    EXPECT_EQ(shared.numbers, alone.numbers);
    for (std::size_t step = 0; step < alone.terms.size(); ++step) {
      EXPECT_EQ(shared.terms[step].kl, alone.terms[step].kl);
      EXPECT_EQ(shared.terms[step].sparsity, alone.terms[step].sparsity);
    }
  }
}

TEST_P(LatentLayersTest, MovesEveryWeightAboveTheDiagonalOnly) {
  const TwoSteps run(3);
  const Parameter before("graph", kLatents * kLatents);
  double sparsity = 0;
  for (std::int64_t i = 0; i < kLatents; ++i)
    for (std::int64_t j = 0; j < kLatents; ++j) {
      const auto at = static_cast<std::size_t>(i * kLatents + j);
      EXPECT_EQ(run.graph.weight[at] != before.weight[at], j > i) << i << ' ' << j;
      if (j > i) sparsity += std::abs(static_cast<double>(before.weight[at]));
    }
  EXPECT_NEAR(run.terms.front().sparsity, sparsity, 1e-9 * sparsity);
}

}  // namespace
}  // namespace gracevae::impl::kernels
