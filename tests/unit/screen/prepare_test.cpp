#include "screen/prepare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <tuple>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "screen/differential.hpp"
#include "screen/normalise.hpp"
#include "stats/summary.hpp"
#include "support/python_reference.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
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
  options.de_method = "welch";
  options.de_min_cells = 2;
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
  EXPECT_THAT(report.untested, ElementsAre("g1"));
  const Table table = read_tsv(folder.file("out.de.tsv"));
  EXPECT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0][0], "A");
  EXPECT_EQ(folder.n_files(), 2U);
  EXPECT_THAT(report_text(report, small()), HasSubstr("7 kept, 1 with fewer than 1 genes left out"));
  EXPECT_THAT(report_text(report, small()), HasSubstr("1 of fewer than 2 cells not tested (g1)"));
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
  EXPECT_EQ(passes([](PrepareOptions& options) { options.min_genes = kAutomatic, options.total = 100; }), 3);
  EXPECT_EQ(passes([](PrepareOptions& options) { options.dominant_share = 0.99, options.min_genes = 2; }), 4);
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
  EXPECT_THAT(odd, HasSubstr("in.h5ad X: cell 'c3', gene 'g1' is 0.5, no count, expected whole numbers"));
  EXPECT_THAT(odd, HasSubstr("screen.matrix raw, screen.matrix layers/counts"));
  EXPECT_THAT(odd, HasSubstr("prepare.no_normalise"));
  EXPECT_THAT(refusal(-1, {}), HasSubstr("is -1, no count"));
  EXPECT_THAT(refusal(0.5F, 2.0), HasSubstr("uns/log1p says that it was log-transformed"));
  EXPECT_EQ(folder.n_files(), 0U);
}

TEST(Prepare, WarnsOfContradictions) {
  const TemporaryFolder folder;
  PrepareOptions all = small();
  all.min_genes = 0;  // no cell is lost
  Given noted = small_screen();
  noted.labels.log1p_base = 2.718281828459045;
  EXPECT_THAT(prepare_screen(noted.source, noted.labels, all, folder.file("out.h5ad")).warnings,
              ElementsAre(HasSubstr("uns/log1p says that the values were log-transformed, but all are whole numbers")));
  Given whole = small_screen();
  PrepareOptions options = all;
  options.no_normalise = true;
  EXPECT_THAT(prepare_screen(whole.source, whole.labels, options, folder.file("out.h5ad")).warnings,
              ElementsAre(HasSubstr("like counts")));
  Given plain = small_screen();
  EXPECT_THAT(prepare_screen(plain.source, plain.labels, all, folder.file("out.h5ad")).warnings, IsEmpty());
  Given untested = small_screen();
  options = all;
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
                                  "prepare.min_genes"});
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.min_cells = 6; }),
                                 {"no gene is left: the most cells that have one gene are 5, expected 6",
                                  "prepare.min_cells"});
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.min_genes = 3; }),
                                 {"1 control cells are left of 4, expected at least 2", "prepare.min_genes"});
  test::expect_error<InputError>(with([](PrepareOptions& options) { options.highly_variable = "seurat_v3"; }),
                                 {"seurat_v3", "prepare.highly_variable seurat"});
  test::expect_error<ConfigError>(with([](PrepareOptions& options) {
                                    options.highly_variable = "seurat_v3";
                                    options.no_normalise = true;
                                  }),
                                  {"prepare.no_normalise", "screen.matrix"});
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
    std::stop_source stop;
    Context context;
    context.stop = stop.get_token();
    const CallScope scope(context);
    given.rows->on_read = [&](int at, std::int64_t first) {
      if (at == pass && first == 0) stop.request_stop();
    };
    EXPECT_THROW(prepare_screen(given.source, given.labels, options, folder.file("out.h5ad")), Interrupted);
    EXPECT_EQ(folder.n_files(), 0U);
  }
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

// ---- panels ----

/// A panel of 366 genes in which BIG holds 44 % of the counts; `BIG` has a tenth of it, A and control all. A cell of
/// about 500 counts; obs n_counts: counts of the whole cell, of which these are a fifth.
struct Panel {
  std::vector<std::string> labels = test::repeated({{"control", 300}, {"A", 100}, {"BIG", 100}});
  std::vector<std::vector<float>> counts;
  std::vector<double> depth;

  Panel() {
    Random random(8, "panel");
    std::vector<double> expected(366);
    double sum = 0;
    for (double& mean : expected) sum += mean = random.gamma(0.5) + 0.05;
    for (double& mean : expected) mean *= 280 / sum;
    for (const std::string& label : labels) {
      const double size = std::exp(0.3 * random.normal());
      counts.emplace_back();
      for (const double mean : expected) counts.back().push_back(static_cast<float>(random.poisson(size * mean)));
      counts.back()[0] = static_cast<float>(random.poisson(size * (label == "BIG" ? 22 : 220)));
      depth.push_back(std::round(2500 * size));
    }
  }

  /// Of a file with the option words given.
  PrepareReport prepared(const TemporaryFolder& folder, const PrepareOptions& options) const {
    Given given = this->given();
    return prepare_screen(given.source, given.labels, options, folder.file("out.h5ad"));
  }
  Given given() const {
    Given given(labels, counts);
    given.labels.genes[0] = "BIG";
    given.source.obs.add("n_counts", depth);
    return given;
  }
};

/// Genes but BIG that the table of DE genes calls higher in a condition, with an adjusted p below 0.05.
int n_raised(const TemporaryFolder& folder, const std::string& condition) {
  int n = 0;
  for (const auto& row : read_tsv(folder.file("out.de.tsv")).rows)
    n += row[0] == condition && row[2] != "BIG" && std::stod(row[4]) > 0 && std::stod(row[7]) < 0.05 ? 1 : 0;
  return n;
}

/// The word after `flag` in the text, "" when it is not there.
std::string word_after(const std::string& text, const std::string& flag) {
  const std::size_t at = text.find(flag + " ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + flag.size() + 1;
  return text.substr(begin, text.find_first_of(" ,;", begin) - begin);
}

TEST(Prepare, ADominantGeneMovesAllOthersUnlessItIsLeftOut) {
  const TemporaryFolder folder;
  const Panel panel;
  PrepareOptions options;
  options.de_genes = 0;
  const PrepareReport plain = panel.prepared(folder, options);
  EXPECT_EQ(plain.n_cells_kept, 500);
  EXPECT_THAT(plain.thresholds_why, HasSubstr("panel"));
  EXPECT_GT(n_raised(folder, "BIG"), 52);
  EXPECT_LE(n_raised(folder, "A"), 2);
  ASSERT_EQ(plain.warnings.size(), 2U);
  EXPECT_THAT(plain.warnings[0], HasSubstr("gene BIG holds 3"));
  EXPECT_THAT(plain.warnings[1], HasSubstr("in 1 of 2 conditions (times control's: BIG 0."));

  PrepareOptions without = options;  // what the first warning proposes
  without.dominant_share = std::stod(word_after(plain.warnings[0], "prepare.dominant_share"));
  const PrepareReport left_out = panel.prepared(folder, without);
  EXPECT_THAT(left_out.dominant, ElementsAre("BIG"));
  EXPECT_THAT(left_out.warnings, IsEmpty());
  EXPECT_LE(n_raised(folder, "BIG"), 2);
  EXPECT_THAT(report_text(left_out, without),
              HasSubstr("without 1 genes that hold more than 0.2 of a cell's counts (BIG)"));

  PrepareOptions by_depth = options;  // and the second
  by_depth.size_factors = word_after(plain.warnings[1], "prepare.size_factors");
  EXPECT_EQ(by_depth.size_factors, "n_counts");
  const PrepareReport scaled = panel.prepared(folder, by_depth);
  EXPECT_THAT(scaled.warnings, IsEmpty());
  EXPECT_LE(n_raised(folder, "BIG"), 2);
  EXPECT_THAT(report_text(scaled, by_depth), HasSubstr("the median of obs column 'n_counts'"));
}

TEST(Prepare, TotalsThatMoveThemselvesAreSaid) {
  const TemporaryFolder folder;
  Panel panel;
  for (std::size_t i = 300; i < 400; ++i) panel.depth[i] /= 2;
  PrepareOptions options;
  options.size_factors = "n_counts";
  const PrepareReport report = panel.prepared(folder, options);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_THAT(report.warnings[0], HasSubstr("(times control's: A 0."));
  EXPECT_THAT(report.warnings[0], HasSubstr("obs column 'n_counts' says so itself"));
  EXPECT_THAT(report.warnings[0], ::testing::Not(HasSubstr("prepare.dominant_share")));
}

TEST(Prepare, SizeFactorsMustBeThereForCellsThatStay) {
  const TemporaryFolder folder;
  Panel panel;
  panel.depth[7] = 0;
  PrepareOptions options;
  options.size_factors = "n_counts";
  test::expect_error<InputError>([&] { panel.prepared(folder, options); },
                                 {"cell 'c7' is '0'", "prepare.size_factors"});
  EXPECT_EQ(folder.n_files(), 0U);
  panel.counts[7].assign(366, 0);  // the filter leaves this cell out
  EXPECT_EQ(panel.prepared(folder, options).n_cells_kept, 499);
}

TEST(Prepare, ACellOfDominantGenesOnlyHasNoSize) {
  const TemporaryFolder folder;
  Given given({"control", "control", "A", "A"}, {{4, 1, 1}, {5, 1, 1}, {6, 0, 0}, {5, 2, 1}});
  PrepareOptions options = small();
  options.dominant_share = 0.5;
  test::expect_error<InputError>([&] { prepare_screen(given.source, given.labels, options, folder.file("out.h5ad")); },
                                 {"cell 'c2' has counts of dominant genes only (1 of 3 genes hold more than 0.5",
                                  "prepare.dominant_share"});
  EXPECT_EQ(folder.n_files(), 0U);
}

TEST(Prepare, ALossThatNobodyAskedForIsRefusedAndItsHintWorks) {
  const TemporaryFolder folder;
  Panel panel;
  Random random(6, "empty cells");
  for (auto& row : panel.counts) {
    if (random.uniform() > 0.3) continue;  // three in ten cells have two or three genes
    for (std::size_t gene = 3; gene < row.size(); ++gene) row[gene] = 0;
    row[1] = row[2] = 1;
  }
  std::string said;
  try {
    panel.prepared(folder, {});
  } catch (const InputError& error) {
    said = error.what();
  }
  EXPECT_THAT(said, HasSubstr("more than a fifth of all cells ("));
  EXPECT_THAT(said, HasSubstr("of the control cells ("));
  EXPECT_THAT(said, HasSubstr("95 % "));
  EXPECT_EQ(folder.n_files(), 0U);
  PrepareOptions options;
  options.min_genes = std::stoll(word_after(said, "hint: prepare.min_genes"));
  const PrepareReport all = panel.prepared(folder, options);
  EXPECT_GE(all.n_cells_kept, 475);
  options.min_genes = std::stoll(word_after(said, "cells; prepare.min_genes"));
  const PrepareReport fewer = panel.prepared(folder, options);
  EXPECT_LT(fewer.n_cells_kept, 400);
  EXPECT_THAT(fewer.warnings, ::testing::Contains(HasSubstr("leaves out more than a fifth of all cells")));
}

TEST(Prepare, ThresholdsTakenAreRecorded) {
  const TemporaryFolder folder;
  const Panel panel;
  const PrepareReport report = panel.prepared(folder, {});
  EXPECT_GT(report.min_genes, 5);
  EXPECT_EQ(report.min_cells, 1);
  const auto options = nlohmann::json::parse(
      std::get<std::string>(read_anndata(folder.file("out.h5ad"), {.read_x = false}).uns.at("gracevae/prepare")));
  EXPECT_EQ(options["prepare"]["min_genes"], report.min_genes);
  EXPECT_EQ(options["prepare"]["min_cells"], 1);
  EXPECT_THAT(report_text(report, {}), HasSubstr("a targeted panel: 366 genes, "));
}

TEST(Prepare, FewCellsGetNoDEGenes) {
  const TemporaryFolder folder;
  Panel panel;
  for (std::size_t i = 309; i < 400; ++i) panel.labels[i] = "control";  // nine of A are left
  const PrepareReport report = panel.prepared(folder, {});
  EXPECT_THAT(report.untested, ElementsAre("A"));
  EXPECT_EQ(report.de_counts.size(), 1U);
  EXPECT_THAT(report_text(report, {}), HasSubstr("1 of fewer than 10 cells not tested (A)"));
  for (const auto& row : read_tsv(folder.file("out.de.tsv")).rows) EXPECT_EQ(row[0], "BIG");
}

TEST(Prepare, WelchsFloorIsThatOfItsOwnCounts) {
  const TemporaryFolder folder;
  const Panel panel;
  const auto scores = [&](const PrepareOptions& options) {
    panel.prepared(folder, options);
    std::vector<double> found;
    for (const auto& row : read_tsv(folder.file("out.de.tsv")).rows)
      if (row[0] == "A") found.push_back(std::abs(std::stod(row[4])));
    return found;
  };
  const auto expected = [&](double one_count) {
    ScreenOptions options = test::named_options();
    const Screen screen = screen_from_anndata(read_anndata(folder.file("out.h5ad")), options);
    const auto test = test_regimes(screen, {.method = "welch", .one_count = one_count}).test(screen.find_regime({"A"}));
    std::vector<double> found;
    for (const double score : test.scores) found.push_back(std::abs(score));
    std::sort(found.rbegin(), found.rend());
    found.resize(30);
    return found;
  };
  PrepareOptions options;
  options.de_method = "welch";
  options.de_genes = 30;
  const std::vector<double> own = scores(options);
  test::expect_close(own, expected(std::log1p(1.0)), "at the median, one count is 1");
  options.total = 5000;
  const std::vector<double> at_5000 = scores(options);
  std::vector<double> totals;
  for (const auto& row : panel.counts) totals.push_back(std::accumulate(row.begin(), row.end(), 0.0));
  test::expect_close(at_5000, expected(std::log1p(5000 / median_of_positive(totals))), "of 5000");
  options.variance_floor = "none";
  const std::vector<double> none = scores(options);
  test::expect_close(none, expected(0), "none");
  EXPECT_NE(none, at_5000);
}

TEST(Prepare, LogsWhatIsNormalised) {
  const TemporaryFolder folder;
  PrepareOptions options = small();
  options.log_only = true;
  Given linear({"control", "control", "A", "A"}, {{0.5F, 25, 1}, {1.5F, 3, 0}, {0.25F, 100, 7}, {2, 1, 1}});
  const PrepareReport report = prepare_screen(linear.source, linear.labels, options, folder.file("out.h5ad"));
  EXPECT_THAT(report.warnings, IsEmpty());
  const AnnData data = read_anndata(folder.file("out.h5ad"));
  EXPECT_THAT(std::vector<float>(data.x.values.begin(), data.x.values.begin() + 3),
              ElementsAre(std::log1p(0.5F), std::log1p(25.0F), std::log1p(1.0F)));
  EXPECT_DOUBLE_EQ(std::get<double>(data.uns.at("log1p/base")), std::exp(1.0));
  EXPECT_THAT(report_text(report, options), HasSubstr("log1p of the values, which were not scaled"));

  Given noted({"control", "control", "A", "A"}, {{0.5F, 25}, {1.5F, 3}, {0.25F, 100}, {2, 1}});
  noted.labels.log1p_base = std::exp(1.0);
  EXPECT_THAT(prepare_screen(noted.source, noted.labels, options, folder.file("out.h5ad")).warnings,
              ElementsAre(HasSubstr("uns/log1p says that the values were log-transformed, but the largest is 100")));
}

TEST(Prepare, LogsNothingTwiceAndNoCounts) {
  const TemporaryFolder folder;
  PrepareOptions options = small();
  options.log_only = true;
  const auto refuses = [&](float value, std::optional<double> log1p_base, const std::vector<std::string>& parts) {
    Given given({"control", "control", "A", "A"}, {{1, 2}, {1, 3}, {4, 1}, {2, value}});
    given.labels.log1p_base = log1p_base;
    test::expect_error<InputError>(
        [&] { prepare_screen(given.source, given.labels, options, folder.file("out.h5ad")); }, parts);
  };
  refuses(40, {}, {"in.h5ad X: all values are whole numbers (up to 40), like counts", "without prepare.log_only"});
  refuses(2.5F, {}, {"in.h5ad X: no value is above 4: they look log-transformed already", "prepare.no_normalise"});
  refuses(2.5F, 2.7, {"and uns/log1p says that they were log-transformed"});
  refuses(-0.5F, {}, {"cell 'c3', gene 'g1' is -0.5, expected values of at least 0", "screen.matrix raw"});
  EXPECT_EQ(folder.n_files(), 0U);
  options.no_normalise = true;
  test::expect_error<ConfigError>([&] { options.validate(); }, {"prepare.no_normalise", "prepare.log_only"});
  const auto contradicts = [](const std::function<void(PrepareOptions&)>& change, const std::string& part) {
    PrepareOptions both;
    change(both);
    test::expect_error<ConfigError>([&] { both.validate(); }, {part});
  };
  contradicts([](PrepareOptions& o) { o.log_only = true, o.highly_variable = "seurat_v3"; }, "seurat_v3");
  contradicts([](PrepareOptions& o) { o.log_only = true, o.size_factors = "n"; }, "prepare.size_factors scales cells");
  contradicts([](PrepareOptions& o) { o.no_normalise = true, o.dominant_share = 0.5; },
              "prepare.dominant_share scales cells");
  contradicts([](PrepareOptions& o) { o.size_factors = "n", o.dominant_share = 0.5; }, "prepare.dominant_share");
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
    const bool flag = name.starts_with("no_") || name == "keep_targets" || name == "log_only";
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
      {"counts",
       "min_genes=100 min_cells=3 n_top_genes=120 keep_targets=1 de_method=welch variance_floor=none "
       "de_min_cells=2"},
      {"counts", "min_genes=100 min_cells=3 n_top_genes=120 highly_variable=seurat_v3 total=10000"},
      {"counts", "min_genes=0 min_cells=0 n_top_genes=50 no_tie_correction=1 de_genes=0"},
      {"counts", "highly_variable=none de_method=none"},
      {"counts",
       "min_genes=0 min_cells=0 highly_variable=none total=500 de_method=welch-overestimated "
       "variance_floor=none"},
      {"counts", "min_genes=0 min_cells=1 highly_variable=seurat_v3 size_factors=depth"},
      {"counts", "size_factors=depth n_top_genes=60"},
      {"counts", "dominant_share=0.25 n_top_genes=60 min_genes=60"},
      {"counts_linear", "log_only=1 n_top_genes=60"},
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
}  // namespace gracevae::impl
