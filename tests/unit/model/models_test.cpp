// What tells the baselines from GraCE-VAE: each against its own formula.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "model/model.hpp"
#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kGenes = 7, kSets = 3, kLabels = 2, kLatents = 3, kHidden = 4, kCells = 5;
const ModelShape kShape{kGenes, kSets, kLabels, kLatents, kHidden};

/// Sets 7 {0, 1, 2, 3, 4}, 8 {5} and 9 {1, 2, 3, 5, 6}, which is a parent of set 7; genes 0–1 and 1–6 interact.
CsrMatrix<double> sets_and_genes() {
  const std::vector<std::pair<std::int32_t, std::int32_t>> edges{{0, 7}, {1, 7}, {2, 7}, {3, 7}, {4, 7},
                                                                 {5, 8}, {1, 9}, {2, 9}, {3, 9}, {5, 9},
                                                                 {6, 9}, {7, 9}, {0, 1}, {1, 6}};
  CsrMatrix<double> a;
  a.n_rows = a.n_cols = kGenes + kSets;
  for (std::int32_t i = 0; i < a.n_rows; ++i) {
    std::vector<std::int32_t> row;
    for (const auto& [from, to] : edges) {
      if (from == i) row.push_back(to);
      if (to == i) row.push_back(from);
    }
    std::sort(row.begin(), row.end());
    a.indices.insert(a.indices.end(), row.begin(), row.end());
    a.values.insert(a.values.end(), row.size(), 1 / static_cast<double>(row.size()));
    a.indptr.push_back(std::ssize(a.indices));
  }
  return a;
}

std::unique_ptr<Model> make(const ModelOptions& options, const CsrMatrix<double>& graph) {
  auto model = make_model(options, {.shape = kShape, .neighbours = &graph, .seed = 4});
  const at::NoGradGuard no_grad;
  for (const auto& weight : model->parameters().all())
    Tensor(weight.value).add_(random_tensor(weight.value.sizes().vec(), weight.name), 0.3);
  return model;
}

ModelOptions options_of(const std::string& model) {
  ModelOptions options;
  options.model = model;
  options.dtype = "float64";
  return options;
}

ModelInput input_of(const Model& model) {
  ModelInput in{.x = random_tensor({kCells, kGenes}, "x"), .epsilon = random_tensor({kCells, kLatents}, "e")};
  if (model.has_pathways()) in.pathway_values = random_tensor({kSets}, "p");
  in.targets = {at::eye(kLabels, at::kDouble).narrow(0, 0, 1), at::eye(kLabels, at::kDouble).narrow(0, 1, 1)};
  return in;
}

std::string message_of(const ModelOptions& options, const ModelContext& context) {
  try {
    make_model(options, context);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(CmvaeMultihot, ReadsWhichPathwaysHaveAnExpressedGene) {
  const CsrMatrix<double> graph = sets_and_genes();
  const auto model = make(options_of("cmvae-multihot"), graph);
  EXPECT_FALSE(model->has_pathways()) << "no noise for pathway nodes";
  ModelInput in = input_of(*model);
  double* x = in.x.data_ptr<double>();
  const double cells[kCells][kGenes] = {{0, 0, 0, 0, 0, 0, 0},
                                        {1, 0, 0, 0, 0, 0, 0},
                                        {0, 0, 0, 0, 0, 2, 0},
                                        {-3, 0, 0, 0, 0, 0, 0.1},
                                        {0, 0.5, 0, 0, 0, 1, 0}};
  std::copy(&cells[0][0], &cells[0][0] + kCells * kGenes, x);
  const double expected[kCells][kSets] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 1}, {0, 0, 1}, {1, 1, 1}};
  const Tensor g = model->forward(in).g;
  EXPECT_TRUE(g.narrow(1, 0, kGenes).equal(in.x));
  for (std::int64_t b = 0; b < kCells; ++b)
    for (std::int64_t j = 0; j < kSets; ++j) EXPECT_EQ(entry(g, b, kGenes + j), expected[b][j]) << b << " " << j;
}

TEST(Vgae, AddsTheShiftsToTheNoiseAndDecodesThem) {
  const CsrMatrix<double> graph = sets_and_genes();
  const auto model = make(options_of("vgae"), graph), grace = make(options_of("grace-vae"), graph);
  const ModelInput in = input_of(*model);
  const ModelOutput out = model->forward(in), other = grace->forward(in);
  EXPECT_TRUE(out.mu.equal(other.mu)) << "the encoder is GraCE-VAE's";
  const Tensor shift = out.targets[0].b * out.targets[0].s + out.targets[1].b * out.targets[1].s;
  EXPECT_TRUE(at::allclose(out.u, out.z + shift, 1e-12, 1e-12));
  EXPECT_TRUE(out.u0.equal(out.z));
  EXPECT_TRUE(out.y_hat.equal(model->decode(out.u)));
  EXPECT_TRUE(model->latents(out.z, in.targets, 1, Tensor()).equal(out.u));
  EXPECT_FALSE(model->dag().defined());
  EXPECT_FALSE(model->identifies_graph());
  for (const auto& weight : model->parameters().all()) EXPECT_NE(weight.name, "G");
}

TEST(Vgae, SmoothnessIsTheMeanOverGeneGeneEdges) {
  const CsrMatrix<double> graph = sets_and_genes();
  const auto model = make(options_of("vgae"), graph);
  const Tensor rows = model->parameters().at("d2.weight").detach();
  const auto distance = [&](std::int64_t i, std::int64_t j) {
    return at::square(rows.select(0, i) - rows.select(0, j)).sum().item<double>();
  };
  EXPECT_NEAR(model->smoothness().item<double>(), (distance(0, 1) + distance(1, 6)) / 2, 1e-12);
  EXPECT_FALSE(make(options_of("grace-vae"), graph)->smoothness().defined());
  ModelOptions drop_edge = options_of("grace-vae");
  drop_edge.intervention_encoder = "drop-edge";
  EXPECT_TRUE(make(drop_edge, graph)->smoothness().defined());
}

TEST(Vgae, HasNoWeightsForAnInterventionToActOn) {
  const CsrMatrix<double> graph = sets_and_genes();
  ModelOptions options = options_of("vgae");
  options.intervention = "cut";
  EXPECT_THAT(message_of(options, {.shape = kShape, .neighbours = &graph}),
              HasSubstr("model.intervention cut acts on weights of a latent graph, and model.model vgae has none"));
}

TEST(Sena, FirstLayerIsMaskedByTheSetsOfFiveGenesOrMore) {
  const CsrMatrix<double> graph = sets_and_genes();
  ModelOptions options = options_of("sena");
  options.sena_lambda = 0.25;
  const auto model = make(options, graph);
  const ModelInput in = input_of(*model);
  const ModelOutput out = model->forward(in);
  const double mask[2][kGenes] = {{1, 1, 1, 1, 1, 0.25, 0.25}, {0.25, 1, 1, 1, 0.25, 1, 1}};
  const Tensor weight = model->parameters().at("sets.weight").detach(),
               bias = model->parameters().at("sets.bias").detach();
  ASSERT_EQ(weight.size(0), 2) << "the set of one gene has no unit";
  for (std::int64_t b = 0; b < kCells; ++b)
    for (std::int64_t s = 0; s < 2; ++s) {
      double sum = bias.select(0, s).item<double>();
      for (std::int64_t g = 0; g < kGenes; ++g) sum += entry(in.x, b, g) * entry(weight, s, g) * mask[s][g];
      EXPECT_NEAR(entry(out.hidden, b, s), sum > 0 ? sum : 0.2 * sum, 1e-12);
    }
  EXPECT_EQ(model->parameters().at("fc_mean.weight").size(1), 2);
  EXPECT_EQ(model->parameters().at("d1.weight").size(0), kHidden) << "the decoder keeps its width";
  EXPECT_TRUE(model->dag().defined());
}

TEST(Sena, SaysWhatIsMissing) {
  CsrMatrix<double> genes_only = sets_and_genes();
  genes_only.n_rows = genes_only.n_cols = kGenes;
  EXPECT_THAT(message_of(options_of("sena"), {.shape = kShape, .neighbours = &genes_only}), HasSubstr("no gene sets"));
  EXPECT_THAT(message_of(options_of("cmvae-multihot"), {.shape = kShape, .neighbours = &genes_only}),
              HasSubstr("no pathways"));
  CsrMatrix<double> small = sets_and_genes();
  ModelShape shape = kShape;
  shape.n_genes = 4;  // the first nodes: the sets have fewer genes, and genes 4 to 6 are sets of one
  EXPECT_THAT(message_of(options_of("sena"), {.shape = shape, .neighbours = &small}),
              HasSubstr("at least 5 measured genes, and the largest of the 6 sets has 4"));
  EXPECT_THAT(message_of(options_of("sena"), {.shape = kShape}), HasSubstr("model.model sena with"));
}

ModelOptions options_of(const char* model, const char* encoder, const char* interventions) {
  ModelOptions options;
  options.model = model;
  options.encoder = encoder;
  options.intervention_encoder = interventions;
  return options;
}

TEST(NeedsNetwork, IsWhatModelAndPartsTake) {
  const auto needs = [](const char* model, const char* encoder, const char* interventions) {
    return needs_network(options_of(model, encoder, interventions));
  };
  EXPECT_TRUE(needs("grace-vae", "sage", "mlp"));
  EXPECT_FALSE(needs("grace-vae", "identity", "mlp"));
  EXPECT_TRUE(needs("vgae", "gat", "table"));
  EXPECT_FALSE(needs("cmvae", "sage", "mlp"));
  EXPECT_TRUE(needs("cmvae", "sage", "drop-edge"));
  EXPECT_TRUE(needs("cmvae", "sage", "tri-value"));
  EXPECT_TRUE(needs("sena", "identity", "mlp"));
  EXPECT_TRUE(needs("cmvae-multihot", "identity", "mlp"));
  EXPECT_FALSE(needs("additive", "sage", "tri-value"));
}

TEST(ReadsPathwayValues, OfEncodersWithAValueANode) {
  const auto reads = [](const char* model, const char* encoder, const char* interventions) {
    return reads_pathway_values(options_of(model, encoder, interventions));
  };
  for (const char* encoder : {"sage", "gcn", "gat"}) {
    EXPECT_TRUE(reads("grace-vae", encoder, "mlp"));
    EXPECT_TRUE(reads("vgae", encoder, "mlp"));
  }
  EXPECT_FALSE(reads("grace-vae", "multihot", "mlp"));
  EXPECT_FALSE(reads("vgae", "identity", "drop-edge"));
  for (const char* model : {"cmvae", "cmvae-multihot", "sena", "linear"})
    EXPECT_FALSE(reads(model, "sage", "tri-value"));
}

}  // namespace
}  // namespace gracevae::impl
