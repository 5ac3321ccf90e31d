#include "network/context_graph.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.hpp"
#include "support/messages.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using Edges = std::vector<std::pair<std::int32_t, std::int32_t>>;
using Names = std::vector<std::string>;

const Names kGenes = {"A", "B", "C", "D"};

/// P1 {A, B, B}, P2 {nothing measured}, P3 {C}; P1 → P3, P2 → P3, loops, repeats and strangers everywhere.
NetworkOptions usual_network(const TemporaryFolder& folder, const std::string& level) {
  folder.write("net/sets/pathways.gmt", "One\tP1\tA\tB\tB\nTwo\tP2\tX\tY\nThree\tP3\tC\n");
  folder.write("net/relations.txt", "P1\tP3\nP3\tP1\nP2\tP3\nP1\tP1\nP9\tP1\n");
  folder.write("net/edgelist.txt", "B A\nA B\nA A\nA X\nC B\n");
  NetworkOptions options;
  options.network = (folder.path() / "net").string();
  options.level = level;
  return options;
}

TEST(ContextGraph, LevelsOfASmallNetwork) {
  const TemporaryFolder folder;
  const ContextGraph gg = build_context_graph(kGenes, usual_network(folder, "gg"));
  EXPECT_EQ(gg.edges, Edges({{0, 1}, {1, 2}}));
  EXPECT_EQ(gg.n_nodes(), 4);
  EXPECT_EQ(gg.n_genes_with_edges, 3);

  const ContextGraph pg = build_context_graph(kGenes, usual_network(folder, "gg+pg"));
  EXPECT_EQ(pg.pathway_ids, Names({"P1", "P3"}));
  EXPECT_EQ(pg.pathway_names, Names({"One", "Three"}));
  EXPECT_EQ(pg.edges, Edges({{0, 1}, {0, 4}, {1, 2}, {1, 4}, {2, 5}}));
  EXPECT_EQ(pg.n_pp, 0);

  const ContextGraph pp = build_context_graph(kGenes, usual_network(folder, "gg+pg+pp"));
  EXPECT_EQ(pp.edges, Edges({{0, 1}, {0, 4}, {1, 2}, {1, 4}, {2, 5}, {4, 5}}));
  EXPECT_EQ(pp.n_gg, 2);
  EXPECT_EQ(pp.n_pg, 3);
  EXPECT_EQ(pp.n_pp, 1);

  const ContextGraph full = build_context_graph(kGenes, usual_network(folder, "full"));
  EXPECT_EQ(full.pathway_ids, Names({"P1", "P2", "P3"}));
  EXPECT_EQ(full.edges, Edges({{0, 1}, {0, 4}, {1, 2}, {1, 4}, {2, 6}, {4, 6}, {5, 6}}));
  EXPECT_EQ(full.level, "full");
  EXPECT_EQ(full.n_genes_with_edges, 3);
}

TEST(ContextGraph, CorruptionReplacesAShareOfTheEdges) {
  const TemporaryFolder folder;
  std::string pairs;
  Names genes;
  for (int i = 0; i < 60; ++i) {
    genes.push_back("g" + std::to_string(i));
    for (int k = 1; k <= 5; ++k) pairs += "g" + std::to_string(i) + " g" + std::to_string((i + k) % 60) + "\n";
  }
  NetworkOptions options;
  options.edges = folder.write("edges.txt", pairs).string();
  options.level = "gg";
  const auto edges_at = [&](double share, std::int64_t seed) {
    options.corrupt = share;
    options.corrupt_seed = seed;
    const ContextGraph graph = build_context_graph(genes, options);
    EXPECT_EQ(graph.n_gg, 300);
    EXPECT_TRUE(std::is_sorted(graph.edges.begin(), graph.edges.end()));
    EXPECT_EQ(std::set(graph.edges.begin(), graph.edges.end()).size(), 300U);
    for (const auto& [a, b] : graph.edges) EXPECT_LT(a, b);
    return graph.edges;
  };
  const Edges whole = edges_at(0, 0);
  const auto kept = [&](const Edges& edges) {
    Edges both;
    std::set_intersection(whole.begin(), whole.end(), edges.begin(), edges.end(), std::back_inserter(both));
    return both.size();
  };
  // 300 of 1,770 pairs are edges, so that of those drawn anew about one in six was there before.
  EXPECT_NEAR(static_cast<double>(kept(edges_at(0.5, 0))), 150 + 150 * 150.0 / 1620, 15);
  EXPECT_NEAR(static_cast<double>(kept(edges_at(1, 0))), 300 * 300.0 / 1770, 25);
  EXPECT_EQ(edges_at(0.5, 3), edges_at(0.5, 3));
  EXPECT_NE(edges_at(0.5, 3), edges_at(0.5, 4));
}

TEST(ContextGraph, CorruptionCountsTheKindsOfEdges) {
  const TemporaryFolder folder;
  NetworkOptions options = usual_network(folder, "full");
  options.corrupt = 1;
  const ContextGraph graph = build_context_graph(kGenes, options);
  EXPECT_EQ(graph.n_gg + graph.n_pg + graph.n_pp, 7);
  EXPECT_EQ(graph.n_gg, std::count_if(graph.edges.begin(), graph.edges.end(), [](auto e) { return e.second < 4; }));
  EXPECT_EQ(graph.n_pp, std::count_if(graph.edges.begin(), graph.edges.end(), [](auto e) { return e.first >= 4; }));
}

TEST(MeanAdjacency, AveragesNeighbours) {
  const TemporaryFolder folder;
  const CsrMatrix<double> mean = mean_adjacency(build_context_graph(kGenes, usual_network(folder, "gg+pg")));
  EXPECT_EQ(mean.n_rows, 6);
  EXPECT_EQ(mean.n_cols, 6);
  EXPECT_EQ(mean.indptr, std::vector<std::int64_t>({0, 2, 5, 7, 7, 9, 10}));
  EXPECT_EQ(mean.indices, std::vector<std::int32_t>({1, 4, 0, 2, 4, 1, 5, 0, 1, 2}));
  const double third = 1.0 / 3;
  EXPECT_EQ(mean.values, std::vector<double>({.5, .5, third, third, third, .5, .5, .5, .5, 1}));
}

TEST(ConvolutionMatrix, DividesByTheRootsOfTheDegreesWithSelfLoops) {
  const TemporaryFolder folder;  // A–B, B–C, D alone
  const CsrMatrix<double> a =
      convolution_matrix(mean_adjacency(build_context_graph(kGenes, usual_network(folder, "gg"))));
  EXPECT_EQ(a.indptr, std::vector<std::int64_t>({0, 2, 5, 7, 8}));
  EXPECT_EQ(a.indices, std::vector<std::int32_t>({0, 1, 0, 1, 2, 1, 2, 3}));
  const double between = 1 / std::sqrt(6.0);
  const std::vector<double> expected{.5, between, between, 1.0 / 3, between, between, .5, 1};
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_DOUBLE_EQ(a.values[k], expected[k]) << k;
}

TEST(GeneLaplacian, IsTheMeanOverGeneGeneEdgesOfSquaredDifferences) {
  const TemporaryFolder folder;  // A–B, B–C; pathways do not count
  const CsrMatrix<double> mean = mean_adjacency(build_context_graph(kGenes, usual_network(folder, "full")));
  const CsrMatrix<double> laplacian = gene_laplacian(mean, 4);
  EXPECT_EQ(laplacian.indptr, std::vector<std::int64_t>({0, 2, 5, 7, 7}));
  EXPECT_EQ(laplacian.indices, std::vector<std::int32_t>({0, 1, 0, 1, 2, 1, 2}));
  EXPECT_EQ(laplacian.values, std::vector<double>({.5, -.5, -.5, 1, -.5, -.5, .5}));
  const std::vector<double> w{3, -1, 0.5, 7};
  double sum = 0;
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::size_t k = 0; k < laplacian.row_size(i); ++k)
      sum += w[static_cast<std::size_t>(i)] * laplacian.row_values(i)[k] *
             w[static_cast<std::size_t>(laplacian.row_indices(i)[k])];
  EXPECT_DOUBLE_EQ(sum, (16 + 2.25) / 2);
  CsrMatrix<double> none;
  none.n_rows = none.n_cols = 4;
  none.indptr.assign(5, 0);
  EXPECT_EQ(gene_laplacian(none, 4).n_nonzero(), 0);
}

TEST(MeanAdjacency, MatchesASetOfNeighboursOnADrawnGraph) {
  ContextGraph graph;
  graph.n_genes = 40;
  graph.pathway_ids.resize(20);
  std::set<std::pair<std::int32_t, std::int32_t>> edges;
  Random random(1, "graph");
  while (edges.size() < 150) {
    const auto a = static_cast<std::int32_t>(random.below(60)), b = static_cast<std::int32_t>(random.below(60));
    if (a < b && a != 7) edges.insert({a, b});
  }
  graph.edges.assign(edges.begin(), edges.end());
  const CsrMatrix<double> mean = mean_adjacency(graph);
  EXPECT_EQ(mean.n_nonzero(), 300);
  for (std::int32_t i = 0; i < 60; ++i) {
    std::vector<std::int32_t> neighbours;
    for (std::int32_t j = 0; j < 60; ++j)
      if (edges.contains({std::min(i, j), std::max(i, j)})) neighbours.push_back(j);
    const auto row = mean.row_indices(i);
    EXPECT_EQ(std::vector<std::int32_t>(row.begin(), row.end()), neighbours);
    for (const double value : mean.row_values(i)) EXPECT_DOUBLE_EQ(value, 1.0 / static_cast<double>(neighbours.size()));
  }
}

TEST(ContextGraph, GenesInAnotherOrderGiveTheSameEdges) {
  const TemporaryFolder folder;
  const auto named_edges = [&](const Names& genes) {
    const ContextGraph graph = build_context_graph(genes, usual_network(folder, "full"));
    Names names = genes;
    names.insert(names.end(), graph.pathway_ids.begin(), graph.pathway_ids.end());
    std::set<std::set<std::string>> edges;
    for (const auto& [a, b] : graph.edges)
      edges.insert({names[static_cast<std::size_t>(a)], names[static_cast<std::size_t>(b)]});
    return edges;
  };
  EXPECT_EQ(named_edges({"D", "C", "A", "B"}), named_edges(kGenes));
}

TEST(ContextGraph, MissingFiles) {
  const TemporaryFolder folder;
  NetworkOptions options;
  options.edges = folder.write("e.txt", "A B\n").string();
  expect_error<ConfigError>([&] { build_context_graph(kGenes, options); },
                            {"network.level full needs gene sets",
                             "give network.gmt or network.network, or network.level gg"});
  options.level = "gg";
  EXPECT_EQ(build_context_graph(kGenes, options).n_gg, 1);
  options.edges.clear();
  options.gmt = folder.write("p.gmt", "One\tP1\tA\n").string();
  expect_error<ConfigError>([&] { build_context_graph(kGenes, options); },
                            {"network.level gg needs protein interactions", "network.edges"});
  options.level = "full";
  Messages messages;
  EXPECT_EQ(build_context_graph(kGenes, options).n_pg, 1);
  EXPECT_THAT(messages.take(), testing::AllOf(testing::HasSubstr("no protein interactions"),
                                              testing::HasSubstr("no pathway relations")));
}

TEST(ContextGraph, RefusesANetworkOfOtherGenes) {
  const TemporaryFolder folder;
  expect_error<InputError>(
      [&] {
        build_context_graph({"ENSG01", "ENSG02"}, usual_network(folder, "full"));
      },
      {"edgelist.txt: none of its 4 names is a gene of the screen", "(and likewise in ", "pathways.gmt)"});
  expect_error<InputError>([&] { build_context_graph({"A"}, usual_network(folder, "gg")); },
                           {"net/edgelist.txt: no edge reaches any of the screen's 1 genes"});
}

TEST(ContextGraph, SaysWhatTheNamesOnEitherSideAre) {
  const TemporaryFolder folder;
  folder.write("net/pathways.gmt", "One\tP1\tKLF1\tTP53\n");
  NetworkOptions options;
  options.network = (folder.path() / "net").string();
  AnnData data = test::data_of({"control", "ENSG00000105610"}, {}, 2);
  data.var.index = {"ENSG00000105610", "ENSG00000141510"};
  data.var.add("Symbol", Names{"KLF1", "TP53"});
  ScreenOptions by_index = test::named_options();
  by_index.gene_column = "index";
  const Screen ids = screen_from_anndata(AnnData(data), by_index);
  expect_error<InputError>([&] { build_context_graph(ids.genes, options, &ids); },
                           {"pathways.gmt: none of its 2 names is a gene of the screen",
                            "it has symbols ('KLF1', 'TP53'), the screen Ensembl ids ('ENSG00000105610', ",
                            "screen.gene_column Symbol"});
  data.var.index = {"Klf1", "Tp53"};
  const Screen mouse = screen_from_anndata(AnnData(data), by_index);
  expect_error<InputError>([&] { build_context_graph(mouse.genes, options, &mouse); },
                           {"but for letter case ('Klf1' here, 'KLF1' there)", "species"});
}

TEST(ContextGraph, NamesAreMatchedByTheirAliases) {
  const TemporaryFolder folder;
  folder.write("net/pathways.gmt", "One\tP1\tMLL2\tB\tTWO\nTwo\tP2\tKMT2A\n");
  folder.write("net/edgelist.txt", "MLL2 ENSG00000105610.1\nKMT2D B\nMLL HRX\n");
  NetworkOptions options;
  options.network = (folder.path() / "net").string();
  options.level = "full";
  AnnData data = test::data_of({"control", "B"}, {}, 4);
  data.var.index = {"KMT2D", "B", "MLL", "ENSG00000105610"};
  ScreenOptions screen_options = test::named_options();
  screen_options.aliases =
      folder.write("t.tsv", "symbol\talias_symbol\tprev_symbol\nKMT2D\tTWO\tMLL2\nKMT2A\tTWO|HRX\tMLL\n").string();
  const Screen screen = screen_from_anndata(AnnData(data), screen_options);
  const ContextGraph plain = build_context_graph(screen.genes, options);
  EXPECT_EQ(plain.n_gg, 1);
  EXPECT_EQ(plain.n_pg, 1);
  EXPECT_EQ(plain.names_how, "");
  const ContextGraph graph = build_context_graph(screen.genes, options, &screen);
  // MLL2 is KMT2D (0), KMT2A and HRX are measured as MLL (2), so that MLL–HRX is a loop; TWO could be 0 or 2.
  EXPECT_EQ(graph.edges, Edges({{0, 1}, {0, 3}, {0, 4}, {1, 4}, {2, 5}}));
  EXPECT_THAT(graph.names_how, testing::HasSubstr("names of the networks read by other names in "));
  EXPECT_THAT(graph.names_how, testing::HasSubstr("HRX → MLL, KMT2A → MLL"));
  EXPECT_THAT(graph.names_how,
              testing::HasSubstr("1 not applied, because the name could be another gene: TWO (KMT2A or KMT2D)"));
}

TEST(FindNetworkFiles, LooksOneFolderBelow) {
  const TemporaryFolder folder;
  NetworkOptions options;
  options.network = folder.path().string();
  folder.write("reactome/Pathways.GMT", "x");
  folder.write("reactome/PathwaysRelation.txt", "x");
  folder.write("ppi/global_ppi.txt", "x");
  folder.write("gene_mapping.txt", "x");
  folder.write("README.md", "x");
  folder.write("a/b/too_deep.gmt", "x");
  folder.write(".hidden.gmt", "x");
  const NetworkFiles files = find_network_files(options);
  ASSERT_EQ(files.gmt.size(), 1U);
  EXPECT_EQ(files.gmt[0].filename(), "Pathways.GMT");
  EXPECT_EQ(files.relations.filename(), "PathwaysRelation.txt");
  EXPECT_EQ(files.edges.filename(), "global_ppi.txt");
}

TEST(FindNetworkFiles, OverridesAndErrors) {
  const TemporaryFolder folder;
  NetworkOptions options;
  options.network = (folder.path() / "none").string();
  expect_error<ConfigError>([&] { find_network_files(options); }, {"none is not a folder", "network.gmt"});
  options.network = folder.path().string();
  expect_error<ConfigError>([&] { find_network_files(options); },
                            {"no *.gmt", "network.gmt, network.relations and network.edges"});
  const auto first = folder.write("a.gmt", "x"), second = folder.write("sub/b.gmt.gz", "x");
  EXPECT_THAT(find_network_files(options).gmt, testing::ElementsAre(first, second));
  options.gmt = second.string();
  EXPECT_THAT(find_network_files(options).gmt, testing::ElementsAre(second));
  options.gmt = first.string() + "," + second.string();
  EXPECT_THAT(find_network_files(options).gmt, testing::ElementsAre(first, second));
  folder.write("my_edgelist.txt", "x");
  folder.write("BIOGRID-ORGANISM-Homo_sapiens-4.4.tab3.txt", "x");
  expect_error<ConfigError>([&] { find_network_files(options); },
                            {"2 files could be the protein interactions", "my_edgelist.txt", "BIOGRID-",
                             "name the right one with network.edges"});
  options.edges = folder.write("e.sif", "x").string();
  EXPECT_EQ(find_network_files(options).edges, options.edges);
  options.gmt = (folder.path() / "c.gmt").string();
  expect_error<IoError>([&] { find_network_files(options); }, {"c.gmt", "a.gmt"});
  EXPECT_TRUE(NetworkOptions().empty());
  EXPECT_FALSE(options.empty());
  EXPECT_TRUE(find_network_files({}).gmt.empty());
}

TEST(ContextGraph, OfTheNormanSubset) {
  const auto data = test::data_folder();
  if (!data) GTEST_SKIP() << "no real data: set GRACEVAE_DATA";
  ScreenOptions screen_options;
  screen_options.file = (*data / "norman19_subset" / "norman19_k562_subset.h5ad").string();
  const Screen screen = load_screen(screen_options);
  NetworkOptions options;
  options.network = data->string();
  const ContextGraph full = build_context_graph(screen.genes, options);
  EXPECT_EQ(full.n_pathways(), 2694);
  EXPECT_EQ(full.n_pg, 2893);
  EXPECT_EQ(full.n_pp, 2602);
  EXPECT_EQ(full.n_gg, 138);
  EXPECT_EQ(full.n_genes - full.n_genes_with_edges, 207);
  const CsrMatrix<double> mean = mean_adjacency(full);
  EXPECT_EQ(mean.n_nonzero(), 11266);
  EXPECT_EQ(mean.indptr[500], 3169);  // directed edges that point at a gene
  options.level = "gg+pg";
  EXPECT_EQ(build_context_graph(screen.genes, options).n_pathways(), 883);
  options.level = "gg+pg+pp";
  const ContextGraph pp = build_context_graph(screen.genes, options);
  EXPECT_EQ(pp.n_pathways(), 883);
  EXPECT_EQ(pp.n_pg, 2893);
  EXPECT_LT(pp.n_pp, 2602);
}

TEST(GeneNamesIn, AreThoseOfSetsAndInteractionsByTheirSymbols) {
  const TemporaryFolder folder;
  NetworkOptions options = usual_network(folder, "full");
  EXPECT_EQ(gene_names_in(options), Names({"A", "B", "C", "X", "Y"}));
  folder.write("info.tsv", "id\tsymbol\nX\tXIST\n");
  options.edge_info = (folder.path() / "info.tsv").string();
  EXPECT_EQ(gene_names_in(options), Names({"A", "B", "C", "XIST", "Y"}));
  EXPECT_EQ(with_names_of(options, {}).more_targets(), gene_names_in(options));
  EXPECT_FALSE(with_names_of({}, {}).more_targets);
}

}  // namespace
}  // namespace gracevae::impl
