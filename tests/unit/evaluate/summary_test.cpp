#include <gmock/gmock.h>

#include <filesystem>

#include "evaluate/evaluate.hpp"
#include "io/table.hpp"
#include "support/temporary_folder.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::prediction_of;
using testing::small_screen;
using testing::small_split;

nlohmann::ordered_json some_metrics() {
  const Screen screen = small_screen();
  EvaluateOptions options;
  options.n_top_genes = 3;
  return evaluate_predictions(screen, small_split(),
                              {prediction_of(screen, "A", {6, 7}, {2, 2, 3, 4}),
                               prediction_of(screen, "A+B", {12, 13, 14, 15}, {3, 2, 6, 6})},
                              options, 1);
}

TEST(Summary, HasABlockForEachKind) {
  const std::string text = summary_text(some_metrics());
  EXPECT_THAT(text, HasSubstr("Single targets: mean over 1 condition, on the top 3 DE genes of each and on all genes"));
  EXPECT_THAT(text, HasSubstr("Several targets: mean over 1 condition"));
  EXPECT_LT(text.find("Single targets"), text.find("Several targets"));
  std::vector<std::size_t> places;
  for (const std::string method : {"\ncontrol ", "\nmean-shift ", "\nadditive ", "\nmodel ", "\nceiling "})
    places.push_back(text.find(method));
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end())) << text;
  EXPECT_LT(places.back(), text.size());
  EXPECT_THAT(text, HasSubstr("method"));
  EXPECT_THAT(text, HasSubstr("Pearson Δ all"));
  EXPECT_THAT(text, HasSubstr("Several targets, all genes: the field's other scores"));
  EXPECT_THAT(text, HasSubstr("  PDS  "));
  EXPECT_THAT(text, HasSubstr("\nchance "));
  EXPECT_THAT(text, HasSubstr("Note: Single targets: the additive baseline is better than the model on R2"));
}

TEST(Summary, SaysWhenNothingWasScored) {
  auto metrics = some_metrics();
  metrics["summary"] = nlohmann::ordered_json::array();
  EXPECT_EQ(summary_text(metrics), "No condition was scored.\n");
}

TEST(Summary, FewerConditionsAreSaid) {
  auto metrics = some_metrics();
  for (auto& row : metrics["summary"])
    if (row.at("method") != "additive") row["n_conditions"] = 4;
  EXPECT_THAT(summary_text(metrics), HasSubstr("additive (1 of 4)"));
}

TEST(MetricsTsv, OneRowAValue) {
  const TemporaryFolder folder;
  const auto metrics = some_metrics();
  write_metrics_tsv(folder.file("metrics.tsv"), metrics);
  const Table table = read_tsv(folder.file("metrics.tsv"));
  EXPECT_THAT(table.columns,
              ElementsAre("condition", "kind", "stratum", "n_cells", "gene_set", "method", "metric", "value"));
  std::size_t n_values = 0;
  for (const auto& row : metrics.at("conditions")) n_values += row.at("metrics").size();
  EXPECT_EQ(table.rows.size(), n_values);
  bool found = false, undefined = false;
  for (const auto& row : table.rows) {
    undefined |= row[5] == "control" && row[6] == "pearson_delta" && row[7] == "NA";
    if (row[0] != "A+B" || row[4] != "all" || row[5] != "model" || row[6] != "paper.r2") continue;
    found = true;
    EXPECT_DOUBLE_EQ(std::stod(row[7]), testing::score(metrics, "A+B", "all", "model", "paper.r2"));
    EXPECT_EQ(row[3], "4");
  }
  EXPECT_TRUE(found);
  EXPECT_TRUE(undefined);
}

}  // namespace
}  // namespace gracevae
