#include "screen/screen.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "screen/packed_screen.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::data_of;
using test::expect_error;
using test::named_options;
using test::screen_of;
using Names = std::vector<std::string>;
using Cells = std::vector<std::int64_t>;

TEST(Screen, RegimesAreControlThenSinglesThenOthers) {
  const Screen screen = screen_of({"B", "A+C", "control", "A", "C+A", "B", "control", "B+A+C", "Z"});
  Names labels;
  for (const auto& regime : screen.regimes) labels.push_back(regime.label);
  EXPECT_EQ(labels, Names({"control", "A", "B", "Z", "A+B+C", "A+C"}));
  EXPECT_EQ(screen.regimes[0].cells, Cells({2, 6}));
  EXPECT_EQ(screen.regimes[2].cells, Cells({0, 5}));
  EXPECT_EQ(screen.regimes[5].cells, Cells({1, 4}));
  EXPECT_EQ(screen.regimes[4].targets, Names({"A", "B", "C"}));
  EXPECT_EQ(screen.regime_of_cell, std::vector<std::int32_t>({2, 5, 0, 1, 5, 2, 0, 4, 3}));
  EXPECT_EQ(screen.find_regime({}), 0);
  EXPECT_EQ(screen.find_regime({"A", "C"}), 5);
  EXPECT_EQ(screen.find_regime({"C"}), -1);
  EXPECT_TRUE(screen.warnings.empty());
}

TEST(Screen, OrderOfCellsAndOfLabelPartsDoesNotMatter) {
  const Names labels = {"control", "A", "B", "A+B", "control", "B", "A+B", "C+A", "A"};
  const auto cells_by_regime = [&](const std::vector<std::size_t>& order, bool turn_labels) {
    AnnData data = data_of(Names(order.size()));
    Names shuffled;
    for (std::size_t i = 0; i < order.size(); ++i) {
      data.obs.index[i] = "c" + std::to_string(order[i]);
      std::string label = labels[order[i]];
      if (const auto plus = label.find('+'); turn_labels && plus != std::string::npos)
        label = label.substr(plus + 1) + "+" + label.substr(0, plus);
      shuffled.push_back(label);
    }
    data.obs.columns[0].second = shuffled;
    const Screen screen = screen_from_anndata(std::move(data), named_options());
    std::vector<std::pair<std::string, Names>> result;
    for (const auto& regime : screen.regimes) {
      EXPECT_TRUE(std::is_sorted(regime.cells.begin(), regime.cells.end()));
      Names names;
      for (const auto cell : regime.cells) names.push_back(screen.cells[static_cast<std::size_t>(cell)]);
      std::sort(names.begin(), names.end());
      result.emplace_back(regime.label, names);
    }
    return result;
  };
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  const auto expected = cells_by_regime(order, false);
  for (std::uint64_t round = 0; round < 5; ++round) {
    Random(3, "order", round).shuffle(order);
    EXPECT_EQ(cells_by_regime(order, round % 2 == 0), expected);
  }
}

TEST(Screen, ReadsCategoricalLabelsAndOtherWords) {
  AnnData data = data_of({"", "", "", ""});
  data.obs.columns.clear();
  data.obs.add("guide", Categorical{{0, 1, 2, 0}, {"NT", "A_B", "B_A"}, false});
  ScreenOptions options = named_options();
  options.label_column = "guide";
  options.control = "NT";
  options.separator = "_";
  const Screen screen = screen_from_anndata(std::move(data), options);
  ASSERT_EQ(screen.regimes.size(), 2U);
  EXPECT_EQ(screen.regimes[0].label, "control");
  EXPECT_EQ(screen.regimes[1].label, "A+B");
  EXPECT_EQ(screen.regimes[1].cells, Cells({1, 2}));
}

TEST(Screen, EmptyLabelsAreControlOnlyWhenAsked) {
  ScreenOptions options = named_options();
  options.control = "";
  EXPECT_EQ(screen_from_anndata(data_of({"", "A", "", "B"}), options).regimes[0].cells, Cells({0, 2}));
  AnnData missing = data_of({"", "", "", ""});
  missing.obs.columns[0].second = Categorical{{0, -1, 1, -1}, {"control", "A"}, false};
  expect_error<InputError>(
      [&] { screen_from_anndata(std::move(missing), named_options()); },
      {"test.h5ad: obs column 'condition': cell 'c1' has no label (2 such cells in all: '' (2 cells))",
       "screen.missing_labels drop"});
}

TEST(Screen, NoControlNamesTheLikelyWords) {
  ScreenOptions options = named_options();
  options.control = "control";
  expect_error<InputError>(
      [&] {
        screen_from_anndata(data_of({"ctrl", "A", "A", "ctrl", "ctrl", "NT"}), options);
      },
      {"test.h5ad: obs column 'condition': no control cells: no label is 'control'",
       "The most frequent labels: 'ctrl' (3 cells), 'A' (2 cells), 'NT' (1 cells)",
       "these look like control: 'ctrl' (3 cells), 'NT' (1 cells): give screen.control 'ctrl'"});
  expect_error<InputError>(
      [] {
        screen_of({"A", "", "B", ""});
      },
      {"no control cells", "labels: '' (2 cells)", "name the label of unperturbed cells"});
  expect_error<InputError>(
      [] {
        screen_of({"A", "B"});
      },
      {"no control cells", "name the label of unperturbed cells with screen.control"});
}

TEST(Screen, RefusesLabelsItCannotUse) {
  expect_error<InputError>(
      [] {
        screen_of({"control", "A+"});
      },
      {"test.h5ad: obs column 'condition': label 'A+' has an empty target"});
  expect_error<InputError>(
      [] {
        screen_of({"control", "control"});
      },
      {"no perturbed cells: every label is 'control'", "screen.label_column"});
  ScreenOptions options = named_options();
  options.label_column = "conditions";
  expect_error<InputError>(
      [&] {
        screen_from_anndata(data_of({"control", "A"}), options);
      },
      {"test.h5ad: obs has no column 'conditions' (screen.label_column)", "did you mean condition?"});
  AnnData bare = data_of({"control", "A"});
  bare.obs.columns.clear();
  expect_error<InputError>([&] { screen_from_anndata(std::move(bare), options); }, {"obs has no columns at all"});
}

TEST(Screen, FindsGeneSymbols) {
  const auto load = [](const std::vector<std::pair<std::string, Column>>& columns, const std::string& asked) {
    AnnData data = data_of({"control", "A"}, {}, 2);
    data.var.columns = columns;
    ScreenOptions options = named_options();
    options.gene_column = asked;
    return screen_from_anndata(std::move(data), options);
  };
  const Column symbols = Names{"TP53", "KLF1"}, others = Names{"x", "y"};
  EXPECT_EQ(load({}, "").genes, Names({"g0", "g1"}));
  EXPECT_EQ(load({{"feature_name", others}, {"gene_symbols", symbols}}, "").genes, Names({"TP53", "KLF1"}));
  EXPECT_EQ(load({{"feature_name", others}, {"gene_symbols", symbols}}, "").gene_column, "gene_symbols");
  EXPECT_EQ(load({{"gene_symbol", Categorical{{1, 0}, {"a", "b"}, false}}}, "").genes, Names({"b", "a"}));
  EXPECT_EQ(load({{"gene_symbols", symbols}, {"mine", others}}, "mine").genes, Names({"x", "y"}));
  const Screen by_index = load({{"gene_symbols", symbols}}, "index");
  EXPECT_EQ(by_index.genes, Names({"g0", "g1"}));
  EXPECT_EQ(by_index.gene_column, "");
  EXPECT_EQ(load({{"gene_symbols", symbols}}, "").var.index, Names({"g0", "g1"}));
  expect_error<InputError>(
      [&] {
        load({{"gene_symbols", symbols}}, "gene_symbol");
      },
      {"var has no column 'gene_symbol' (screen.gene_column)", "did you mean gene_symbols?"});
  expect_error<InputError>([&] { load({}, "name"); }, {"var has no columns"});
}

TEST(Screen, RefusesRepeatedCells) {
  AnnData cells = data_of({"control", "A", "A"});
  cells.obs.index[2] = "c0";
  expect_error<InputError>([&] { screen_from_anndata(std::move(cells), named_options()); },
                           {"test.h5ad: obs index: 1 cell names are repeated: 'c0'", "obs_names_make_unique"});
}

TEST(Screen, WarnsOfOddValuesAndTargets) {
  const Screen negative = screen_of({"control", "A"}, {{0, -1.5F}, {2, -0.5F}});
  ASSERT_EQ(negative.warnings.size(), 1U);
  EXPECT_EQ(negative.warnings[0], "X holds 2 negative values (the smallest is -1.5): they are used as they are");
  const Screen counts = screen_of({"control", "A"}, {{0, 12}, {2, 1}});
  ASSERT_EQ(counts.warnings.size(), 1U);
  EXPECT_NE(counts.warnings[0].find("whole numbers only (up to 12)"), std::string::npos);
  const Screen linear = screen_of({"control", "A"}, {{0, 120.5F}, {2, 1}});
  ASSERT_EQ(linear.warnings.size(), 1U);
  EXPECT_EQ(linear.warnings[0],
            "X holds linear values (not whole, up to 120.5), normalised but not logged: values on a log1p scale are "
            "expected. This logs them: gracevae prepare test.h5ad --log-only -o OUTPUT.h5ad");
  ScreenOptions options = named_options();
  options.control = "ctrl*";
  options.labels_file = "obs.tsv";
  EXPECT_NE(screen_from_anndata(data_of({"ctrl1", "A"}, {{0, 120.5F}, {2, 1}}), options)
                .warnings[0]
                .find("prepare test.h5ad --labels-file obs.tsv --control 'ctrl*' --log-only -o"),
            std::string::npos);
  options = named_options();
  options.control = "control";
  const Screen doubtful = screen_from_anndata(data_of({"control", "A", "NT", "NT", "control", "control"}), options);
  ASSERT_EQ(doubtful.warnings.size(), 1U);
  EXPECT_EQ(doubtful.warnings[0],
            "label 'NT' (2 cells) looks like control but is read as a target; control is 'control' (screen.control)");
}

TEST(Screen, RowsAndMeans) {
  const Screen screen = screen_of({"control", "A", "A"}, {{0, 1.5F, 0}, {2.5F, 0, 0}, {0.5F, 0, 3}});
  const Cells cells = {2, 0, 2};
  const Matrix<float> rows = dense_rows(screen, cells);
  EXPECT_EQ(rows.n_rows, 3);
  EXPECT_EQ(rows.values, std::vector<float>({0.5F, 0, 3, 0, 1.5F, 0, 0.5F, 0, 3}));
  const Cells all = {0, 1, 2};
  EXPECT_EQ(mean_of_cells(screen, all), std::vector<double>({1.0, 0.5, 1.0}));
}

TEST(Screen, LoadsWhatWasWritten) {
  const TemporaryFolder folder;
  write_anndata(folder.path() / "small.h5ad", data_of({"control", "A", "B+A", "control"}));
  ScreenOptions options;
  options.file = (folder.path() / "small.h5ad").string();
  const Screen loaded = load_screen(options);
  const Screen expected = screen_of({"control", "A", "B+A", "control"});
  EXPECT_EQ(loaded.cells, expected.cells);
  EXPECT_EQ(loaded.genes, expected.genes);
  EXPECT_EQ(loaded.regime_of_cell, expected.regime_of_cell);
  EXPECT_EQ(loaded.x.values, expected.x.values);
  EXPECT_EQ(loaded.source, options.file);
  options.file = (folder.path() / "smal.h5ad").string();
  expect_error<IoError>([&] { load_screen(options); }, {"smal.h5ad", "small.h5ad"});
}

TEST(Screen, APackedCopyIsTheScreen) {
  const TemporaryFolder folder;
  write_anndata(folder.path() / "small.h5ad", data_of({"NT", "A", "B+A", "", "NT", "A", "B", "A"}));
  ScreenOptions options;
  options.file = (folder.path() / "small.h5ad").string();
  options.missing_labels = "drop";
  const Screen expected = load_screen(options);
  options.packed = (folder.path() / "packed").string();
  EXPECT_FALSE(load_screen(options).packed) << "there is none yet, and none was asked for";

  std::filesystem::create_directory(options.packed);
  const auto n_files = [&] { return std::distance(std::filesystem::directory_iterator(options.packed), {}); };
  EXPECT_TRUE(load_screen(options, {}, MissingPack::make).packed);
  EXPECT_EQ(n_files(), 2) << "the copy and its lock";
  const Screen found = load_screen(options);
  ASSERT_TRUE(found.packed);
  EXPECT_EQ(found.cells, expected.cells);
  EXPECT_EQ(found.warnings, expected.warnings);
  ASSERT_EQ(found.n_cells(), 7);
  ASSERT_EQ(found.n_genes(), expected.n_genes());
  Cells all(7);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(dense_rows(found, all).values, dense_rows(expected, all).values);
  EXPECT_EQ(mean_of_cells(found, all), mean_of_cells(expected, all));

  // Another reading of the labels is another copy, and what a killed writer left goes.
  options.missing_labels = "error";
  options.control = "";
  const auto pack = found.packed->path();
  const std::filesystem::path remains = pack.parent_path() / ("." + pack.filename().string() + ".123.tmp");
  std::ofstream(remains) << "half";
  EXPECT_EQ(load_screen(options, {}, MissingPack::make).n_cells(), 8);
  EXPECT_TRUE(std::filesystem::exists(remains)) << "it is of the first copy";
  EXPECT_EQ(n_files(), 5);
  std::filesystem::remove(pack);
  options.missing_labels = "drop";
  options.control = "auto";
  EXPECT_TRUE(load_screen(options, {}, MissingPack::make).packed);
  EXPECT_FALSE(std::filesystem::exists(remains));
}

TEST(Screen, LoadsTheNormanSubset) {
  const auto data = test::data_folder();
  if (!data) GTEST_SKIP() << "no real data: set GRACEVAE_DATA";
  ScreenOptions options;
  options.file = (*data / "norman19_subset" / "norman19_k562_subset.h5ad").string();
  const Screen screen = load_screen(options);
  EXPECT_EQ(screen.n_cells(), 3375);
  EXPECT_EQ(screen.n_genes(), 500);
  ASSERT_EQ(screen.regimes.size(), 34U);
  EXPECT_EQ(screen.regimes[0].cells.size(), 100U);
  const auto count = [&](std::size_t n) {
    return std::count_if(screen.regimes.begin(), screen.regimes.end(),
                         [&](const Regime& r) { return r.targets.size() == n; });
  };
  EXPECT_EQ(count(1), 18);
  EXPECT_EQ(count(2), 15);
  EXPECT_EQ(screen.regimes[static_cast<std::size_t>(screen.find_regime({"PLK4"}))].cells.size(), 95U);
  EXPECT_TRUE(screen.warnings.empty());
}

TEST(Screen, NamesOfNetworksAreAskedForOnlyWhereALabelMayReadOtherwise) {
  int n_asked = 0;
  ScreenOptions options = named_options();
  options.more_targets = [&n_asked] {
    ++n_asked;
    return Names{"FOXA1", "FOXA2", "SPI1"};
  };
  const auto screen_with = [&](const Names& labels) { return screen_from_anndata(data_of(labels), options); };
  EXPECT_FALSE(screen_with({"control", "FOXA1", "SPI1", "FOXA1+SPI1"}).labels_need_names);
  EXPECT_EQ(n_asked, 0);
  const Screen screen = screen_with({"control", "FOXA1_FOXA2", "SPI1_FOXA1"});
  EXPECT_EQ(n_asked, 1);
  EXPECT_TRUE(screen.labels_need_names);
  EXPECT_EQ(screen.dialect.separator, "_");
  EXPECT_EQ(screen.regimes[1].targets, Names({"FOXA1", "FOXA2"}));
  EXPECT_NE(screen.labels_how.find("known by the network"), std::string::npos);
  EXPECT_FALSE(screen_with({"control", "(+)-JQ1", "Nutlin-3"}).labels_need_names);
}

}  // namespace
}  // namespace gracevae::impl
