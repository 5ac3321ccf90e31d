// What every registered model must do, for every registered encoder and both dtypes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "contract/weight_gradients.hpp"
#include "model/model.hpp"
#include "network/context_graph.hpp"
#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"
#include "train/objective.hpp"
#include "train/weights.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kGenes = 9, kPathways = 4, kLabels = 3, kLatents = 3, kHidden = 5, kCells = 6;

/// A ring over all nodes, and a pathway of all genes: every gene has two neighbours or three.
const CsrMatrix<double>& ring() {
  static const CsrMatrix<double> mean = [] {
    ContextGraph graph;
    graph.n_genes = kGenes;
    graph.pathway_ids.resize(kPathways);
    constexpr std::int32_t kNodes = kGenes + kPathways, kWhole = kGenes + 1;
    for (std::int32_t i = 0; i + 1 < kNodes; ++i) graph.edges.emplace_back(i, i + 1);
    graph.edges.emplace_back(0, kNodes - 1);
    for (std::int32_t gene = 0; gene < kGenes; ++gene) graph.edges.emplace_back(gene, kWhole);
    std::sort(graph.edges.begin(), graph.edges.end());
    return mean_adjacency(graph);
  }();
  return mean;
}

/// Model, encoder, dtype, whether the encoder is deep.
using Case = std::tuple<std::string, std::string, std::string, bool>;

class EveryModel : public testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Model> make(std::uint64_t seed = 1) const {
    ModelOptions options;
    bool deep = false;
    std::tie(options.model, options.encoder, options.dtype, deep) = GetParam();
    if (deep) options.gnn_channels = {"3", "2"};
    if (deep && options.encoder == "gat") options.gnn_heads = {"2", "1"};
    options.hidden = kHidden;
    return make_model(options,
                      {.shape = {kGenes, kPathways, kLabels, kLatents, kHidden}, .neighbours = &ring(), .seed = seed});
  }
  ModelInput input(const Model& model, std::vector<std::int64_t> targets) const {
    const auto& options = model.parameters().options();
    ModelInput in{.x = random_tensor({kCells, kGenes}, "x").to(options),
                  .epsilon = random_tensor({kCells, kLatents}, "e").to(options)};
    if (model.has_pathways()) in.pathway_values = random_tensor({kPathways}, "p").to(options);
    for (const auto target : targets) in.targets.push_back(at::eye(kLabels, options).narrow(0, target, 1));
    return in;
  }
};

TEST_P(EveryModel, ShapesAndDtype) {
  const auto model = make();
  const ModelOutput out = model->forward(input(*model, {0, 2}));
  const std::vector<std::int64_t> cells_by_latents{kCells, kLatents}, cells_by_genes{kCells, kGenes};
  for (const Tensor& t : {out.mu, out.var, out.z, out.u, out.u0}) EXPECT_EQ(t.sizes().vec(), cells_by_latents);
  for (const Tensor& t : {out.y_hat, out.x_hat}) {
    EXPECT_EQ(t.sizes().vec(), cells_by_genes);
    EXPECT_EQ(t.scalar_type(), model->parameters().options().dtype().toScalarType());
  }
  EXPECT_GT(out.var.min().item<double>(), 0);
  for (const auto& target : out.targets) EXPECT_NEAR(target.b.sum().item<double>(), 1, 1e-6);
}

TEST_P(EveryModel, NoTargetIsControl) {
  const auto model = make();
  const ModelOutput out = model->forward(input(*model, {}));
  EXPECT_TRUE(out.y_hat.equal(out.x_hat));
  EXPECT_TRUE(out.u.equal(out.u0));
}

TEST_P(EveryModel, OrderOfTargetsDoesNotMatter) {
  const auto model = make();
  EXPECT_TRUE(at::allclose(model->forward(input(*model, {0, 2})).y_hat, model->forward(input(*model, {2, 0})).y_hat,
                           1e-5, 1e-7));
}

TEST_P(EveryModel, PermutingCellsPermutesTheOutput) {
  const auto model = make();
  ModelInput in = input(*model, {1});
  const Tensor straight = model->forward(in).y_hat;
  in.x = in.x.flip(0);
  in.epsilon = in.epsilon.flip(0);
  EXPECT_TRUE(at::allclose(model->forward(in).y_hat.flip(0), straight, 1e-5, 1e-6));
}

TEST_P(EveryModel, SameSeedSameBitsOtherSeedOther) {
  const auto a = make(1), b = make(1), c = make(2);
  const auto run = [&](const Model& model) { return model.forward(input(model, {1})).y_hat; };
  EXPECT_TRUE(run(*a).equal(run(*b)));
  EXPECT_FALSE(run(*a).equal(run(*c)));
}

TEST_P(EveryModel, SavedWeightsComeBackToTheBit) {
  const TemporaryFolder folder;
  const auto a = make(1), b = make(2);
  SafeTensors content;
  store_tensors(content, "", a->parameters(), a->parameters().tensors());
  write_safetensors(folder.path() / "m.safetensors", content);
  load_tensors(read_safetensors(folder.path() / "m.safetensors"), "", b->parameters(), b->parameters().tensors(),
               "m.safetensors");
  EXPECT_TRUE(a->forward(input(*a, {1})).y_hat.equal(b->forward(input(*b, {1})).y_hat));
}

TEST_P(EveryModel, EveryWeightHasTheGradientOfFiniteDifferences) {
  if (std::get<2>(GetParam()) != "float64") GTEST_SKIP() << "differences need float64";
  const auto model = make();
  const ModelInput in = input(*model, {0, 1});
  const Tensor y = random_tensor({kCells, kGenes}, "y");
  const auto loss = [&] {
    return objective(*model, model->forward(in), in.x, y, {.alpha = 2, .beta = 0.5},
                     {.lambda = 0.1, .smoothness = 0.2, .mmd = {.sigma = 10}})
        .total;
  };
  check_weight_gradients(*model, loss, {.step = 1e-5, .tolerance = 1e-6, .n_entries = 7});
}

TEST_P(EveryModel, SaysWhatTheNetworkIsNeededFor) {
  const auto model = make();
  const auto& [name, encoder, dtype, deep] = GetParam();
  const bool graph_encoder = reads_encoder_option(name) && encoder != "identity" && encoder != "multihot";
  EXPECT_EQ(model->has_pathways(), graph_encoder);
  EXPECT_EQ(model->dag().defined(), name != "vgae");
  EXPECT_EQ(model->smoothness().defined(), name == "vgae");
}

std::vector<Case> every_case() {
  std::vector<Case> cases;
  for (const auto& model : model_names())
    for (const auto& encoder : encoder_names())
      for (const char* dtype : {"float32", "float64"})
        for (const bool deep : {false, true})
          if (const bool reads = reads_encoder_option(model), layered = encoder != "identity" && encoder != "multihot";
              !is_shift_model(model) && (reads || encoder == "identity") && (!deep || (reads && layered)))
            cases.emplace_back(model, encoder, dtype, deep);
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryModel, testing::ValuesIn(every_case()), [](const auto& instance) {
  std::string name = std::get<0>(instance.param) + "_" + std::get<1>(instance.param) + "_" +
                     std::get<2>(instance.param) + (std::get<3>(instance.param) ? "_deep" : "");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

template <class Registered>
std::set<std::string> made() {
  std::set<std::string> names;
  for (const auto& [name, make] : Registered::makers()) names.insert(name);
  return names;
}
std::set<std::string> sorted(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

TEST(Registry, EveryRowHasItsMakerAndEveryMakerItsRow) {
  EXPECT_EQ(made<RegisteredEncoder>(), sorted(encoder_names()));
  EXPECT_EQ(made<RegisteredInterventionEncoder>(), sorted(intervention_encoder_names()));
  EXPECT_EQ(made<RegisteredMechanism>(), sorted(mechanism_names()));
  EXPECT_EQ(made<RegisteredModel>(), sorted(model_names()));
}

TEST(Registry, ShiftModelsAddTheirWeightsToControlCells) {
  for (const std::string& name : kShiftModels) {
    ModelOptions options;
    options.model = name;
    options.dtype = "float64";
    const auto model = make_model(options, {.shape = {kGenes, 0, kLabels, 0, kHidden}});
    EXPECT_FALSE(model->trains()) << name;
    EXPECT_EQ(model->shape().n_latents, 0) << name;
    Tensor expected = random_tensor({kCells, kGenes}, "x");
    ModelInput in{.x = expected, .epsilon = random_tensor({kCells, 0}, "e")};
    EXPECT_TRUE(model->forward(in).y_hat.equal(in.x)) << name;
    const at::NoGradGuard no_grad;
    for (const Parameter& weight : model->parameters().all()) {
      const Tensor values = random_tensor(weight.value.sizes().vec(), weight.name.c_str());
      weight.value.copy_(values);
      expected = expected + (values.dim() == 1 ? values : values.select(0, 0) + values.select(0, 2));
    }
    for (const std::int64_t target : {2, 0})
      in.targets.push_back(at::eye(kLabels, in.x.options()).narrow(0, target, 1));
    EXPECT_TRUE(at::allclose(model->forward(in).y_hat, expected)) << name;
    EXPECT_TRUE(model->forward(in).x_hat.equal(in.x)) << name;
  }
}

TEST(Registry, UnknownNameSuggestsTheNearest) {
  ModelOptions options;
  options.model = "grace-vea";
  try {
    make_model(options, {.shape = {kGenes, 0, kLabels, kLatents, kHidden}});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean grace-vae"));
  }
}

TEST(Registry, WidthsOfTheGraphEncoderAreChecked) {
  const auto refused = [](std::vector<std::string> channels, std::vector<std::string> heads, const char* encoder) {
    ModelOptions options;
    options.encoder = encoder;
    options.gnn_channels = std::move(channels);
    options.gnn_heads = std::move(heads);
    try {
      make_model(options, {.shape = {kGenes, kPathways, kLabels, kLatents, kHidden}, .neighbours = &ring()});
      return std::string();
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(refused({"4", "x"}, {}, "gcn"), testing::HasSubstr("model.gnn_channels: 'x' is not a whole number"));
  EXPECT_THAT(refused({"0"}, {}, "sage"), testing::HasSubstr("'0' is not a whole number"));
  EXPECT_THAT(refused({"4", "8"}, {"2"}, "gat"),
              testing::HasSubstr("model.gnn_heads has 1 numbers, model.gnn_channels 2"));
  EXPECT_THAT(refused({"4"}, {"2"}, "gcn"), testing::HasSubstr("model.gnn_heads is for model.encoder gat"));
  EXPECT_EQ(refused({"4"}, {"2"}, "gat"), "");
}

TEST(Registry, AGraphEncoderWithoutAGraphIsRefused) {
  EXPECT_THROW(make_model({}, {.shape = {kGenes, 0, kLabels, kLatents, kHidden}}), ConfigError);
}

TEST(Registry, PublishedParameterCounts) {
  // As published for norman: CMVAE 1,364,029; a one-layer GraphSAGE adds 3.
  const ModelShape norman{5000, 2694, 105, 105, 128};
  CsrMatrix<double> empty;
  empty.n_rows = empty.n_cols = 5000 + 2694;
  empty.indptr.assign(5000 + 2694 + 1, 0);
  const auto count = [&](const char* model, const CsrMatrix<double>& graph) {
    ModelOptions options;
    options.model = model;
    return make_model(options, {.shape = norman, .neighbours = &graph})->parameters().count();
  };
  EXPECT_EQ(count("cmvae", empty), 1364029);
  EXPECT_EQ(count("grace-vae", empty), 1364032);
  // Without the DAG's 105²; the published 1,380,120 has a net from labels to latents besides, which nothing reads.
  EXPECT_EQ(count("vgae", empty), 1364032 - 105 * 105);
  EXPECT_EQ(count("vgae", empty) + (105 * 128 + 128) + (128 * 105 + 105), 1380120);
  // fc1 reads 128 more numbers a pathway; the published 1,630,531 is that of 2,082 pathways, and 6 weights more.
  EXPECT_EQ(count("cmvae-multihot", empty), 1364029 + 128 * 2694);
  empty.n_rows = empty.n_cols = 5000 + 2082;
  empty.indptr.resize(5000 + 2082 + 1);
  EXPECT_EQ(count("cmvae-multihot", empty) + 6, 1630531);
}

}  // namespace
}  // namespace gracevae::impl
