#include "simulate/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "network/context_graph.hpp"
#include "screen/differential.hpp"
#include "screen/split.hpp"
#include "simulate/truth.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
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
  std::size_t n_weights = 0;
  for (const double weight : graph.values) n_weights += weight != 0;
  EXPECT_EQ(truth["edges"].size(), n_weights);
  const auto causal = truth["causal_order"].get<std::vector<std::int64_t>>();
  const auto place = [&](std::int64_t latent) {
    return std::find(causal.begin(), causal.end(), latent) - causal.begin();
  };
  for (const auto& edge : truth["edges"]) {
    EXPECT_EQ(graph(edge["from"].get<std::int64_t>(), edge["to"].get<std::int64_t>()), edge["weight"].get<double>());
    EXPECT_LT(place(edge["from"].get<std::int64_t>()), place(edge["to"].get<std::int64_t>()));
  }
  std::set<std::int64_t> latents;
  for (const auto& label : truth["labels"]) latents.insert(label["latents"][0].get<std::int64_t>());
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
  EXPECT_EQ(context.n_pp, static_cast<std::int64_t>(n_weights));
  EXPECT_GT(n_weights, 0U);
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

/// Options of three latents 2 → 0 → 1 with weights 2 and −0.5, and their truth.
struct Three {
  SimulateOptions options;
  Truth truth;
  explicit Three(const std::string& mechanism, const std::string& intervention = "shift") {
    options = simulate_preset("chain5");
    options.n_latents = 3;
    options.n_doubles = 3;
    options.mechanism = mechanism;
    options.intervention = intervention;
    truth = draw_truth(options);
    truth.causal = {2, 0, 1};
    truth.graph = Matrix<double>(3, 3);
    truth.graph(2, 0) = 2;
    truth.graph(0, 1) = -0.5;
  }
};

TEST(Simulate, LatentsFollowTheMechanism) {
  for (const std::string mechanism : {"linear", "relu"})
    for (const std::string intervention : {"shift", "scale", "cut"}) {
      const Three three(mechanism, intervention);
      const LatentSampler sampler(three.options, three.truth, {0, 2});
      const auto f = [&](double value) { return mechanism == "relu" ? std::max(value, 0.0) : value; };
      for (std::uint64_t round = 0; round < 20; ++round) {
        Random random(3, "z", round), same(3, "z", round);
        std::vector<double> u(3);
        sampler.draw(u, random);
        const double noise = intervention == "scale" ? 1.5 : 1, incoming = intervention == "shift" ? 1 : 0.2;
        const double u2 = noise * same.normal() + 5;
        const double u0 = noise * same.normal() + 5 + incoming * 2 * f(u2);
        EXPECT_DOUBLE_EQ(u[2], u2);
        EXPECT_DOUBLE_EQ(u[0], u0);
        EXPECT_DOUBLE_EQ(u[1], same.normal() - 0.5 * f(u0));
      }
    }
}

TEST(Simulate, AKnockoutFixesItsLatentSoThatItsCauseHasNoSay) {
  const Three three("relu", "knockout");
  const LatentSampler downstream(three.options, three.truth, {0}), both(three.options, three.truth, {2, 0});
  Random random(3, "z"), same(3, "z");
  std::vector<double> alone(3), together(3);
  downstream.draw(alone, random);
  both.draw(together, same);
  EXPECT_DOUBLE_EQ(alone[0], 5);
  EXPECT_DOUBLE_EQ(together[0], 5) << "2 → 0 is cut";
  EXPECT_DOUBLE_EQ(together[2], 5);
  EXPECT_DOUBLE_EQ(together[1], alone[1]);
}

TEST(Simulate, FactorsOfADoubleMultiplyItsLabelsShifts) {
  const Three three("linear");
  const LatentSampler sum(three.options, three.truth, {0, 2}), half(three.options, three.truth, {0, 2}, {0.5, -1});
  Random random(3, "z"), same(3, "z");
  std::vector<double> a(3), b(3);
  sum.draw(a, random);
  half.draw(b, same);
  EXPECT_DOUBLE_EQ(b[2] - a[2], -10);
  EXPECT_DOUBLE_EQ(b[0] - a[0], -2.5 + 2 * -10);
}

TEST(Simulate, LatentNoiseHasVarianceOne) {
  for (const std::string kind : {"normal", "laplace", "uniform"}) {
    Three three("relu");
    three.options.latent_noise = kind;
    const LatentSampler sampler(three.options, three.truth, {});
    Random random(5, "noise");
    double sum = 0, squares = 0, fourth = 0;
    const int n = 200000;
    for (int i = 0; i < n; ++i) {
      std::vector<double> u(3);
      sampler.draw(u, random);
      sum += u[2];
      squares += u[2] * u[2];
      fourth += u[2] * u[2] * u[2] * u[2];
    }
    EXPECT_NEAR(sum / n, 0, 0.01);
    EXPECT_NEAR(squares / n, 1, 0.03) << kind;
    EXPECT_NEAR(fourth / n, kind == "normal" ? 3 : kind == "laplace" ? 6 : 1.8, 0.4) << kind;
  }
}

TEST(Simulate, GraphsHaveTheAskedShape) {
  SimulateOptions options;
  options.n_latents = 200;
  options.n_genes = 5000;
  options.expected_degree = 3;
  const auto graph_of = [&](const std::string& kind) {
    options.graph = kind;
    return draw_truth(options);
  };
  const auto children = [](const Truth& truth) {
    std::vector<int> n(static_cast<std::size_t>(truth.n_latents()), 0);
    for (std::int64_t i = 0; i < truth.n_latents(); ++i)
      for (std::int64_t j = 0; j < truth.n_latents(); ++j) n[static_cast<std::size_t>(i)] += truth.graph(i, j) != 0;
    std::sort(n.begin(), n.end(), std::greater<>());
    return n;
  };
  const auto total = [](const std::vector<int>& n) { return std::accumulate(n.begin(), n.end(), 0); };
  const auto random = children(graph_of("erdos-renyi")), free = children(graph_of("scale-free"));
  EXPECT_NEAR(total(random), 600, 75);
  EXPECT_NEAR(total(free), 600, 15);
  EXPECT_GT(free[0], 2 * random[0]) << "few latents have many children";
  const Truth chain = graph_of("chain");
  EXPECT_EQ(total(children(chain)), 199);
  for (std::size_t k = 1; k < 200; ++k) EXPECT_NE(chain.graph(chain.causal[k - 1], chain.causal[k]), 0);
  EXPECT_FALSE(std::is_sorted(chain.causal.begin(), chain.causal.end()));
  for (const auto& truth : {graph_of("erdos-renyi"), graph_of("scale-free")})
    for (const double weight : truth.graph.values)
      if (weight != 0) {
        EXPECT_GE(std::abs(weight), 0.5);
        EXPECT_LE(std::abs(weight), 1.0);
      }
}

TEST(Simulate, LabelsHitWhatTheOptionsSay) {
  SimulateOptions options;
  options.labels_per_latent = 3;
  options.null_labels = 4;
  options.off_targets = 0.5;
  options.shift_spread = 0.5;
  const Truth truth = draw_truth(options);
  ASSERT_EQ(truth.labels.size(), 22U);
  std::map<std::int64_t, int> hits;
  int n_off = 0, n_null = 0;
  std::set<double> sizes;
  for (const auto& label : truth.labels) {
    ASSERT_EQ(label.latents.size(), label.shifts.size());
    n_null += label.latents.empty();
    if (label.latents.empty()) continue;
    ++hits[label.latents[0]];
    sizes.insert(label.shifts[0]);
    EXPECT_GE(label.shifts[0], 2);
    EXPECT_LE(label.shifts[0], 6);
    if (label.latents.size() == 2) {
      ++n_off;
      EXPECT_NE(label.latents[0], label.latents[1]);
      EXPECT_LE(label.shifts[1], 3);
    }
  }
  EXPECT_EQ(n_null, 4);
  EXPECT_EQ(hits.size(), 6U);
  for (const auto& [latent, n] : hits) EXPECT_EQ(n, 3);
  EXPECT_GT(n_off, 3);
  EXPECT_LT(n_off, 15);
  EXPECT_EQ(sizes.size(), 18U);
}

TEST(Simulate, ProgramsFollowTheOptions) {
  SimulateOptions options;
  options.n_latents = 40;
  options.n_genes = 300;  // 40 programs of 25 genes overlap
  const Truth truth = draw_truth(options);
  for (std::size_t latent = 0; latent < 40; ++latent) {
    const auto& genes = truth.programs[latent];
    EXPECT_EQ(std::set<std::int64_t>(genes.begin(), genes.end()).size(), 25U);
    const auto own = std::find(genes.begin(), genes.end(), static_cast<std::int64_t>(latent));
    ASSERT_NE(own, genes.end()) << "a label's own gene follows its latent";
    EXPECT_EQ(truth.loadings[latent][static_cast<std::size_t>(own - genes.begin())], 0.45);
  }
  EXPECT_EQ(truth.genes[0], "TF01");
  EXPECT_EQ(truth.genes[40], "GENE001");
}

std::map<std::string, std::set<std::string>> programs_by_gene(const Truth& truth) {
  std::map<std::string, std::set<std::string>> result;
  for (std::size_t latent = 0; latent < truth.programs.size(); ++latent)
    for (const auto gene : truth.programs[latent])
      result[truth.genes[static_cast<std::size_t>(gene)]].insert(std::to_string(latent));
  return result;
}

TEST(Simulate, ProteinEdgesHaveTheAskedPurity) {
  for (const double purity : {0.0, 0.5, 0.9, 1.0}) {
    SimulateOptions options;
    options.edge_purity = purity;
    const Truth truth = draw_truth(options);
    const auto programs = programs_by_gene(truth);
    ASSERT_GT(truth.proteins.size(), 300U);
    double within = 0;
    for (const auto& [a, b] : truth.proteins) {
      EXPECT_NE(a, b);
      if (programs.contains(a) && programs.contains(b))
        within += std::any_of(programs.at(a).begin(), programs.at(a).end(),
                              [&](const auto& latent) { return programs.at(b).contains(latent); });
    }
    EXPECT_NEAR(within / static_cast<double>(truth.proteins.size()), purity, 0.01);
  }
}

TEST(Simulate, PathwaysCarryTheAskedShareOfTheirProgram) {
  for (const double overlap : {0.0, 0.4, 1.0}) {
    SimulateOptions options;
    options.pathway_overlap = overlap;
    options.decoy_pathways = 7;
    options.n_genes = 2000;
    const Truth truth = draw_truth(options);
    ASSERT_EQ(truth.pathways.size(), 13U);
    const auto programs = programs_by_gene(truth);
    double shared = 0;
    for (std::size_t latent = 0; latent < 6; ++latent) {
      EXPECT_EQ(truth.pathways[latent].genes.size(), 25U);
      for (const auto& gene : truth.pathways[latent].genes)
        shared += programs.contains(gene) && programs.at(gene).contains(std::to_string(latent)) ? 1.0 / 150 : 0;
    }
    EXPECT_NEAR(shared, overlap, 0.05);
  }
}

TEST(Simulate, ToyIsThePublishedOne) {
  // u itself in the first genes, zeros after them: means 0.40, 0.69, 0.91, 1.11 down the chain in control.
  const TemporaryFolder folder;
  simulate_screen(folder.path(), simulate_preset("chain5"));
  const Screen screen = load(folder.path());
  EXPECT_EQ(screen.n_cells(), 20480 + 5 * 2048 + 10 * 1024);
  EXPECT_EQ(screen.n_genes(), 10);
  const auto control = mean_of_cells(screen, screen.regimes[0].cells);
  const std::vector<double> expected{0, 0.40, 0.69, 0.91, 1.11, 0, 0, 0, 0, 0};
  for (std::size_t g = 0; g < 10; ++g) EXPECT_NEAR(control[g], expected[g], 0.04) << g;
  const auto first = mean_of_cells(screen, screen.regimes[1].cells);
  for (std::size_t g = 0; g < 5; ++g) EXPECT_NEAR(first[g], 5, 0.2) << "the first label's shift runs down the chain";
}

TEST(Simulate, EveryMixingKeepsTheLatents) {
  // The genes determine u: least squares from genes (for a polynomial and a network: from genes of small latents) finds
  // every latent again.
  for (const std::string mixing : {"linear", "polynomial", "mlp"}) {
    SimulateOptions options = simulate_preset("chain5");
    options.n_latents = 3;
    options.n_doubles = 0;
    options.n_genes = 12;
    options.loadings = "dense";
    options.mixing = mixing;
    const Truth truth = draw_truth(options);
    const Observer observer(options, truth);
    // Distinct latents give distinct genes, and the distance is never small beside theirs.
    Random random(1, "pairs");
    for (int k = 0; k < 2000; ++k) {
      std::vector<double> a(3), b(3), x(12), y(12);
      for (std::size_t i = 0; i < 3; ++i) a[i] = 2 * random.normal(), b[i] = 2 * random.normal();
      observer.mix(a, x);
      observer.mix(b, y);
      double distance = 0, latent = 0;
      for (std::size_t g = 0; g < 12; ++g) distance += (x[g] - y[g]) * (x[g] - y[g]);
      for (std::size_t i = 0; i < 3; ++i) latent += (a[i] - b[i]) * (a[i] - b[i]);
      EXPECT_GT(std::sqrt(distance), 0.02 * std::sqrt(latent)) << mixing;
    }
  }
}

TEST(Simulate, CountsAreNegativeBinomial) {
  SimulateOptions options = simulate_preset("norman-like");
  options.n_latents = 2;
  options.n_genes = 100;
  options.genes_per_program = 2;
  options.n_doubles = 0;
  options.n_control = 4000;
  options.cells_per_single = 1;
  options.library_size = 2000;
  options.library_spread = 0;
  options.measured_share = 1;
  options.baseline_spread = 1.5;
  options.dispersion = 0.5;
  options.raw_counts = true;
  const TemporaryFolder folder;
  simulate_screen(folder.path(), options);
  const Screen screen = load(folder.path());
  const Truth truth = draw_truth(options);
  int n_checked = 0;
  for (std::size_t g = 0; g < 100; ++g) {
    const bool in_program = std::any_of(truth.programs.begin(), truth.programs.end(), [&](const auto& genes) {
      return std::find(genes.begin(), genes.end(), static_cast<std::int64_t>(g)) != genes.end();
    });
    if (in_program) continue;
    double sum = 0, squares = 0;
    for (const auto cell : screen.regimes[0].cells) {
      std::vector<float> row(100);
      screen.x.copy_row(cell, std::span(row));
      sum += static_cast<double>(row[g]);
      squares += static_cast<double>(row[g]) * static_cast<double>(row[g]);
    }
    const double mean = sum / 4000, variance = squares / 4000 - mean * mean;
    if (mean < 1) continue;
    ++n_checked;
    EXPECT_NEAR(variance / (mean + 0.5 * mean * mean), 1, 0.25) << mean;
  }
  EXPECT_GT(n_checked, 10);
  // Lost counts, and cells scaled to 1e4.
  options.dropout = 0.5;
  options.raw_counts = false;
  const TemporaryFolder other;
  simulate_screen(other.path(), options);
  const Screen scaled = load(other.path());
  EXPECT_LT(static_cast<double>(scaled.x.n_nonzero()), 0.6 * static_cast<double>(screen.x.n_nonzero()));
  for (std::int64_t cell = 0; cell < 20; ++cell) {
    double total = 0;
    for (const float value : scaled.x.row_values(cell)) total += std::expm1(static_cast<double>(value));
    EXPECT_NEAR(total, 1e4, 1);
  }
}

TEST(Simulate, ARealContextLendsItsGeneSets) {
  const TemporaryFolder folder;
  std::vector<GeneSet> sets;
  for (int k = 0; k < 5; ++k) {
    GeneSet set{"Set " + std::to_string(k), "S" + std::to_string(k), {}};
    for (int g = 0; g < 30; ++g) set.genes.push_back("SYM" + std::to_string(20 * k + g));
    sets.push_back(set);
  }
  std::filesystem::create_directory(folder.path() / "real");
  write_gmt(folder.path() / "real/sets.gmt", sets);
  SimulateOptions options;
  options.n_latents = 3;
  options.n_doubles = 0;
  options.genes_per_program = 10;
  options.n_genes = 60;
  options.context = (folder.path() / "real").string();
  const Truth truth = draw_truth(options);
  EXPECT_EQ(std::set<std::string>(truth.genes.begin(), truth.genes.end()).size(), 60U);
  EXPECT_EQ(truth.pathways.size(), 5U);
  for (std::size_t latent = 0; latent < 3; ++latent) {
    const auto& carrier = truth.pathways[latent].genes;
    for (const auto gene : truth.programs[latent]) {
      if (gene < 3) continue;
      EXPECT_NE(std::find(carrier.begin(), carrier.end(), truth.genes[static_cast<std::size_t>(gene)]), carrier.end());
    }
  }
  options.context = (folder.path() / "none").string();
  expect_error<ConfigError>([&] { draw_truth(options); }, {"simulate.context", "is not a folder"});
  options.context = (folder.path() / "real").string();
  options.n_latents = 6;
  expect_error<ConfigError>([&] { draw_truth(options); },
                            {"5 gene sets have 10 to 100 genes, but there are 6 programs"});
}

TEST(Simulate, SingleCellsAreSharedOut) {
  const TemporaryFolder folder;
  SimulateOptions options;
  options.single_cells = 20;
  simulate_screen(folder.path(), options);
  std::vector<std::size_t> sizes;
  for (const auto& regime : load(folder.path()).regimes)
    if (regime.targets.size() == 1) sizes.push_back(regime.cells.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 4, 3, 3, 3, 3}));
}

TEST(Simulate, CountsOfUnmeasuredGenesEnterTheTotalOnly) {
  SimulateOptions options = simulate_preset("norman-like");
  options.n_latents = 2;
  options.n_genes = 100;
  options.genes_per_program = 2;
  options.n_doubles = 0;
  options.n_control = 500;
  options.cells_per_single = 1;
  options.library_spread = 0;
  options.baseline_spread = 0;
  const TemporaryFolder scaled_folder, counts_folder;
  simulate_screen(scaled_folder.path(), options);
  options.raw_counts = true;
  simulate_screen(counts_folder.path(), options);
  const Screen scaled = load(scaled_folder.path()), counts = load(counts_folder.path());
  ASSERT_EQ(scaled.x.values.size(), counts.x.values.size());
  double measured = 0;
  for (std::int64_t i = 0; i < counts.n_cells(); ++i) {
    const auto row = counts.rows().row_values(i);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    measured += sum / static_cast<double>(counts.n_cells());
    const double one = 1e4 / (sum + 0.89 * 14000);  // the value of one count
    for (std::size_t k = 0; k < row.size(); ++k)
      EXPECT_NEAR(scaled.rows().row_values(i)[k], std::log1p(static_cast<double>(row[k]) * one), 1e-5);
  }
  EXPECT_NEAR(measured, 0.11 * 14000, 30);
}

TEST(Presets, HaveThePublishedSizes) {
  const auto cells = [](const SimulateOptions& o) {
    const std::int64_t singles = o.single_cells > 0 ? o.single_cells : o.n_labels() * o.cells_per_single;
    return o.n_control + singles + o.n_doubles * o.cells_per_double;
  };
  const SimulateOptions norman = simulate_preset("norman-like"), replogle = simulate_preset("replogle-like");
  EXPECT_EQ(norman.n_genes, 5000);
  EXPECT_EQ(norman.n_labels(), 105);
  EXPECT_EQ(cells(norman), 108497);
  EXPECT_EQ(replogle.n_genes, 8563);
  EXPECT_EQ(replogle.n_labels(), 2058);
  EXPECT_EQ(cells(replogle), 310385);
  for (const char* name : {"tiny", "chain5", "norman-like", "replogle-like"})
    EXPECT_NO_THROW(simulate_preset(name).validate());
  expect_error<ConfigError>([] { simulate_preset("chain"); }, {"simulate.preset is 'chain'", "chain5"});
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
  check([](auto& o) { o.n_doubles = 16; }, {"simulate.doubles is 16, but 6 labels give only 15 pairs"});
  check([](auto& o) { o.n_genes = 29; }, {"simulate.genes is 29, expected at least 30"});
  check([](auto& o) { o.edge_purity = 1.5; }, {"simulate.edge_purity is 1.5, expected 0 to 1"});
  check([](auto& o) { o.mechanism = "cubic"; }, {"simulate.mechanism is 'cubic'", "relu"});
  check([](auto& o) { o.n_control = 0; }, {"simulate.control_cells is 0"});
  check([](auto& o) { o.single_cells = 5; }, {"simulate.single_cells is 5, fewer than the 6 labels"});
  check([](auto& o) { o.weight_low = 2; }, {"simulate.weight_low is 2", "above simulate.weight_high 1"});
  check([](auto& o) { o.mixing = "mlp"; }, {"only dense loadings"});
  check([](auto& o) { o.raw_counts = true; }, {"simulate.raw_counts without simulate.observation counts"});
  check([](auto& o) { o.observation = "counts", o.loadings = "dense"; }, {"counts come from gene programs"});
  check([](auto& o) { o.loadings = "dense", o.mixing = "polynomial", o.n_genes = 26; },
        {"simulate.genes is 26, expected at least 27: a polynomial of full rank of 6 latents"});
  check([](auto& o) { o.loadings = "dense", o.n_genes = 5; }, {"simulate.genes is 5, expected at least 6"});
  check([](auto& o) { o.loadings = "dense", o.context = "x"; }, {"a real context carries gene programs"});
  SimulateOptions least;
  least.n_latents = least.n_genes = least.genes_per_program = 1;
  least.n_doubles = 0;
  const TemporaryFolder folder;
  simulate_screen(folder.path(), least);
  EXPECT_EQ(load(folder.path()).regimes.size(), 2U);
}

}  // namespace
}  // namespace gracevae::impl
