// What every mechanism, kind of intervention and intervention encoder must do, in every combination with the decoder's
// options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/weight_gradients.hpp"
#include "model/model.hpp"
#include "network/context_graph.hpp"
#include "run/model_parts.hpp"
#include "support/tensors.hpp"
#include "train/objective.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kGenes = 7, kLabels = 3, kLatents = 4, kHidden = 5, kCells = 5;

/// The labels in a graph of their own, 0–1 and 1–2; label 2 is no target of the screen.
const TargetGraph& target_graph() {
  static const TargetGraph graph = [] {
    TargetGraph made{{"a", "b", "c"}, {}, {0, 1}};
    made.neighbours.n_rows = made.neighbours.n_cols = kLabels;
    made.neighbours.indptr = {0, 1, 3, 4};
    made.neighbours.indices = {1, 0, 2, 1};
    made.neighbours.values = {1, .5, .5, 1};
    return made;
  }();
  return graph;
}

/// A chain of the genes.
const CsrMatrix<double>& chain() {
  static const CsrMatrix<double> mean = [] {
    ContextGraph graph;
    graph.n_genes = kGenes;
    for (std::int32_t i = 0; i + 1 < kGenes; ++i) graph.edges.emplace_back(i, i + 1);
    return mean_adjacency(graph);
  }();
  return mean;
}

using Case =
    std::tuple<std::string, std::string, std::string, bool>;  // mechanism, intervention, encoder, decoder options

class EveryCausalLayer : public testing::TestWithParam<Case> {
 protected:
  ModelOptions options() const {
    ModelOptions options;
    bool more = false;
    std::tie(options.mechanism, options.intervention, options.intervention_encoder, more) = GetParam();
    options.model = "cmvae";
    options.dtype = "float64";
    if (more) {
      options.decoder_output = "linear";
      options.linear_skip = options.abduction = true;
    }
    return options;
  }
  std::unique_ptr<Model> make() const {
    auto model = make_model(options(), {.shape = {kGenes, 0, kLabels, kLatents, kHidden},
                                        .neighbours = &chain(),
                                        .target_graph = &target_graph(),
                                        .seed = 3});
    // Weights that start equal (factors of 1, a skip of 0) would hide mistakes: every weight is moved a little.
    const at::NoGradGuard no_grad;
    for (const auto& weight : model->parameters().all())
      Tensor(weight.value).add_(random_tensor(weight.value.sizes().vec(), weight.name), 0.3);
    return model;
  }
  /// What a pass in training drops; undefined for encoders that drop nothing.
  static Tensor dropout(const Model& model) {
    if (model.n_dropout() == 0) return {};
    Tensor uniform = at::empty({model.n_dropout()}, at::kDouble);
    Random random(9, "dropout");
    std::generate_n(uniform.data_ptr<double>(), uniform.numel(), [&] { return random.uniform(); });
    return uniform;
  }
  static ModelInput input(const std::vector<std::int64_t>& targets, bool row_a_cell = false) {
    ModelInput in{.x = random_tensor({kCells, kGenes}, "x"), .epsilon = random_tensor({kCells, kLatents}, "e")};
    for (const auto target : targets) {
      const Tensor row = at::eye(kLabels, in.x.options()).narrow(0, target, 1);
      in.targets.push_back(row_a_cell ? row.expand({kCells, -1}).contiguous() : row);
    }
    return in;
  }
};

TEST_P(EveryCausalLayer, EveryWeightHasTheGradientOfFiniteDifferences) {
  const auto model = make();
  ModelInput in = input({0, 2});
  in.dropout = dropout(*model);
  const Tensor y = random_tensor({kCells, kGenes}, "y");
  const auto loss = [&] {
    return objective(*model, model->forward(in), in.x, y, {.alpha = 2, .beta = 0.5},
                     {.lambda = 0.1, .smoothness = 0.2, .mmd = {.sigma = 10}})
        .total;
  };
  check_weight_gradients(*model, loss, {.step = 1e-6, .tolerance = 2e-5, .n_entries = 6});
}

TEST_P(EveryCausalLayer, OneRowForAllCellsIsARowForEach) {
  const auto model = make();
  const ModelOutput shared = model->forward(input({0, 1})), each = model->forward(input({0, 1}, true));
  EXPECT_TRUE(at::allclose(shared.u, each.u, 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(shared.y_hat, each.y_hat, 1e-12, 1e-12));
}

TEST_P(EveryCausalLayer, ControlIsTheReconstructionAndOrderDoesNotMatter) {
  const auto model = make();
  const ModelOutput control = model->forward(input({}));
  EXPECT_TRUE(control.y_hat.equal(control.x_hat));
  EXPECT_TRUE(at::allclose(model->forward(input({0, 2})).y_hat, model->forward(input({2, 0})).y_hat, 1e-12, 1e-12));
}

TEST_P(EveryCausalLayer, AnInterventionReachesOnlyItsTargetsDescendants) {
  auto model = make();
  const at::NoGradGuard no_grad;
  if (std::get<2>(GetParam()) != "table") GTEST_SKIP() << "needs a label with one latent";
  Tensor table = model->parameters().at("label_table");
  table.zero_();
  table.select(0, 1).select(0, 2).fill_(1e4);  // label 1 targets latent 2, and nothing else
  const ModelOutput out = model->forward(input({1}));
  const Tensor change = at::abs(out.u - out.u0);
  EXPECT_EQ(change.narrow(1, 0, 2).max().item<double>(), 0);
  EXPECT_GT(change.narrow(1, 2, 1).min().item<double>(), 0);
}

TEST_P(EveryCausalLayer, SeveralTargetsAreOneInterventionOrOneEach) {
  const auto model = make();
  const ModelInput in = input({0, 2});
  const auto encoded = model->forward(in).targets;
  const bool together = network_use(kInterventionEncoderNames, std::get<2>(GetParam())) != NetworkUse::none;
  ASSERT_EQ(encoded.size(), together ? 1U : 2U);
  for (std::size_t k = 0; k < encoded.size(); ++k) {
    const EncodedTarget alone =
        model->encode_target(together ? 0.5 * (in.targets[0] + in.targets[1]) : in.targets[k], in.tau);
    EXPECT_TRUE(at::allclose(encoded[k].b, alone.b, 1e-12, 1e-12));
    EXPECT_TRUE(at::allclose(encoded[k].s, alone.s, 1e-12, 1e-12));
  }
}

TEST_P(EveryCausalLayer, DropsNothingInPrediction) {
  const auto model = make();
  ModelInput in = input({1});
  const Tensor predicted = model->forward(in).y_hat;
  in.dropout = dropout(*model);
  EXPECT_EQ(model->forward(in).y_hat.equal(predicted), model->n_dropout() == 0);
  EXPECT_TRUE(model->forward(in).y_hat.equal(model->forward(in).y_hat)) << "the same numbers, the same bits";
  EXPECT_EQ(model->n_dropout() > 0, std::get<2>(GetParam()).starts_with("tri-value"));
}

TEST_P(EveryCausalLayer, LatentsWithoutTheEncoderAreThoseOfThePass) {
  const auto model = make();
  ModelInput in = input({0, 2});
  in.dropout = dropout(*model);
  const ModelOutput out = model->forward(in);
  EXPECT_TRUE(model->latents(out.z, in.targets, in.tau, in.dropout).equal(out.u));
}

TEST_P(EveryCausalLayer, TheDecoderIsSmoothedWhereTheGeneGraphIsRead) {
  const std::string& encoder = std::get<2>(GetParam());
  EXPECT_EQ(make()->smoothness().defined(), encoder != "mlp" && encoder != "table");
}

TEST_P(EveryCausalLayer, SingleAndDoublePrecisionAgree) {
  ModelOptions single = options();
  single.dtype = "float32";
  const auto in_double = make();
  const auto in_single = make_model(single, {.shape = {kGenes, 0, kLabels, kLatents, kHidden},
                                             .neighbours = &chain(),
                                             .target_graph = &target_graph(),
                                             .seed = 3});
  const at::NoGradGuard no_grad;
  for (const auto& weight : in_single->parameters().all())
    Tensor(weight.value).copy_(in_double->parameters().at(weight.name));
  ModelInput in = input({0, 1});
  in.dropout = dropout(*in_double);
  const Tensor expected = in_double->forward(in).y_hat;
  for (Tensor* tensor : {&in.x, &in.epsilon, &in.targets[0], &in.targets[1]}) *tensor = tensor->to(at::kFloat);
  EXPECT_TRUE(at::allclose(in_single->forward(in).y_hat.to(at::kDouble), expected, 1e-3, 1e-3));
}

TEST_P(EveryCausalLayer, SaysWhetherItsGraphIsIdentified) {
  EXPECT_EQ(make()->identifies_graph(), std::get<0>(GetParam()) != "linear" || std::get<1>(GetParam()) != "shift");
}

std::vector<Case> every_case() {
  std::vector<Case> cases;
  for (const auto& mechanism : mechanism_names())
    for (const char* intervention : {"shift", "scale", "cut", "knockout"})
      for (const auto& encoder : intervention_encoder_names())
        for (const bool more : {false, true}) cases.emplace_back(mechanism, intervention, encoder, more);
  return cases;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  const auto& [mechanism, intervention, encoder, more] = info.param;
  std::string name = mechanism + "_" + intervention + "_" + encoder + (more ? "_linear_skip_abduction" : "");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryCausalLayer, testing::ValuesIn(every_case()), case_name);

TEST(Abduction, KeepsTheControlCellsOwnResidual) {
  ModelOptions options;
  options.model = "cmvae";
  options.dtype = "float64";
  const auto plain = make_model(options, {.shape = {kGenes, 0, kLabels, kLatents, kHidden}, .seed = 3});
  options.abduction = true;
  const auto abducting = make_model(options, {.shape = {kGenes, 0, kLabels, kLatents, kHidden}, .seed = 3});
  ModelInput in{.x = random_tensor({kCells, kGenes}, "x"), .epsilon = random_tensor({kCells, kLatents}, "e")};
  in.targets = {at::eye(kLabels, in.x.options()).narrow(0, 1, 1)};
  const ModelOutput a = plain->forward(in), b = abducting->forward(in);
  EXPECT_TRUE(at::allclose(b.y_hat, in.x + (a.y_hat - a.x_hat), 1e-12, 1e-12));
  EXPECT_TRUE(b.x_hat.equal(a.x_hat)) << "the reconstruction is the model's own";
}

}  // namespace
}  // namespace gracevae::impl
