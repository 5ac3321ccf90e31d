#include "experiment/inspection.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae {
namespace {

using test::repeated;
using test::screen_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr MachineSpeed kSpeed{.flops = 1e9, .bytes = 1e9};

Inspection inspected(const Screen& screen, const NetworkOptions& network = {}) {
  return inspect(screen, summarise_screen(screen), network, kSpeed);
}

TEST(Estimate, IsTheSumOfItsPartsByHand) {
  TrainingSize size;
  size.n_genes = 10;
  size.n_labels = size.n_latents = 2;
  size.hidden = 4;
  size.batch_size = 3;
  size.steps_an_epoch = 5;
  size.epochs = 2;
  // fc1 twice, d2 six times 2·3·10·4; Gram matrix 2·6·6·10 and gradient 2·3·6·10.
  const double products = (2 + 6) * 240 + 2 * 36 * 10 + 2 * 18 * 10;
  // fc1 44, fc_mean and fc_var 20, d1 12, d2 50, c1 12, c2 10, G 4, c_shift 2.
  const double n_weights = 44 + 20 + 12 + 50 + 12 + 10 + 4 + 2;
  const TrainingEstimate estimate = estimate_training(size, kSpeed);
  EXPECT_NEAR(estimate.step_seconds, 2e-3 + products / 0.6e9 + 4 * (7 * n_weights + 30 * 30) / 1e9, 1e-12);
  EXPECT_DOUBLE_EQ(estimate.seconds, 10 * estimate.step_seconds);
  size.n_directed_edges = 100;
  EXPECT_NEAR(estimate_training(size, kSpeed).step_seconds - estimate.step_seconds, 240 / 0.6e9 + 300 * 3e-9, 1e-12);
  size.bytes_a_number = 8;
  EXPECT_GT(estimate_training(size, kSpeed).memory_bytes, estimate.memory_bytes);
}

TEST(Estimate, SpeedsArePositive) {
  const MachineSpeed speed = measure_speed();
  EXPECT_GT(speed.flops, 1e7);
  EXPECT_GT(speed.bytes, 1e7);
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
  EXPECT_EQ(inspection.size.n_directed_edges, 2 * (1 + 2 + 1));
  EXPECT_EQ(inspection.size.n_nodes, 6);
  EXPECT_EQ(inspection.size.steps_an_epoch, 4) << "70 of 100 cells train: two batches of 32, twice";
  EXPECT_THAT(inspection.too_small, ElementsAre("g3 (7)"));
  const std::string text = to_text(inspection);
  EXPECT_THAT(text,
              HasSubstr("full      3 genes (75 %), 2 pathways; edges 1 gene-gene, 2 pathway-gene, 1 pathway-pathway"));
  EXPECT_THAT(text, HasSubstr("gracevae train test.h5ad --network " + network.network + " --keep-short -o run"));
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

TEST(Inspect, CountsAreSentToPrepareFirst) {
  const Screen counts = screen_of({"control", "g0", "g1"}, {{0, 5}, {2, 0}, {1, 1}});
  const auto next = inspected(counts).next;
  EXPECT_THAT(next[0], HasSubstr("gracevae prepare test.h5ad -o prepared.h5ad"));
  EXPECT_THAT(next[1], HasSubstr("gracevae train prepared.h5ad --network FOLDER"));
  EXPECT_THAT(inspected(screen_of({"control", "g0+g1"})).next[0], HasSubstr("nothing to train"));
}

}  // namespace
}  // namespace gracevae
