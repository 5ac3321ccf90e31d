#include "evaluate/score_summary.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "evaluate/evaluate.hpp"
#include "evaluate/warnings.hpp"

namespace gracevae::impl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

/// Rows of one kind and gene set: value of every condition by method.
Json rows_of(const std::map<std::string, std::vector<double>>& values, const std::string& metric,
             const std::string& gene_set = "de") {
  Json rows = Json::array();
  for (const auto& [method, list] : values)
    for (std::size_t k = 0; k < list.size(); ++k)
      rows.push_back({{"condition", "C" + std::to_string(k)},
                      {"kind", "single"},
                      {"stratum", "single"},
                      {"n_test_cells", 30},
                      {"averaged", true},
                      {"n_cells", 30},
                      {"gene_set", gene_set},
                      {"method", method},
                      {"metrics", {{metric, list[k]}}}});
  return rows;
}

Json metrics_of(const Json& rows) {
  Json all = rows;
  for (const Json& row : rows) {  // comparisons look for all genes, too
    Json copy = row;
    copy["gene_set"] = "all";
    all.push_back(copy);
  }
  Json metrics = {{"n_top_genes", 20}, {"summary", summary_of(all)}};
  metrics["conditions"] = std::move(all);
  return metrics;
}

std::string warnings_of(const std::map<std::string, std::vector<double>>& values, const std::string& model = "cmvae") {
  std::string text;
  for (const std::string& warning : score_warnings(metrics_of(rows_of(values, "r2.corrected")), model))
    text += warning + "\n";
  return text;
}

TEST(ScoreSummary, MeansErrorsAndCounts) {
  Json rows = rows_of({{"model", {1, 2, 6}}}, "l2", "all");
  rows[2]["averaged"] = false;
  rows.push_back(rows[0]);
  rows.back()["condition"] = "C9";
  rows.back()["metrics"]["l2"] = nullptr;
  const Json summary = summary_of(rows);
  ASSERT_EQ(summary.size(), 1U);
  EXPECT_EQ(summary[0].at("n_conditions"), 3);  // one of them without a number
  EXPECT_EQ(summary[0].at("n").at("l2"), 2);
  EXPECT_EQ(summary[0].at("metrics").at("l2"), 1.5);
  EXPECT_DOUBLE_EQ(summary[0].at("standard_errors").at("l2").get<double>(), 0.5);
}

TEST(ScoreSummary, OneConditionHasNoError) {
  const Json summary = summary_of(rows_of({{"model", {1}}}, "l2", "all"));
  EXPECT_TRUE(summary[0].at("standard_errors").at("l2").is_null());
}

TEST(MissingScores, OneEntryNamesEveryConditionWithoutTheNumber) {
  Json rows = rows_of({{"model", {1, 2, 6}}, {"additive", {1, 2, 6}}}, "r2.corrected");
  for (Json& row : rows) row["metrics"]["mmd.unbiased"] = 0.1, row["metrics"]["pearson_delta"] = 0.5;
  EXPECT_TRUE(missing_of(rows).empty());
  for (Json& row : rows)
    if (row.at("condition") != "C1") row["metrics"]["pearson_delta"] = nullptr;
  rows[3]["metrics"].erase("mmd.unbiased");  // of the model, as rows are in the order of methods' names
  const Json missing = missing_of(rows);
  ASSERT_EQ(missing.size(), 2U) << missing;
  EXPECT_EQ(missing[0], Json::parse(R"({"kind": "single", "gene_set": "de", "metric": "mmd.unbiased",
      "reason": "not defined there", "conditions": ["C0"]})"));
  EXPECT_EQ(missing[1], Json::parse(R"({"kind": "single", "gene_set": "de", "metric": "pearson_delta",
      "reason": "nothing changes in the prediction or the observation", "conditions": ["C0", "C2"]})"));
}

TEST(MethodDifference, IsPairedOverConditions) {
  const Json rows = rows_of({{"model", {1, 2, 4}}, {"additive", {0.9, 1.7, 3.9}}}, "l2");
  const MethodDifference difference = method_difference(rows, "single", "de", "l2", "model", "additive");
  EXPECT_EQ(difference.n, 3);
  EXPECT_NEAR(difference.mean, 0.5 / 3, 1e-12);
  EXPECT_NEAR(difference.error, std::sqrt(0.04 / 3 / 3), 1e-12);  // of .1, .3, .1
  EXPECT_FALSE(difference.is_clear());                            // t = 2.5 with two degrees of freedom
}

TEST(ScoreWarnings, ADifferenceWithinItsErrorIsATie) {
  const std::string text = warnings_of({{"model", {.848, .90, .79, .85}}, {"additive", {.849, .89, .80, .851}}});
  EXPECT_THAT(text, HasSubstr("a tie between the model and additive on R2"));
  EXPECT_THAT(text, Not(HasSubstr("better than the model")));
}

TEST(ScoreWarnings, AClearDifferenceIsNamed) {
  const std::string text = warnings_of({{"model", {.80, .81, .79, .80}}, {"additive", {.90, .92, .89, .90}}});
  EXPECT_THAT(text, HasSubstr("Single targets: additive is better than the model on R2 (0.902 against 0.800), top 20"));
  EXPECT_THAT(warnings_of({{"model", {.90, .92, .89, .90}}, {"additive", {.80, .81, .79, .80}}}), ::testing::IsEmpty());
}

TEST(ScoreWarnings, WorseThanChanceIsCalledThat) {
  const std::string text = warnings_of({{"model", {.1, .12, .09, .1}}, {"chance", {.2, .22, .21, .2}}});
  EXPECT_THAT(text, HasSubstr("the model is worse than chance (real cells of another condition) on R2"));
}

TEST(ScoreWarnings, AModelThatIsABaselineIsNotComparedWithIt) {
  const std::map<std::string, std::vector<double>> values{{"model", {.80, .81, .79, .80}},
                                                          {"additive", {.90, .92, .89, .90}},
                                                          {"training-mean", {.90, .92, .89, .90}}};
  EXPECT_THAT(warnings_of(values, "additive"), ::testing::IsEmpty());
  EXPECT_THAT(warnings_of(values, "linear"), HasSubstr("additive is better"));
}

TEST(ScoreWarnings, RowsOverFewerConditionsAreNamed) {
  const std::string text = warnings_of({{"model", {.80, .81, .79, .80}}, {"linear", {.1, .12}}});
  EXPECT_THAT(text, HasSubstr("linear could be scored on 2 of 4 conditions only"));
}

}  // namespace
}  // namespace gracevae::impl
