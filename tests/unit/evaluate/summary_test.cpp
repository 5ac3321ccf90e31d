#include <gmock/gmock.h>

#include <filesystem>

#include "evaluate/evaluate.hpp"
#include "io/table.hpp"
#include "support/temporary_folder.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

using test::prediction_of;
using test::small_screen;
using test::small_split;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

nlohmann::ordered_json some_metrics() {
  const Screen screen = small_screen();
  EvaluateOptions options;
  options.n_top_genes = 3;
  options.min_test_cells = options.de_min_cells = 1;
  return evaluate_predictions(screen, small_split(),
                              {prediction_of(screen, "A", {6, 7}, {2, 2, 3, 4}),
                               prediction_of(screen, "A+B", {12, 13, 14, 15}, {3, 2, 6, 6})},
                              options, 1);
}

TEST(Summary, HasABlockForEachKind) {
  const std::string text = summary_text(some_metrics());
  EXPECT_THAT(text, HasSubstr("Single targets, top 3 DE genes, chosen without the cells that are scored"));
  EXPECT_THAT(text, HasSubstr("Several targets, top 3 DE genes"));
  EXPECT_LT(text.find("Single targets"), text.find("Several targets"));
  std::vector<std::size_t> places;
  for (const std::string& method : score_methods())
    if (const auto place = text.find("\n" + method + " "); place != std::string::npos) places.push_back(place);
  EXPECT_GE(places.size(), 8U);
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end())) << text;
  EXPECT_THAT(text, HasSubstr("±"));
  EXPECT_THAT(text, HasSubstr("Several targets, all genes: the field's other scores"));
  EXPECT_THAT(text, HasSubstr("  PDS  "));
}

TEST(Summary, ThePublishedProtocolIsMarkedAsSuch) {
  auto metrics = some_metrics();
  metrics["de_cells"] = "all";
  const std::string text = summary_text(metrics);
  EXPECT_THAT(text, HasSubstr("as published: chosen on all cells, the test cells among them"));
  EXPECT_THAT(text, HasSubstr("paper RMSE"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("chosen without the cells")));
}

TEST(Summary, SaysWhenNothingWasScored) {
  auto metrics = some_metrics();
  for (const char* key : {"summary", "not_averaged", "missing"}) metrics[key] = nlohmann::ordered_json::array();
  metrics["no_de_genes"] = nlohmann::ordered_json::object();
  EXPECT_EQ(summary_text(metrics), "No condition was scored.\n");
}

TEST(Summary, WhatIsMissingIsNamed) {
  auto metrics = some_metrics();
  EXPECT_THAT(summary_text(metrics), HasSubstr("Single targets, DES: without 1 (no gene of the observed cells differs "
                                               "from control): A\n"));
  metrics["no_de_genes"]["A"] = "8 training cells are fewer than 10";
  EXPECT_THAT(summary_text(metrics), HasSubstr("No top genes: A (8 training cells are fewer than 10)"));
}

TEST(MetricsTsv, OneRowAValue) {
  const TemporaryFolder folder;
  const auto metrics = some_metrics();
  write_metrics_tsv(folder.file("metrics.tsv"), metrics);
  const Table table = read_tsv(folder.file("metrics.tsv"));
  EXPECT_THAT(table.columns, ElementsAre("condition", "kind", "stratum", "n_test_cells", "averaged", "n_cells",
                                         "gene_set", "method", "metric", "value"));
  std::size_t n_values = 0;
  for (const auto& row : metrics.at("conditions")) n_values += row.at("metrics").size();
  EXPECT_EQ(table.rows.size(), n_values);
  bool found = false, undefined = false;
  for (const auto& row : table.rows) {
    undefined |= row[7] == "control" && row[8] == "pearson_delta" && row[9] == "NA";
    if (row[0] != "A+B" || row[6] != "all" || row[7] != "model" || row[8] != "paper.r2") continue;
    found = true;
    EXPECT_DOUBLE_EQ(std::stod(row[9]), test::score(metrics, "A+B", "all", "model", "paper.r2"));
    EXPECT_EQ(row[3], "4");
  }
  EXPECT_TRUE(found);
  EXPECT_TRUE(undefined);
}

}  // namespace
}  // namespace gracevae::impl
