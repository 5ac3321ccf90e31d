#include "screen/prepare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <sstream>
#include <tuple>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "unit/screen/fixture.hpp"
#include "unit/screen/python_reference.hpp"

namespace gracevae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A matrix in memory that is read in small blocks and counts the passes over it.
class WatchedRows : public RowReader {
 public:
  explicit WatchedRows(CsrMatrix<float> x) : rows_(rows_in_memory(std::move(x))) {}

  std::int64_t n_rows() const override { return rows_->n_rows(); }
  std::int64_t n_cols() const override { return rows_->n_cols(); }
  /// So many that a block has two rows.
  std::int64_t n_stored() const override { return n_rows() << 20; }
  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    EXPECT_LE(count, 4);
    n_passes += first == 0;
    if (on_read) on_read(n_passes, first);
    return rows_->rows(first, count);
  }

  int n_passes = 0;
  std::function<void(int pass, std::int64_t first)> on_read;

 private:
  std::unique_ptr<RowReader> rows_;
};

/// A screen of these counts, read through WatchedRows.
struct Given {
  CellSource source;
  PrepareLabels labels;
  WatchedRows* rows = nullptr;

  Given(const std::vector<std::string>& conditions, const std::vector<std::vector<float>>& counts) {
    AnnData data = test::data_of(conditions, counts);
    source.path = "in.h5ad";
    source.matrix = "X";
    source.matrices = {"X", "raw", "layers/counts"};
    source.obs = data.obs;
    source.var = data.var;
    auto watched = std::make_unique<WatchedRows>(data.x);
    rows = watched.get();
    source.rows = std::move(watched);
    labels = labels_of(screen_from_anndata(std::move(data), test::named_options()));
  }
};

PrepareOptions small() {
  PrepareOptions options;
  options.min_genes = 1;
  options.min_cells = 2;
  options.highly_variable = "none";
  return options;
}

/// Three control cells, two of A, one of g1, a cell of one gene, a cell without counts; g3 is in one cell only.
Given small_screen() {
  return {{"control", "control", "control", "A", "A", "g1", "control", "A"},
          {{4, 0, 4, 0},
           {2, 2, 0, 0},
           {1, 1, 6, 0},
           {0, 8, 8, 0},
           {0, 4, 12, 0},
           {2, 0, 2, 5},
           {0, 3, 0, 0},
           {0, 0, 0, 0}}};
}

TEST(Prepare, FiltersNormalisesAndWrites) {
  const TemporaryFolder folder;
  Given given = small_screen();
  given.source.var.add("means", std::vector<double>{1, 2, 3, 4});
  given.source.obs.add("depth", std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
  const PrepareReport report = prepare_screen(given.source, given.labels, small(), folder.file("out.h5ad"));
  EXPECT_EQ(given.rows->n_passes, 3);
  EXPECT_EQ(report.n_cells_kept, 7);
  EXPECT_EQ(report.n_genes_kept, 3);
  EXPECT_EQ(report.total, 8);  // of 8 4 8 16 16 4 3, without g3's counts
  const AnnData data = read_anndata(folder.file("out.h5ad"));
  EXPECT_THAT(data.obs.index, ElementsAre("c0", "c1", "c2", "c3", "c4", "c5", "c6"));
  EXPECT_THAT(column_as_strings(*data.obs.find("depth")), ElementsAre("0", "1", "2", "3", "4", "5", "6"));
  EXPECT_THAT(data.var.index, ElementsAre("g0", "g1", "g2"));
  EXPECT_THAT(column_as_strings(*data.var.find("means")), ElementsAre("1", "2", "3"));
  std::vector<float> row(3);
  data.x.copy_row(3, std::span<float>(row));
  EXPECT_THAT(row, ElementsAre(0, std::log1p(4.0F), std::log1p(4.0F)));
  data.x.copy_row(5, std::span<float>(row));
  EXPECT_THAT(row, ElementsAre(std::log1p(4.0F), 0, std::log1p(4.0F)));
  EXPECT_THAT(report.de_counts, ElementsAre(0));  // A; g1 has one cell
  EXPECT_EQ(report.n_untested, 1);
  const Table table = read_tsv(folder.file("out.de.tsv"));
  EXPECT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0][0], "A");
  EXPECT_EQ(folder.n_files(), 2U);
  EXPECT_THAT(report_text(report, small()), HasSubstr("7 kept, 1 with fewer than 1 genes left out"));
}

TEST(Prepare, PassesAreNoMoreThanNeeded) {
  const TemporaryFolder folder;
  const auto passes = [&](const std::function<void(PrepareOptions&)>& change) {
    Given given = small_screen();
    PrepareOptions options = small();
    options.de_method = "none";
    change(options);
    prepare_screen(given.source, given.labels, options, folder.file("out.h5ad"));
    return given.rows->n_passes;
  };
  EXPECT_EQ(passes([](PrepareOptions&) {}), 3);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.total = 100; }), 2);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.min_cells = 0; }), 2);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.min_cells = 0, options.highly_variable = "seurat"; }), 2);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.highly_variable = "seurat"; }), 3);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.no_normalise = true, options.highly_variable = "seurat"; }),
            2);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.de_method = "welch"; }), 3);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.de_method = "wilcoxon"; }), 4);
}

TEST(Prepare, KeepsTargetsOnRequest) {
  const TemporaryFolder folder;
  std::vector<std::vector<float>> counts(12, std::vector<float>(30));
  for (std::size_t i = 0; i < 12; ++i)
    for (std::size_t j = 0; j < 30; ++j) counts[i][j] = static_cast<float>((i * j * 7 + i * i + j * 3) % (3 + j % 4));
  PrepareOptions options = small();
  options.highly_variable = "seurat";
  options.n_top_genes = 3;
  const auto written = [&](const std::vector<std::string>& targets) {
    Given given(test::repeated({{"control", 6}, {"A", 6}}), counts);
    given.labels.targets = targets;
    const PrepareReport report = prepare_screen(given.source, given.labels, options, folder.file("out.h5ad"));
    EXPECT_EQ(report.n_targets_measured, static_cast<std::int64_t>(targets.size()));
    EXPECT_EQ(report.n_highly_variable, 3);
    return std::pair(read_anndata(folder.file("out.h5ad"), {.read_x = false}).var, report);
  };
  const auto chosen = written({}).first.index;
  ASSERT_EQ(chosen.size(), 3U);
  std::string other = "g0";
  for (int j = 0; std::find(chosen.begin(), chosen.end(), other) != chosen.end(); ++j) other = "g" + std::to_string(j);
  EXPECT_EQ(written({other}).first.index, chosen);
  options.keep_targets = true;
  const auto [var, report] = written({other, chosen[0]});
  EXPECT_EQ(report.n_targets_written, 2);
  EXPECT_EQ(report.n_targets_added, 1);
  ASSERT_EQ(var.index.size(), 4U);
  const auto flags = column_as_strings(*var.find("highly_variable"));
  for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(flags[k], var.index[k] == other ? "False" : "True");
}

TEST(Prepare, LeavesOutCellsWithoutARegime) {
  const TemporaryFolder folder;
  Given given = small_screen();
  given.labels.regime_of_cell[0] = -1;
  const PrepareReport report = prepare_screen(given.source, given.labels, small(), folder.file("out.h5ad"));
  EXPECT_THAT(read_anndata(folder.file("out.h5ad"), {.read_x = false}).obs.index,
              ElementsAre("c1", "c2", "c3", "c4", "c5", "c6"));
  EXPECT_EQ(report.n_cells_unlabelled, 1);
  EXPECT_EQ(report.total, 6);  // of 4 8 16 16 4 3
}

TEST(Prepare, RefusesWhatIsNoCount) {
  const TemporaryFolder folder;
  const auto refusal = [&](float value, std::optional<double> log1p_base) {
    Given given({"control", "control", "A", "A"}, {{1, 2}, {1, 3}, {4, 1}, {2, value}});
    given.labels.log1p_base = log1p_base;
    try {
      prepare_screen(given.source, given.labels, small(), folder.file("out.h5ad"));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  const std::string odd = refusal(0.5F, {});
  EXPECT_THAT(odd, HasSubstr("in.h5ad X: cell 'c3', gene 'g1' is 0.5, no count: expected whole numbers"));
  EXPECT_THAT(odd, HasSubstr("--matrix raw, --matrix layers/counts"));
  EXPECT_THAT(odd, HasSubstr("--no-normalise"));
  EXPECT_THAT(refusal(-1, {}), HasSubstr("is -1, no count"));
  EXPECT_THAT(refusal(0.5F, 2.0), HasSubstr("uns/log1p says that it was log-transformed"));
  EXPECT_EQ(folder.n_files(), 0U);
}

TEST(Prepare, WarnsOfContradictions) {
  const TemporaryFolder folder;
  Given noted = small_screen();
  noted.labels.log1p_base = 2.718281828459045;
  EXPECT_THAT(prepare_screen(noted.source, noted.labels, small(), folder.file("out.h5ad")).warnings,
              ElementsAre(HasSubstr("uns/log1p says that the values were log-transformed, but all are whole numbers")));
  Given whole = small_screen();
  PrepareOptions options = small();
  options.no_normalise = true;
  EXPECT_THAT(prepare_screen(whole.source, whole.labels, options, folder.file("out.h5ad")).warnings,
              ElementsAre(HasSubstr("like counts")));
  Given plain = small_screen();
  EXPECT_THAT(prepare_screen(plain.source, plain.labels, small(), folder.file("out.h5ad")).warnings, IsEmpty());
  Given untested = small_screen();
  options = small();
  options.de_method = "none";
  EXPECT_THAT(prepare_screen(untested.source, untested.labels, options, folder.file("out.h5ad")).warnings,
              ElementsAre(HasSubstr("out.de.tsv is of an earlier run")));
}

TEST(Prepare, NothingLeftSaysWhatWouldHelp) {
  const TemporaryFolder folder;
  const auto with = [&](const std::function<void(PrepareOptions&)>& change) {
    return [&folder, change] {
      Given given = small_screen();
      PrepareOptions options = small();
      change(options);
      prepare_screen(given.source, given.labels, options, folder.file("out.h5ad"));
    };
  };
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.min_genes = 4; }),
                                 {"no cell is left: the most genes above zero in a cell are 3, expected 4",
                                  "--min-genes"});
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.min_cells = 6; }),
                                 {"no gene is left: the most cells that have one gene are 5, expected 6",
                                  "--min-cells"});
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.min_genes = 3; }),
                                 {"1 control cells are left of 4, expected at least 2", "--min-genes"});
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.highly_variable = "seurat_v3"; }),
                                 {"seurat_v3", "--highly-variable seurat"});
  test::expect_error<ConfigError>(with([](PrepareOptions& options) {
                                    options.highly_variable = "seurat_v3";
                                    options.no_normalise = true;
                                  }),
                                  {"--no-normalise", "--matrix"});
  Given homeless = small_screen();
  test::expect_error<IoError>(
      [&] { prepare_screen(homeless.source, homeless.labels, small(), folder.file("none/out.h5ad")); },
      {"none is not a folder"});
  Given empty({"control", "A"}, {{0, 0}, {0, 0}});
  PrepareOptions options = small();
  options.min_genes = options.min_cells = 0;
  options.de_method = "none";
  test::expect_error<InputError>([&] { prepare_screen(empty.source, empty.labels, options, folder.file("out.h5ad")); },
                                 {"no kept cell has a count above 0"});
  EXPECT_EQ(folder.n_files(), 0U);
}

TEST(Prepare, AnInterruptLeavesNothing) {
  for (const int pass : {1, 2, 3, 4}) {
    const TemporaryFolder folder;
    Given given = small_screen();
    PrepareOptions options = small();
    options.de_method = "wilcoxon";
    const InterruptGuard guard;
    given.rows->on_read = [&](int at, std::int64_t first) {
      if (at == pass && first == 0) std::raise(SIGINT);
    };
    EXPECT_THROW(prepare_screen(given.source, given.labels, options, folder.file("out.h5ad")), Interrupted);
    EXPECT_EQ(folder.n_files(), 0U);
  }
  const InterruptGuard forget;  // the signal, for the tests that follow
}

/// A screen of two cells for control and each of `n` conditions with names of this length.
Given many_conditions(int n, std::size_t length) {
  std::vector<std::string> labels{"control", "control"};
  std::vector<std::vector<float>> counts{{1, 2}, {3, 1}};
  for (int k = 0; k < 2 * n; ++k) {
    std::string name = fmt::format("t{}_", k / 2);
    name.resize(length, 'x');
    labels.push_back(name);
    counts.push_back({static_cast<float>(k % 5 + 1), 2});
  }
  return {labels, counts};
}

TEST(Prepare, MoreConditionsThanRecordsCanNameAreInTheTableOnly) {
  // The longest lists that are written must not be refused by HDF5, which allows 64 KiB for all names and types.
  for (const auto& [n, length, fits] : std::vector<std::tuple<int, std::size_t, bool>>{
           {906, 7, true}, {907, 7, false}, {805, 15, true}, {806, 15, false}, {402, 80, true}, {403, 80, false}}) {
    SCOPED_TRACE(fmt::format("{} of {}", n, length));
    const TemporaryFolder folder;
    Given given = many_conditions(n, length);
    PrepareOptions options = small();
    options.de_genes = 1;
    const PrepareReport report = prepare_screen(given.source, given.labels, options, folder.file("out.h5ad"));
    EXPECT_EQ(report.has_records, fits);
    EXPECT_EQ(report.de_counts.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(read_tsv(folder.file("out.de.tsv")).rows.size(), static_cast<std::size_t>(n));
    const AnnData data = read_anndata(folder.file("out.h5ad"), {.read_x = false});
    EXPECT_EQ(data.uns.contains("rank_genes_groups/names"), fits);
  }
}

/// Options as `scanpy_reference.py check` takes them.
PrepareOptions options_of(const std::string& settings, std::string& matrix) {
  PrepareOptions options;
  OptionTable table;
  options.bind(table);
  std::istringstream words(settings);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    if (name == "matrix") matrix = value;
    if (name == "matrix" || name == "base") continue;
    const bool flag = name.starts_with("no_") || name == "keep_targets";
    table.find("prepare." + name)->set_text(flag ? "true" : value, name);
  }
  return options;
}

/// Prepares the file as the settings say.
void prepare_file(const std::filesystem::path& input, const std::filesystem::path& output,
                  const std::string& settings) {
  CellSourceOptions source_options;
  const PrepareOptions options = options_of(settings, source_options.matrix);
  CellSource source = open_anndata(input, source_options);
  PrepareLabels labels = labels_of(read_screen_names(source, test::named_options()).screen);
  if (settings.find("base=2") != std::string::npos) labels.log1p_base = 2;
  prepare_screen(source, labels, options, output);
}

TEST(Prepare, MatchesThePythonRoute) {
  if (!test::no_reference().empty()) GTEST_SKIP() << test::no_reference();
  const TemporaryFolder folder;
  ASSERT_EQ(test::run_reference(fmt::format("screen '{}'", folder.file("counts.h5ad").string())), 0);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"counts", "min_genes=100 n_top_genes=120 keep_targets=1"},
      {"counts", "min_genes=100 n_top_genes=120 highly_variable=seurat_v3 total=10000 de_method=wilcoxon"},
      {"counts", "min_genes=0 min_cells=0 n_top_genes=50 de_method=wilcoxon no_tie_correction=1 de_genes=0"},
      {"counts", "highly_variable=none de_method=none"},
      {"counts", "min_genes=0 min_cells=0 highly_variable=none total=500"},
      {"counts", "min_genes=0 min_cells=1 highly_variable=seurat_v3"},
      {"counts_logged", "no_normalise=1 n_top_genes=60 base=2"},
      {"counts_logged", "matrix=layers/counts n_top_genes=60"}};
  std::string list;
  for (std::size_t k = 0; k < cases.size(); ++k) {
    const auto input = folder.file(cases[k].first + ".h5ad"), output = folder.file(fmt::format("out{}.h5ad", k));
    prepare_file(input, output, cases[k].second);
    list += fmt::format("{} {} column=gracevae_regime {}\n", input.string(), output.string(), cases[k].second);
  }
  const auto said = folder.file("said");
  EXPECT_EQ(test::run_reference(fmt::format("check '{}' >'{}'", folder.write("list", list).string(), said.string())), 0)
      << read_text(said);
}

}  // namespace
}  // namespace gracevae
