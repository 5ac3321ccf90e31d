#include "experiment/inspection.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <limits>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::repeated;
using test::screen_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const MachineSpeed kSpeed{.flops = 1e9, .bytes = 1e9, .gathers = 1e9, .serial = 1e9};

Inspection inspected(const Screen& screen, const NetworkOptions& network = {}) {
  return inspect(screen, summarise_screen(screen), network, kSpeed);
}

/// Infinitely fast at everything but what a test asks for.
constexpr double kNoTime = std::numeric_limits<double>::infinity();
const MachineSpeed kFree{.flops = kNoTime, .bytes = kNoTime, .gathers = kNoTime, .serial = kNoTime};

TrainingSize small_cmvae() {
  TrainingSize size;
  size.model.model = "cmvae";
  size.model.hidden = 4;
  size.n_genes = 10;
  size.n_labels = size.n_latents = 2;
  size.batch_size = 3;
  size.steps_an_epoch = 5;
  size.epochs = 2;
  return size;
}

TEST(Estimate, CountsProductsWeightsAndEdgesByHand) {
  TrainingSize size = small_cmvae();
  const auto step = [&](const MachineSpeed& speed) { return estimate_training(size, speed).step_seconds; };
  MachineSpeed products = kFree, streams = kFree, gathers = kFree;
  products.flops = streams.bytes = gathers.gathers = 1e9;
  // Each product of three cells, its gradients: fc1 by its weights, fc_mean and fc_var, twice G, d1 and d2; Gram
  // matrix.
  const double flops = 2 * 3 * (2 * 10 * 4 + 3 * 4 * 4 + 2 * (3 * 2 * 2 + 3 * 2 * 4 + 3 * 4 * 10) + 4 * 3 * 10);
  EXPECT_NEAR(step(products), flops / 0.5e9, 1e-12);
  // fc1, fc_mean and fc_var, d1, d2, G, c1 and c2 without offsets.
  const double n_weights = 44 + 20 + 12 + 50 + 4 + 16;
  EXPECT_NEAR(step(streams), 4 * (12 * n_weights + 40 * 3 * 10) / 1e9, 1e-12);
  EXPECT_EQ(step(gathers), 0);
  const double once = estimate_training(size, products).seconds;
  size.epochs = 4;
  EXPECT_NEAR(estimate_training(size, products).seconds - once, 10 * step(products), 1e-12);
  size.model.model = "grace-vae";
  size.graph = {.n_nodes = 14, .n_gg = 7, .n_pg = 5, .n_pp = 3};
  EXPECT_NEAR(step(gathers), 3 * (2 * 7 + 5) / 1e9, 1e-15) << "edges into genes, which the first layer reads";
  size.model.gnn_channels = {"6"};
  EXPECT_NEAR(step(gathers), 3 * (2 * (7 + 5 + 3) + 2 * 6 * (2 * 7 + 5)) / 1e9, 1e-15)
      << "and back where weights are before";
}

TEST(Estimate, EveryModelAndEncoderHasItsPrice) {
  TrainingSize size = small_cmvae();
  size.graph = {.n_nodes = 14, .n_gg = 7, .n_pg = 5, .n_pp = 3, .n_sets = 40};
  size.targets = {.n_nodes = 12, .n_directed_edges = 20};
  size.test_cells = {8};
  const auto seconds = [&](const auto& change) {
    TrainingSize changed = size;
    change(changed.model);
    return estimate_training(changed, kSpeed).seconds;
  };
  const auto model = [&](const char* name) { return seconds([&](ModelOptions& m) { m.model = name; }); };
  const auto encoder = [&](const char* name, std::vector<std::string> heads = {}) {
    return seconds([&](ModelOptions& m) {
      m.model = "grace-vae";
      m.encoder = name;
      if (!heads.empty()) m.gnn_channels = {"4"};
      m.gnn_heads = heads;
    });
  };
  const auto labels = [&](const char* name) {
    return seconds([&](ModelOptions& m) { m.intervention_encoder = name; });
  };
  EXPECT_LT(model("control"), model("cmvae"));
  EXPECT_EQ(model("control"), model("linear"));
  EXPECT_LT(model("cmvae"), model("cmvae-multihot"));
  EXPECT_LT(model("cmvae"), model("sena"));
  EXPECT_LT(model("grace-vae"), model("vgae")) << "smoothness";
  EXPECT_EQ(encoder("identity"), model("cmvae"));
  EXPECT_LT(encoder("sage"), encoder("gat"));
  EXPECT_LT(encoder("gat"), encoder("gat", {"1"}));
  EXPECT_LT(encoder("gat", {"1"}), encoder("gat", {"3"}));
  EXPECT_LT(labels("mlp"), labels("drop-edge"));
  EXPECT_LT(labels("drop-edge"), labels("tri-value"));
  EXPECT_LT(model("cmvae"), seconds([](ModelOptions& m) { m.mechanism = "mlp"; }));
  EXPECT_LT(model("cmvae"), seconds([](ModelOptions& m) { m.dtype = "float64"; }));
  EXPECT_LT(estimate_training(small_cmvae(), kSpeed).memory_bytes, estimate_training(size, kSpeed).memory_bytes);
}

TEST(Estimate, SpeedsArePositive) {
  const MachineSpeed speed = measure_speed();
  EXPECT_GT(speed.flops, 1e7);
  EXPECT_GT(speed.bytes, 1e7);
  EXPECT_GT(speed.gathers, 1e6);
  EXPECT_GT(speed.serial, 1e6);
}

TEST(Inspect, EveryLevelOfTheNetwork) {
  const TemporaryFolder folder;
  folder.write("pathways.gmt", "One\tP1\tg0\tg1\nTwo\tP2\tX\n");
  folder.write("relations.txt", "P1\tP2\n");
  folder.write("edgelist.txt", "g0 g2\n");
  NetworkOptions network;
  network.network = folder.path().string();
  const Screen screen = screen_of(repeated({{"control", 4}, {"g0", 100}, {"g3", 10}, {"zz", 100}}));
  const Inspection inspection = inspected(screen, network);
  ASSERT_EQ(inspection.levels.size(), 4U);
  EXPECT_EQ(inspection.levels[0].n_genes, 2);
  EXPECT_EQ(inspection.levels[1].n_genes, 3);
  EXPECT_EQ(inspection.levels[1].n_pathways, 1);
  EXPECT_EQ(inspection.levels[3].n_pathways, 2);
  EXPECT_EQ(inspection.levels[3].n_pp, 1);
  EXPECT_THAT(inspection.levels[3].targets_without_edge, ElementsAre("g3"));
  EXPECT_EQ(inspection.size.graph.n_gg + inspection.size.graph.n_pg + inspection.size.graph.n_pp, 1 + 2 + 1);
  EXPECT_EQ(inspection.size.graph.n_nodes, 6);
  EXPECT_EQ(inspection.size.steps_an_epoch, 7) << "70 of 100 cells train: three batches of 32, twice, and one";
  EXPECT_THAT(inspection.too_small, ElementsAre("g3 (7)"));
  const std::string text = to_text(inspection);
  EXPECT_THAT(text,
              HasSubstr("full      3 genes (75 %), 2 pathways; edges 1 gene-gene, 2 pathway-gene, 1 pathway-pathway"));
  EXPECT_THAT(text, HasSubstr("gracevae train test.h5ad -o run"));
}

TEST(Inspect, ALevelWithoutItsFileIsSaidAndAFolderThatIsNotThereIsAnError) {
  const TemporaryFolder folder;
  folder.write("edgelist.txt", "g0 g2\n");
  NetworkOptions network;
  network.network = folder.path().string();
  const Inspection inspection = inspected(screen_of({"control", "g0"}), network);
  EXPECT_EQ(inspection.levels[0].refused, "");
  EXPECT_THAT(inspection.levels[1].refused, HasSubstr("gene sets"));
  EXPECT_THAT(to_json(inspection)["levels"][1]["refused"].get<std::string>(), HasSubstr("gene sets"));
  network.network = (folder.path() / "nowhere").string();
  EXPECT_THROW(inspected(screen_of({"control", "g0"}), network), ConfigError);
}

/// Runs in an empty folder, so that every output name is free.
class NextSteps : public testing::Test {
 protected:
  NextSteps() { std::filesystem::current_path(folder_.path()); }
  ~NextSteps() override { std::filesystem::current_path(before_); }
  std::filesystem::path before_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

TEST_F(NextSteps, CountsAreSentToPrepareFirst) {
  const std::vector<std::vector<float>> counts(8, {0, 5});
  const Screen screen = screen_of(repeated({{"control", 2}, {"g0", 6}}), counts);
  EXPECT_THAT(inspected(screen).next,
              ElementsAre(HasSubstr("# counts: "), "gracevae prepare test.h5ad -o prepared.h5ad",
                          HasSubstr("# without a network"),
                          "gracevae train prepared.h5ad --label-column condition --model cmvae -o run",
                          "gracevae evaluate run", "gracevae report run"));
}

TEST_F(NextSteps, NamesThatAreTakenAreLeftAlone) {
  folder_.write("run/options.toml", "");
  folder_.write("prepared.h5ad", "");
  folder_.write("prepared2.h5ad", "");
  const Screen counts =
      screen_of(repeated({{"control", 80}, {"g0", 80}}), std::vector<std::vector<float>>(160, {0, 5}));
  EXPECT_THAT(inspected(counts).next,
              testing::IsSupersetOf({"gracevae prepare test.h5ad -o prepared3.h5ad", "gracevae evaluate run2"}));
}

TEST_F(NextSteps, WhereNothingTrainsNothingIsRecommended) {
  EXPECT_THAT(inspected(screen_of({"control", "g0+g1"})).next, ElementsAre(HasSubstr("nothing to train")));
  EXPECT_THAT(inspected(screen_of({"control", "g0"})).next, ElementsAre(HasSubstr("# training would stop: split: ")))
      << "one cell is none to test";
}

const std::vector<GivenOption> kGiven{{"screen.matrix", "--matrix", "layers/my counts"},
                                      {"screen.label_column", "--label-column", "the gene"},
                                      {"screen.control", "--control", "NT*"},
                                      {"screen.separator", "--separator", "-"},
                                      {"screen.missing_labels", "--missing-labels", "drop"},
                                      {"screen.genes_in_rows", "--genes-in-rows", "true", true},
                                      {"screen.aliases", "--aliases", "old names.tsv"}};

TEST_F(NextSteps, CommandsKeepTheOptionsThatWereGiven) {
  const Screen screen = screen_of(repeated({{"control", 50}, {"g0", 50}}));
  const std::string all =
      "--matrix 'layers/my counts' --label-column 'the gene' --control 'NT*' --separator=- --missing-labels drop "
      "--genes-in-rows --aliases 'old names.tsv'";
  EXPECT_THAT(inspect(screen, summarise_screen(screen), {}, kSpeed, kGiven).next,
              testing::Contains("gracevae train test.h5ad " + all + " --model cmvae -o run"));
  Screen counts = screen_of(repeated({{"control", 80}, {"g0", 80}}), std::vector<std::vector<float>>(160, {0, 5}));
  EXPECT_THAT(inspect(counts, summarise_screen(counts), {}, kSpeed, kGiven).next,
              testing::IsSupersetOf(
                  {"gracevae prepare test.h5ad " + all + " -o prepared.h5ad",
                   std::string("gracevae train prepared.h5ad --label-column 'the gene' --control 'NT*' "
                               "--separator=- --missing-labels drop --aliases 'old names.tsv' "
                               "--model cmvae -o run")}))
      << "what prepare used up is left out";
  counts.labels_are_canonical = false;
  EXPECT_THAT(inspect(counts, summarise_screen(counts), {}, kSpeed, kGiven).next,
              testing::Contains("gracevae train prepared.h5ad --aliases 'old names.tsv' --label-column gracevae_regime "
                                "--model cmvae -o run"));
}

TEST_F(NextSteps, LinearValuesAreLogged) {
  const std::vector<std::vector<float>> linear(160, {0, 50.5F});
  const Screen screen = screen_of(repeated({{"control", 80}, {"g0", 80}}), linear);
  EXPECT_THAT(inspected(screen).next, testing::Contains("gracevae prepare test.h5ad --log-only -o prepared.h5ad"));
}

TEST_F(NextSteps, RecommendsALevelThatCanBeBuilt) {
  folder_.write("net/edgelist.txt", "g0 g2\n");
  NetworkOptions network;
  network.network = "net";
  const Screen screen = screen_of(repeated({{"control", 50}, {"g0", 50}}));
  const std::vector<GivenOption> given{{"network.network", "--network", network.network},
                                       {"network.level", "--level", "full"}};
  const auto next = [&] { return inspect(screen, summarise_screen(screen), network, kSpeed, given).next; };
  EXPECT_THAT(next(), ElementsAre(HasSubstr("# network.level full needs gene sets"),
                                  "gracevae train test.h5ad --network net --level gg -o run", "gracevae evaluate run",
                                  "gracevae report run"));
  folder_.write("net/edgelist.txt", "STRANGER OTHER\n");
  EXPECT_THAT(next(), ElementsAre(HasSubstr("# network.level full needs gene sets"),
                                  "gracevae train test.h5ad --model cmvae -o run", "gracevae evaluate run",
                                  "gracevae report run"));
}

TEST_F(NextSteps, AFileThatMatchesNothingIsSaidAndLeftOut) {
  folder_.write("net/edgelist.csv", "source,target\ng0,g2\n");
  folder_.write("net/sets.gmt", "One\tP1\t1000\t1001\n");
  NetworkOptions network;
  network.network = "net";
  const Screen screen = screen_of(repeated({{"control", 50}, {"g0", 50}}));
  std::vector<GivenOption> given{{"network.network", "--network", network.network}};
  const Inspection refused = inspect(screen, summarise_screen(screen), network, kSpeed, given);
  EXPECT_THAT(refused.levels[3].refused, HasSubstr("sets.gmt: none of its 2 names is a gene of the screen"));
  EXPECT_THAT(refused.next, testing::Contains("gracevae train test.h5ad --network net --level gg -o run"));
  EXPECT_THAT(to_text(refused), HasSubstr("edgelist.csv: comma-separated, columns source and target\n"));
  network.allow_empty = true;
  given.push_back({"network.allow_empty", "--allow-empty", "true", true});
  const Inspection taken = inspect(screen, summarise_screen(screen), network, kSpeed, given);
  EXPECT_EQ(taken.levels[3].refused, "");
  EXPECT_THAT(taken.next, testing::Contains("gracevae train test.h5ad --network net --allow-empty -o run"));
  EXPECT_THAT(to_text(taken), HasSubstr("  warning: net/sets.gmt: none of its 2 names is a gene of the screen: it has "
                                        "Entrez ids ('1000', '1001')"));
  EXPECT_EQ(to_json(taken)["levels"][3]["warnings"].size(), 1U);
}

TEST_F(NextSteps, NeedNoColumnWhereVarHasTheSymbols) {
  folder_.write("net/edgelist.txt", "KLF1 TP53\n");
  NetworkOptions network;
  network.network = "net";
  network.level = "gg";
  AnnData data = test::data_of(repeated({{"control", 50}, {"KLF1", 50}}), {}, 2);
  data.var.index = {"ENSG00000105610", "ENSG00000141510"};
  data.var.add("Symbol", std::vector<std::string>{"KLF1", "TP53"});
  const Screen screen = screen_from_anndata(std::move(data), test::named_options());
  const std::vector<GivenOption> given{{"network.network", "--network", network.network},
                                       {"network.level", "--level", "gg"}};
  const Inspection inspection = inspect(screen, summarise_screen(screen), network, kSpeed, given);
  EXPECT_THAT(inspection.next,
              testing::Contains("gracevae train test.h5ad --network " + network.network + " --level gg -o run"));
}

}  // namespace
}  // namespace gracevae::impl
