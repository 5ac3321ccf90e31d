// Intervention encoders on the gene-gene graph against their formulas, node by node, over dense matrices and the whole
// graph.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "model/model.hpp"
#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kNodes = 5, kLatents = 3, kHidden = 4;
using Rows = std::vector<std::vector<double>>;

/// 0–1, 0–2, 1–2, 2–3; node 4 alone. Targets of the screen: 1, 3, 4.
TargetGraph small_graph() {
  TargetGraph graph;
  graph.nodes = {"A", "B", "C", "D", "E"};
  graph.neighbours.n_rows = graph.neighbours.n_cols = kNodes;
  graph.neighbours.indptr = {0, 2, 4, 7, 8, 8};
  graph.neighbours.indices = {1, 2, 0, 2, 0, 1, 3, 2};
  graph.neighbours.values.assign(8, 0);
  graph.candidates = {1, 3, 4};
  return graph;
}

Rows adjacency() {
  Rows a(kNodes, std::vector<double>(kNodes, 0));
  for (const auto& [i, j] : {std::pair{0, 1}, {0, 2}, {1, 2}, {2, 3}})
    a[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
        a[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)] = 1;
  return a;
}

class Encoded {
 public:
  explicit Encoded(const std::string& name) : name_(name), graph_(small_graph()) {
    options_.intervention_encoder = name;
    encoder_ = make_intervention_encoder(name, {options_, shape_, nullptr, parameters_, &graph_});
    const at::NoGradGuard no_grad;
    for (const auto& weight : parameters_.all())  // a bias of 0 or a factor of 1 would hide itself
      Tensor(weight.value).copy_(random_tensor(weight.value.sizes().vec(), weight.name));
  }
  const InterventionEncoder& encoder() const { return *encoder_; }
  Parameters& parameters() { return parameters_; }

  /// Rows of shares, each over these targets.
  static Tensor shares(const std::vector<std::vector<std::int64_t>>& of_targets) {
    Tensor rows = at::zeros({std::ssize(of_targets), kNodes}, at::kDouble);
    for (std::size_t r = 0; r < of_targets.size(); ++r)
      for (const auto target : of_targets[r])
        rows.select(0, static_cast<std::int64_t>(r))
            .select(0, target)
            .fill_(1 / static_cast<double>(of_targets[r].size()));
    return rows;
  }

  double weight(const std::string& name, std::int64_t i, std::int64_t j = 0) const {
    const Tensor& values = parameters_.at(name);
    return values.dim() == 1 ? values.select(0, i).item<double>() : entry(values, i, j);
  }

  /// The formulas, number by number. `dropped(layer, channel, node)`: the factor of dropout.
  template <class Dropped>
  EncodedTarget by_hand(const std::vector<std::int64_t>& targets, double tau, const Dropped& dropped) const {
    const bool tri_value = name_ == "tri-value";
    const auto is_target = [&](std::size_t i) {
      return std::find(targets.begin(), targets.end(), static_cast<std::int64_t>(i)) != targets.end();
    };
    Rows a = adjacency(), x(kNodes);
    for (std::size_t i = 0; i < kNodes; ++i) {
      const bool candidate = i == 1 || i == 3 || i == 4;
      if (tri_value) x[i].push_back(is_target(i) ? 1 : candidate ? 0 : -1);
      for (std::int64_t k = 0; k < 32; ++k)
        x[i].push_back(weight("targets.embedding", k, static_cast<std::int64_t>(i)));
      for (std::size_t j = 0; j < kNodes; ++j) {
        if (!tri_value && (is_target(i) || is_target(j))) a[i][j] = 0;
        if (i == j) a[i][j] = 1;
      }
    }
    Rows h;
    for (const int layer : {0, 1}) {
      const std::string name = "targets." + std::to_string(layer);
      Rows next(kNodes, std::vector<double>(64));
      for (std::size_t i = 0; i < kNodes; ++i) {
        std::vector<double> sum(x[i].size(), 0);
        const auto degree = [&](std::size_t n) { return std::accumulate(a[n].begin(), a[n].end(), 0.0); };
        for (std::size_t j = 0; j < kNodes; ++j)
          for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += a[i][j] * x[j][k] / std::sqrt(degree(i) * degree(j));
        double mean = 0, square = 0;
        for (std::size_t c = 0; c < 64; ++c) {
          const auto channel = static_cast<std::int64_t>(c);
          double value = weight(name + ".bias", channel) + (layer == 1 ? x[i][c] : 0);
          for (std::size_t k = 0; k < sum.size(); ++k)
            value += weight(name + ".weight", channel, static_cast<std::int64_t>(k)) * sum[k];
          next[i][c] = value > 0 ? value : 0.2 * value;
          mean += next[i][c] / 64;
          square += next[i][c] * next[i][c] / 64;
        }
        for (std::size_t c = 0; c < 64; ++c) {
          const auto channel = static_cast<std::int64_t>(c);
          next[i][c] =
              (next[i][c] - mean) / std::sqrt(square - mean * mean + 1e-5) * weight(name + ".norm.weight", channel) +
              weight(name + ".norm.bias", channel);
          next[i][c] *= dropped(layer, c, i);
        }
      }
      x = next;
      h = next;
    }
    Tensor m = at::empty({kHidden}, at::kDouble), logits = at::empty({kLatents}, at::kDouble);
    double strength = weight("c3.bias", 0);
    for (std::int64_t k = 0; k < kHidden; ++k) {
      double value = weight("c1.bias", k);
      for (std::int64_t c = 0; c < 64; ++c)
        for (const auto target : targets)
          value += weight("c1.weight", k, c) * h[static_cast<std::size_t>(target)][static_cast<std::size_t>(c)] /
                   static_cast<double>(targets.size());
      m.select(0, k).fill_(value > 0 ? value : 0.2 * value);
      strength += weight("c3.weight", 0, k) * m.select(0, k).item<double>();
    }
    double sum = 0;
    for (std::int64_t l = 0; l < kLatents; ++l) {
      double value = weight("c2.bias", l);
      for (std::int64_t k = 0; k < kHidden; ++k) value += weight("c2.weight", l, k) * m.select(0, k).item<double>();
      logits.select(0, l).fill_(std::exp(std::clamp(tau, 1e-3, 10.0) * value));
      sum += logits.select(0, l).item<double>();
    }
    double s = weight("c_strength", 0) * std::tanh(strength);
    for (const auto target : targets)
      if (tri_value) s += weight("c_shift", target) / static_cast<double>(targets.size());
    return {m, logits / sum, at::zeros({1}, at::kDouble).fill_(s)};
  }

 private:
  std::string name_;
  TargetGraph graph_;
  ModelOptions options_;
  ModelShape shape_{.n_labels = kNodes, .n_latents = kLatents, .hidden = kHidden};
  Parameters parameters_{at::TensorOptions().dtype(at::kDouble), 1};
  std::unique_ptr<InterventionEncoder> encoder_;
};

const auto kNothingDropped = [](int, std::size_t, std::size_t) { return 1.0; };

void expect_same(const EncodedTarget& ours, std::int64_t row, const EncodedTarget& theirs) {
  EXPECT_TRUE(at::allclose(ours.b.select(0, row), theirs.b, 1e-9, 1e-12));
  EXPECT_TRUE(at::allclose(ours.s.narrow(0, row, 1), theirs.s, 1e-9, 1e-12));
  EXPECT_TRUE(at::allclose(ours.hidden.select(0, row), theirs.hidden, 1e-9, 1e-12));
}

class OnTheGeneGraph : public testing::TestWithParam<std::string> {};

TEST_P(OnTheGeneGraph, IsItsFormulaForOneTargetAndForSeveral) {
  const at::NoGradGuard no_grad;
  const Encoded made(GetParam());
  const std::vector<std::vector<std::int64_t>> targets{{1}, {3}, {4}, {0}, {1, 2}, {1, 3, 4}};
  const EncodedTarget ours = made.encoder().encode(Encoded::shares(targets), 1.5, Tensor());
  for (std::size_t r = 0; r < targets.size(); ++r)
    expect_same(ours, static_cast<std::int64_t>(r), made.by_hand(targets[r], 1.5, kNothingDropped));
  EXPECT_TRUE(made.encoder().encodes_together());
}

TEST_P(OnTheGeneGraph, TheTemperatureHasLimits) {
  const at::NoGradGuard no_grad;
  const Encoded made(GetParam());
  const auto b = [&](double tau) { return made.encoder().encode(Encoded::shares({{1}}), tau, Tensor()).b; };
  EXPECT_TRUE(b(11).equal(b(10)));
  EXPECT_TRUE(b(0).equal(b(1e-3)));
  EXPECT_FALSE(b(9).equal(b(10)));
}

INSTANTIATE_TEST_SUITE_P(InterventionEncoders, OnTheGeneGraph, testing::Values("tri-value", "drop-edge"),
                         [](const auto& instance) {
                           return instance.param == "tri-value" ? "tri_value" : "drop_edge";
                         });

TEST(TriValue, DropsWhereTheUniformNumberIsBelowATenth) {
  const at::NoGradGuard no_grad;
  const Encoded made("tri-value");
  ASSERT_EQ(made.encoder().n_dropout(), 2 * 64 * kNodes);
  Tensor uniform = at::empty({made.encoder().n_dropout()}, at::kDouble);
  Random random(5, "dropout");
  std::generate_n(uniform.data_ptr<double>(), uniform.numel(), [&] { return random.uniform(); });
  const auto dropped = [&](int layer, std::size_t channel, std::size_t node) {
    const auto at = (static_cast<std::size_t>(layer) * 64 + channel) * kNodes + node;
    return uniform.data_ptr<double>()[at] < 0.1 ? 0 : 1 / 0.9;
  };
  const EncodedTarget ours = made.encoder().encode(Encoded::shares({{1, 3}}), 2, uniform);
  expect_same(ours, 0, made.by_hand({1, 3}, 2, dropped));
  const EncodedTarget whole = made.encoder().encode(Encoded::shares({{1, 3}}), 2, Tensor());
  EXPECT_FALSE(whole.b.equal(ours.b)) << "nothing is dropped without numbers";
  EXPECT_EQ(Encoded("drop-edge").encoder().n_dropout(), 0);
}

TEST(TriValue, AnUntrainedTargetFollowsItsNeighbours) {
  const at::NoGradGuard no_grad;
  Encoded made("tri-value");
  const auto b_of = [&](std::int64_t target) {
    return made.encoder().encode(Encoded::shares({{target}}), 1, Tensor()).b.clone();
  };
  const Tensor connected = b_of(3), alone = b_of(4);
  Tensor(made.parameters().at("targets.embedding")).select(1, 2).add_(1);  // C, neighbour of D
  EXPECT_FALSE(b_of(3).equal(connected));
  EXPECT_TRUE(b_of(4).equal(alone)) << "no edge leads to E";
}

}  // namespace
}  // namespace gracevae::impl
