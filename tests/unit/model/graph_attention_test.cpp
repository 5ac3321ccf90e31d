#include "model/graph_attention.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

/// 5 nodes: 0–1, 0–2, 1–2, 2–3; node 4 alone.
CsrMatrix<double> graph() {
  CsrMatrix<double> a;
  a.n_rows = a.n_cols = 5;
  a.indptr = {0, 2, 4, 7, 8, 8};
  a.indices = {1, 2, 0, 2, 0, 1, 3, 2};
  a.values.assign(8, 1);
  return a;
}

constexpr std::int64_t kHeads = 2, kChannels = 3, kCells = 4;

struct Inputs {
  Tensor values = random_tensor({kHeads * kChannels, 5, kCells}, "values");
  Tensor source = random_tensor({kHeads, 5, kCells}, "source");
  Tensor target = random_tensor({kHeads, 5, kCells}, "target");
};

TEST(GraphAttention, ByHand) {
  // One head, one channel, one cell: node 3 attends to 2 and itself, node 4 to itself alone.
  const GraphAttention attention(graph(), 5);
  const auto column = [](std::vector<double> v) {
    return at::from_blob(v.data(), {1, 5, 1}, at::TensorOptions().dtype(at::kDouble)).clone();
  };
  const Tensor out = attention.apply(column({1, 2, 3, 4, 5}), column({0, 0, 1, -2, 0}), column({0, 0, 0, 0.5, 0}));
  const double two = std::exp(1.5), self = std::exp(0.2 * -1.5);  // LeakyReLU of 1 + 0.5 and of −2 + 0.5
  EXPECT_NEAR(entry(out.squeeze(0), 3, 0), (3 * two + 4 * self) / (two + self), 1e-12);
  EXPECT_NEAR(entry(out.squeeze(0), 4, 0), 5, 1e-12);
}

TEST(GraphAttention, KernelAndTensorsAgree) {
  const Inputs in;
  for (const std::int64_t n_out : {3, 5}) {
    const GraphAttention attention(graph(), n_out);
    EXPECT_TRUE(at::allclose(attention.apply(in.values, in.source, in.target),
                             attention.apply_by_tensors(in.values, in.source, in.target), 1e-12, 1e-13));
  }
}

TEST(GraphAttention, SinglePrecisionIsWithinItsRounding) {
  // At 60 times the senders differ by more than the kernel's factors can hold in single precision, not in double: there
  // the two go different ways.
  const Inputs in;
  const GraphAttention attention(graph(), 5);
  for (const double scale : {1, 10, 60}) {
    const auto run = [&](at::ScalarType type) {
      return attention.apply(in.values.to(type), (scale * in.source).to(type), (scale * in.target).to(type))
          .to(at::kDouble);
    };
    EXPECT_TRUE(at::allclose(run(at::kFloat), run(at::kDouble), 1e-5, 1e-5)) << scale;
  }
}

TEST(GraphAttention, LargeLogitsDoNotOverflow) {
  const Inputs in;
  const GraphAttention attention(graph(), 5);
  const Tensor same = at::ones_like(in.source);  // all receivers far up, all senders alike: equal weights
  const Tensor mean = attention.apply(in.values.to(at::kFloat), same.to(at::kFloat), (1e4 * same).to(at::kFloat));
  EXPECT_TRUE(at::allclose(mean.select(1, 4), in.values.select(1, 4).to(at::kFloat)));
  const Tensor out =
      attention.apply(in.values.to(at::kFloat), (1e4 * in.source).to(at::kFloat), (1e4 * in.target).to(at::kFloat));
  EXPECT_TRUE(at::abs(out).max().item<double>() <= at::abs(in.values).max().item<double>() + 1e-5);
}

TEST(GraphAttention, GradientAgreesWithFiniteDifferences) {
  const Inputs in;
  const GraphAttention attention(graph(), 3);
  const Tensor weight = random_tensor({kHeads * kChannels, 3, kCells}, "weight");
  check_gradients([&](const std::vector<Tensor>& x) { return (attention.apply(x[0], x[1], x[2]) * weight).sum(); },
                  {in.values, in.source, in.target});
}

TEST(GraphAttention, GradientOfSinglePrecisionIsWithinItsRounding) {
  const Inputs in;
  const GraphAttention attention(graph(), 4);
  const auto run = [&](at::ScalarType type) {
    std::vector<Tensor> x;
    for (const Tensor& t : {in.values, in.source, in.target}) x.push_back(t.to(type).clone().requires_grad_(true));
    auto slopes = torch_compat::gradients(at::square(attention.apply(x[0], x[1], x[2])).sum(), x);
    for (Tensor& slope : slopes) slope = slope.to(at::kDouble);
    return slopes;
  };
  const auto single = run(at::kFloat), real = run(at::kDouble);
  for (std::size_t i = 0; i < real.size(); ++i) EXPECT_TRUE(at::allclose(single[i], real[i], 1e-4, 1e-5)) << i;
}

}  // namespace
}  // namespace gracevae::impl
