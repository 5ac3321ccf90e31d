#include "simulate/simulate.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "network/context_graph.hpp"
#include "screen/differential.hpp"
#include "screen/split.hpp"
#include "simulate/truth.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae {
namespace {

using test::expect_error;

Screen load(const std::filesystem::path& folder) {
  ScreenOptions options;
  options.file = (folder / "screen.h5ad").string();
  return load_screen(options);
}

TEST(Simulate, ScreenHasThePlannedCells) {
  const TemporaryFolder folder;
  const SimulateOptions options;
  simulate_screen(folder.path(), options);
  const Screen screen = load(folder.path());
  EXPECT_EQ(screen.n_cells(), 400 + 6 * 120 + 6 * 80);
  EXPECT_EQ(screen.n_genes(), 200);
  ASSERT_EQ(screen.regimes.size(), 13U);
  EXPECT_TRUE(screen.warnings.empty());
  const std::set<std::string> genes(screen.genes.begin(), screen.genes.end());
  for (const auto& regime : screen.regimes) {
    EXPECT_EQ(regime.cells.size(), regime.targets.empty() ? 400U : regime.targets.size() == 1 ? 120U : 80U);
    for (const auto& target : regime.targets) EXPECT_TRUE(genes.contains(target)) << target;
  }
  const double zeros =
      1 - static_cast<double>(screen.x.n_nonzero()) / static_cast<double>(screen.n_cells() * screen.n_genes());
  EXPECT_GT(zeros, 0.3);
  EXPECT_LT(zeros, 0.7);
  for (const float value : screen.x.values) EXPECT_GT(value, 0);
}

TEST(Simulate, FilesAgreeWithEachOther) {
  const TemporaryFolder folder;
  SimulateOptions options;
  options.seed = 4;
  simulate_screen(folder.path(), options);
  const AnnData data = read_anndata(folder.path() / "screen.h5ad");
  const auto truth = nlohmann::json::parse(read_text(folder.path() / "truth.json"));
  const auto& graph = std::get<Matrix<double>>(data.uns.at("true_latent_graph"));
  ASSERT_EQ(graph.n_rows, 6);
  std::set<std::int64_t> latents;
  for (std::int64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(truth["latent_graph"][static_cast<std::size_t>(i)].get<std::vector<double>>(),
              std::vector<double>(graph.row(i).begin(), graph.row(i).end()));
    for (std::int64_t j = 0; j <= i; ++j) EXPECT_EQ(graph(i, j), 0);
    latents.insert(truth["labels"][static_cast<std::size_t>(i)]["latent"].get<std::int64_t>());
  }
  EXPECT_EQ(latents.size(), 6U);
  EXPECT_EQ(data.obsm.at("u").n_rows, data.x.n_rows);
  EXPECT_EQ(data.obsm.at("u").n_cols, 6);

  const Screen screen = load(folder.path());
  NetworkOptions network;
  network.network = (folder.path() / "network").string();
  const ContextGraph context = build_context_graph(screen.genes, network);
  EXPECT_EQ(context.n_pathways(), 6 + 3);
  EXPECT_EQ(context.n_pg, 9 * 25);
  EXPECT_GT(context.n_gg, 300);
  std::int64_t n_edges = 0;
  for (const double weight : graph.values) n_edges += weight != 0;
  EXPECT_EQ(context.n_pp, n_edges);
  EXPECT_GT(n_edges, 0);
  for (const auto& program : truth["programs"]) EXPECT_EQ(program["genes"].size(), 25U);
}

TEST(Simulate, SameSeedSameBytes) {
  const TemporaryFolder one, two, other;
  SimulateOptions options;
  options.n_control = options.cells_per_single = options.cells_per_double = 10;
  simulate_screen(one.path(), options);
  simulate_screen(two.path(), options);
  options.seed = 1;
  simulate_screen(other.path(), options);
  for (const char* name :
       {"truth.json", "network/pathways.gmt", "network/pathway_relations.txt", "network/protein_edgelist.txt"}) {
    EXPECT_EQ(read_text(one.path() / name), read_text(two.path() / name)) << name;
    EXPECT_NE(read_text(one.path() / name), read_text(other.path() / name)) << name;
  }
  EXPECT_EQ(read_anndata(one.path() / "screen.h5ad").x.values, read_anndata(two.path() / "screen.h5ad").x.values);
  EXPECT_NE(read_anndata(one.path() / "screen.h5ad").x.values, read_anndata(other.path() / "screen.h5ad").x.values);
}

TEST(Simulate, LatentsFollowTheMechanism) {
  Truth truth;
  truth.graph = Matrix<double>(3, 3);
  truth.graph(0, 1) = 2;
  truth.graph(1, 2) = -0.5;
  truth.loadings = Matrix<double>(3, 0);
  for (const bool relu : {false, true})
    for (const double first_shift : {10.0, -10.0}) {
      Random random(3, "z"), same(3, "z");
      const auto u = draw_latents(truth, {first_shift, 0, 1}, relu, random);
      const double z0 = same.normal(), z1 = same.normal(), z2 = same.normal();
      const double u0 = z0 + first_shift;
      const double u1 = z1 + 2 * (relu && u0 < 0 ? 0 : u0);
      EXPECT_DOUBLE_EQ(u[0], u0);
      EXPECT_DOUBLE_EQ(u[1], u1);
      EXPECT_DOUBLE_EQ(u[2], z2 + 1 - 0.5 * (relu && u1 < 0 ? 0 : u1));
    }
}

TEST(Simulate, TruthFollowsTheOptions) {
  SimulateOptions options;
  options.n_latents = 40;
  options.n_genes = 300;  // 40 programs of 25 genes overlap
  options.expected_degree = 3;
  const Truth truth = draw_truth(options);
  int n_edges = 0;
  for (const double weight : truth.graph.values) {
    if (weight == 0) continue;
    ++n_edges;
    EXPECT_GE(std::abs(weight), 0.5);
    EXPECT_LE(std::abs(weight), 1.0);
  }
  EXPECT_NEAR(n_edges, 120, 45);  // 780 pairs at 2·3/39: sd 10
  for (std::int64_t latent = 0; latent < 40; ++latent) {
    const auto& genes = truth.programs[static_cast<std::size_t>(latent)];
    EXPECT_EQ(std::set<std::int64_t>(genes.begin(), genes.end()).size(), 25U);
    for (const auto gene : genes) EXPECT_NE(truth.loadings(latent, gene), 0);
  }
  for (std::int64_t label = 0; label < 40; ++label)
    EXPECT_EQ(truth.loadings(truth.latent_of_label[static_cast<std::size_t>(label)], label), 0.45)
        << "a label's own gene follows its latent";
  EXPECT_EQ(truth.genes[0], "TF01");
  EXPECT_EQ(truth.genes[40], "GENE001");
}

TEST(Simulate, ProteinEdgesHaveTheAskedPurity) {
  for (const double purity : {0.0, 0.5, 0.9, 1.0}) {
    SimulateOptions options;
    options.edge_purity = purity;
    const Truth truth = draw_truth(options);
    const auto edges = draw_protein_edges(truth, options);
    ASSERT_GT(edges.size(), 300U);
    double within = 0;
    for (const auto& [a, b] : edges) {
      EXPECT_LT(a, b);
      within += truth.share_program(a, b);
    }
    EXPECT_NEAR(within / static_cast<double>(edges.size()), purity, 0.01);
  }
}

/// Mean of a regime's cells minus that of control.
std::vector<double> shift_of(const Screen& screen, const std::vector<std::int64_t>& cells) {
  auto mean = mean_of_cells(screen, cells);
  const auto control = mean_of_cells(screen, screen.regimes[0].cells);
  for (std::size_t g = 0; g < mean.size(); ++g) mean[g] -= control[g];
  return mean;
}

TEST(Simulate, DoublesAreNearAdditiveButNotExactly) {
  const TemporaryFolder folder;
  simulate_screen(folder.path(), {});
  const Screen screen = load(folder.path());
  double error_control = 0, error_additive = 0;
  for (const auto& regime : screen.regimes) {
    if (regime.targets.size() != 2) continue;
    const auto observed = shift_of(screen, regime.cells);
    std::vector<double> additive(observed.size(), 0.0);
    for (const auto& target : regime.targets) {
      const auto single =
          shift_of(screen, screen.regimes[static_cast<std::size_t>(screen.find_regime({target}))].cells);
      for (std::size_t g = 0; g < additive.size(); ++g) additive[g] += single[g];
    }
    for (std::size_t g = 0; g < observed.size(); ++g) {
      error_control += observed[g] * observed[g];
      error_additive += (observed[g] - additive[g]) * (observed[g] - additive[g]);
    }
  }
  EXPECT_LT(error_additive, 0.35 * error_control);
  EXPECT_GT(error_additive, 0.01 * error_control);
  RecordProperty("additive_over_control", std::to_string(error_additive / error_control));
}

TEST(SimulateOptions, AreChecked) {
  const auto check = [](auto change, const std::vector<std::string>& parts) {
    SimulateOptions options;
    change(options);
    expect_error<ConfigError>([&] { options.validate(); }, parts);
  };
  check([](auto& o) { o.n_doubles = 16; }, {"--doubles is 16, but 6 latents give only 15 pairs"});
  check([](auto& o) { o.n_genes = 29; }, {"--genes is 29, expected at least 30"});
  check([](auto& o) { o.edge_purity = 1.5; }, {"--edge-purity is 1.5, expected 0 to 1"});
  check([](auto& o) { o.mechanism = "mlp"; }, {"--mechanism is 'mlp'", "relu"});
  check([](auto& o) { o.n_control = 0; }, {"--control-cells is 0"});
  SimulateOptions least;
  least.n_latents = least.n_genes = least.genes_per_program = 1;
  least.n_doubles = 0;
  const TemporaryFolder folder;
  simulate_screen(folder.path(), least);
  EXPECT_EQ(load(folder.path()).regimes.size(), 2U);
}

}  // namespace
}  // namespace gracevae
